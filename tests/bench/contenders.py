"""The three contenders as scripts of their own: each runs in a fresh process and folder.

Arguments: folder of workbooks, folder to write in. The last line of output is JSON: seconds of
`start` (libraries, and of mingcha its reading children), of `work`, and of `cpu` (own and
children's processor time during the work); mingcha adds `phases` and `counts`.
"""

FASTEXCEL = """
import json, shutil, sys, tempfile, time
from pathlib import Path
t0 = time.perf_counter()
import fastexcel, polars
t1, c1 = time.perf_counter(), time.process_time()
target = Path(tempfile.mkdtemp(dir=sys.argv[2]))
for i, path in enumerate(sorted(Path(sys.argv[1]).rglob("*.xlsx"))):
    try:
        book = fastexcel.read_excel(path)
        for name in book.sheet_names:
            book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    except Exception:
        pass  # some sheets of the sample are broken on purpose
    shutil.copyfile(path, target / f"{i}.xlsx")
work, cpu = time.perf_counter() - t1, time.process_time() - c1
print(json.dumps({"start": t1 - t0, "work": work, "cpu": cpu}))
"""

PANDAS = """
import json, sys, time, warnings
from pathlib import Path
t0 = time.perf_counter()
import duckdb, openpyxl, pandas as pd
warnings.simplefilter("ignore")
t1, c1 = time.perf_counter(), time.process_time()
con = duckdb.connect(str(Path(sys.argv[2]) / "baseline.duckdb"))
con.execute("create table cell (file varchar, sheet varchar, row int, col int, text varchar)")
for path in sorted(Path(sys.argv[1]).rglob("*.xlsx")):
    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=str, engine="openpyxl")
    except Exception:
        continue
    for name, frame in sheets.items():
        long = frame.stack().reset_index()
        long.columns = ["row", "col", "text"]
        long.insert(0, "sheet", name)
        long.insert(0, "file", str(path))
        con.execute("insert into cell select * from long")
con.close()
work, cpu = time.perf_counter() - t1, time.process_time() - c1
print(json.dumps({"start": t1 - t0, "work": work, "cpu": cpu}))
"""

# The first ten workbooks are read once beforehand: that starts the reading children, which is
# start-up of libraries too. They are read again with the others.
MINGCHA = """
import json, sys, time
from pathlib import Path
t0 = time.perf_counter()
import duckdb, fastexcel, great_expectations, openpyxl, pandas, polars, psutil
import pipeline.annotate, pipeline.parse, pipeline.recognise, pipeline.validate
import pipeline.returning, pipeline.workbook
from pipeline import ingest
from pipeline.folders import DataFolder

phases = {}

def cpu():
    own = time.process_time()
    for child in psutil.Process().children():
        times = child.cpu_times()
        own += times.user + times.system
    return own

def timed(module, name, phase):
    real = getattr(module, name)
    def wrapped(*given, **more):
        at = time.perf_counter()
        try:
            return real(*given, **more)
        finally:
            phases[phase] = phases.get(phase, 0) + time.perf_counter() - at
    setattr(module, name, wrapped)

def main():
    tl = time.perf_counter()
    files, _ = ingest.expand([Path(sys.argv[1])])
    pipeline.workbook.read(files[:10])
    t1 = time.perf_counter()
    start = {"libraries": tl - t0, "children": t1 - tl}
    for module, name, phase in (
        (ingest, "read_and_parse", "all reading"), (pipeline.recognise, "recognise", "recognise"),
        (pipeline.parse, "parse", "parse"), (pipeline.validate, "validate", "validate"),
        (ingest, "judge", "all judging"), (ingest, "commit", "archive, facts, ledger"),
        (pipeline.returning, "give_back", "returned workbooks"),
    ):
        timed(module, name, phase)
    t1, c1 = time.perf_counter(), cpu()
    report = ingest.ingest(DataFolder(Path(sys.argv[2]) / "data"), [Path(sys.argv[1])])
    work, used = time.perf_counter() - t1, cpu() - c1
    reading, judged = phases.pop("all reading"), phases.pop("all judging")
    split = {"read": reading - phases["recognise"] - phases["parse"], **phases}
    split["other"] = work - sum(split.values())
    found = {"start": sum(start.values()), "work": work, "cpu": used}
    print(json.dumps(found | {"phases": split, "starts": start, "counts": report.counts()}))

if __name__ == "__main__":
    main()
"""

CONTENDERS = {"fastexcel + copy": FASTEXCEL, "pandas + openpyxl": PANDAS, "mingcha": MINGCHA}
