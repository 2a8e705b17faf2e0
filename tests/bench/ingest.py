"""Ingest of 1,200 scorecards and 12 monthly sheets against two ways of merely reading them.

A: fastexcel in one thread, and a copy of each file.
B: a plain pandas + openpyxl script that reads the same files and loads them into DuckDB.
Start-up of the libraries is timed apart, and left out of all three.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 3

FASTEXCEL = """
import json, shutil, sys, tempfile, time
from pathlib import Path
t0 = time.perf_counter()
import fastexcel
t1 = time.perf_counter()
target = Path(tempfile.mkdtemp(dir=sys.argv[2]))
for i, path in enumerate(sorted(Path(sys.argv[1]).rglob("*.xlsx"))):
    try:
        book = fastexcel.read_excel(path)
        for name in book.sheet_names:
            book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    except Exception:
        pass  # some sheets of the sample are broken on purpose
    shutil.copyfile(path, target / f"{i}.xlsx")
print(json.dumps({"start": t1 - t0, "work": time.perf_counter() - t1}))
"""
PANDAS = """
import json, sys, time, warnings
from pathlib import Path
t0 = time.perf_counter()
import duckdb, openpyxl, pandas as pd
warnings.simplefilter("ignore")
t1 = time.perf_counter()
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
print(json.dumps({"start": t1 - t0, "work": time.perf_counter() - t1}))
"""
MINGCHA = """
import json, sys, time
from pathlib import Path
t0 = time.perf_counter()
import duckdb, fastexcel, great_expectations, openpyxl, pandas, polars
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
t1 = time.perf_counter()
if __name__ == "__main__":
    report = ingest(DataFolder(Path(sys.argv[2]) / "data"), [Path(sys.argv[1])])
    done = time.perf_counter() - t1
    print(json.dumps({"start": t1 - t0, "work": done, "counts": report.to_json()["counts"]}))
"""


def timed(script: Path, sheets: Path) -> dict[str, float]:
    """Run one contender in a process and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(script), str(sheets), folder],
            check=True,
            capture_output=True,
            text=True,
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Make the sheets, run the three in turn, print ratios."""
    with tempfile.TemporaryDirectory() as folder:
        sheets = Path(folder) / "sheets"
        size = ["--branches", "100", "--months", "12", "--rounds", "6"]
        subprocess.run(
            [sys.executable, "-m", "pipeline", "sample", str(sheets), *size],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        names = {"fastexcel + copy": FASTEXCEL, "pandas + openpyxl": PANDAS, "mingcha": MINGCHA}
        scripts = {}
        for i, (name, text) in enumerate(names.items()):
            scripts[name] = Path(folder) / f"contender{i}.py"
            scripts[name].write_text(text, "utf-8")
        runs = [{n: timed(s, sheets) for n, s in scripts.items()} for _ in range(RUNS)]
    for name in names:
        work = statistics.median(r[name]["work"] for r in runs)
        start = statistics.median(r[name]["start"] for r in runs)
        print(f"{name:20s} work {work:7.2f} s   libraries {start:5.2f} s")
    print("files:", runs[0]["mingcha"]["counts"])
    for base in ("fastexcel + copy", "pandas + openpyxl"):
        ratio = statistics.median(r["mingcha"]["work"] / r[base]["work"] for r in runs)
        print(f"mingcha ÷ {base}: {ratio:.2f}")


if __name__ == "__main__":
    main()
