"""The three contenders as scripts of their own: each runs in a fresh process and folder.

Arguments: folder of workbooks, folder to write in; a third one to have the memory of mingcha
watched. The last line of output is JSON: seconds of `start` (libraries; of mingcha all that its
resident worker does before a first job), of `work`, and of `cpu` (own and children's processor time
during the work); mingcha adds `phases`, `counts` and `memory` (the most that it and its children
held at once, MiB; 0 where it was not watched).
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

# Start-up is what the resident worker does before its first job: libraries, reading children, and
# two tiny sheets of its own walked through. None of the workbooks is touched before the clock runs.
MINGCHA = """
import json, sys, threading, time
from pathlib import Path
t0 = time.perf_counter()
import psutil
import pipeline.parse, pipeline.recognise, pipeline.validate, pipeline.returning
from pipeline import ingest
from pipeline.folders import DataFolder
from pipeline.worker.warming import warm_up

phases, largest = {}, 0

def family():
    own = psutil.Process()
    return [own, *own.children(recursive=True)]

def cpu():
    times = [p.cpu_times() for p in family()]
    return sum(t.user + t.system for t in times)

def watch():
    global largest
    while True:
        largest = max(largest, sum(own_memory(p) for p in family()))
        time.sleep(0.5)

def own_memory(process):
    # proportional: pages that the children share are counted once
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0

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
    warm_up()
    start = time.perf_counter() - t0
    if sys.argv[3:]:
        threading.Thread(target=watch, daemon=True).start()
    for module, name, phase in (
        (ingest, "read_and_parse", "all reading"), (pipeline.recognise, "recognise", "recognise"),
        (pipeline.parse, "parse", "parse"), (pipeline.validate, "validate", "validate"),
        (ingest, "judge", "all judging"), (ingest.Storing, "begin", "archive, facts, ledger"),
        (ingest.Storing, "settle", "archive, facts, ledger"),
        (pipeline.returning, "give_back", "returned workbooks"),
    ):
        timed(module, name, phase)
    t1, c1 = time.perf_counter(), cpu()
    report = ingest.ingest(DataFolder(Path(sys.argv[2]) / "data"), [Path(sys.argv[1])])
    work, used = time.perf_counter() - t1, cpu() - c1
    reading, judged = phases.pop("all reading"), phases.pop("all judging")
    split = {"read": reading - phases["recognise"] - phases["parse"], **phases}
    split["other"] = work - sum(split.values())
    found = {"start": start, "work": work, "cpu": used, "memory": largest / 2**20}
    print(json.dumps(found | {"phases": split, "counts": report.counts()}))

if __name__ == "__main__":
    main()
"""

CONTENDERS = {"fastexcel + copy": FASTEXCEL, "pandas + openpyxl": PANDAS, "mingcha": MINGCHA}
