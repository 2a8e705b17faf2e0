"""All documents of a quarter for 1,000 branches, against the bare engines on the same pages.

The circular as Word, PDF and Excel, and 1,000 one-pagers as PDF, by two commands as a clerk gives
them; start-up of the commands, reading the publication, building sentences, reading back and
comparing every cell are all in our time and in none of the engines'. The bare engines
(`bare_documents.py`) get the same typst source with the same data, the same texts and cells, and as
many processes. They take turns with us. Bars: 30 s on two cores, and 1.5 times the engines.
"""

from __future__ import annotations

import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication
from tests.bench.ingest import environment

BRANCHES, TURNS, PROCESSES = 1000, int(os.environ.get("MINGCHA_BENCH_TURNS", "3")), 2
SECONDS, RATIO = 30.0, 1.5
PERIOD = "2026Q3"
_ROOT = Path(__file__).resolve().parents[2]
_KEPT = "MINGCHA_BENCH_DOCUMENTS"  # a data folder from before, to save making the province


class Taken(NamedTuple):
    """Seconds by the wall, and of processor: the latter do not grow on a busy machine."""

    wall: float
    processor: float


def province(scratch: Path, env: dict[str, str]) -> DataFolder:
    """A published quarter of a thousand branches."""
    folder = DataFolder(Path(os.environ.get(_KEPT) or scratch / "data"))
    if open_publication(folder, PERIOD) is None:
        sheets = str(scratch / "sheets")
        size = ["--branches", str(BRANCHES), "--months", "6", "--rounds", "2"]
        for command in (
            ["sample", sheets, *size],
            ["ingest", sheets],  # 1: the sample has workbooks that must be refused
            ["publish", "--period", PERIOD],
        ):
            _mingcha(folder, command, env, (0, 1))
    return folder


def _mingcha(folder: DataFolder, words: list[str], env: dict[str, str], expect=(0,)) -> None:  # type: ignore[no-untyped-def]
    command = [sys.executable, "-m", "pipeline", "--data", str(folder.root), *words]
    done = subprocess.run(command, env=env, cwd=_ROOT, capture_output=True, text=True)
    if done.returncode not in expect:
        raise SystemExit(f"{words[0]}: {done.stderr}")


def _clock() -> tuple[float, float]:
    """Seconds by the wall, and of processor in processes that have ended."""
    ended = os.times()
    return time.perf_counter(), ended.children_user + ended.children_system


def _since(start: tuple[float, float]) -> Taken:
    now = _clock()
    return Taken(now[0] - start[0], now[1] - start[1])


def ours(folder: DataFolder, out: Path, env: dict[str, str]) -> Taken:
    """What the two commands took."""
    asked = ["report", "--period", PERIOD, "-o", str(out), "--document"]
    start = _clock()
    _mingcha(folder, [*asked, "circular"], env)
    _mingcha(folder, [*asked, "onepager", "--all-branches", "--format", "pdf"], env)
    return _since(start)


def bare(given: Path, out: Path, env: dict[str, str]) -> Taken:
    """What the engines took, in as many processes as we take."""
    script = str(_ROOT / "tests" / "bench" / "bare_documents.py")
    start = _clock()
    parts = [
        subprocess.Popen([sys.executable, script, str(given), str(out), str(n), str(PROCESSES)],
                         env=env)
        for n in range(PROCESSES)
    ]  # fmt: skip
    ended = [part.wait() for part in parts]
    if any(ended):
        raise SystemExit("an engine failed")
    return _since(start)


def gather(publication: Publication, given: Path) -> None:
    """What each engine is given: laid-out pages, texts, cells, charts."""
    from pipeline.making import wanted
    from pipeline.render import charts, pdf, theme
    from pipeline.reports import documents, node_documents
    from pipeline.reports.blocks import Chart
    from pipeline.reports.origins import with_annexes

    given.mkdir()
    circular = documents()["circular"](publication, "zh")
    (given / "circular.json").write_text(_page(circular), "utf-8")
    for code in wanted(publication, ["onepager"], ["pdf"], None).nodes["onepager"]:
        page = node_documents()["onepager"].make(publication, "zh", code)
        (given / f"onepager-{code}.json").write_text(_page(page), "utf-8")
    annexes = with_annexes(publication, circular).annexes  # of the workbook alone
    parts = [[*map(_contents, each)] for each in (_flat(circular.blocks), annexes)]
    (given / "circular.blocks").write_bytes(pickle.dumps(parts))
    words = {
        "fonts": str(theme.font_folder()),
        "source": str(_ROOT / "pipeline" / "render" / "document.typ"),
        "standards": pdf.STANDARDS,
        "charts": [charts.vega_lite(b) for b in _flat(circular.blocks) if isinstance(b, Chart)],
    }
    (given / "given.json").write_text(json.dumps(words), "utf-8")


def _page(document: Any) -> str:
    """What the engine is given for the page as it is released, found out by letting it be made."""
    from pipeline.render import pdf

    given: list[tuple[str, bytes]] = []
    engine = pdf._set

    def noting(data: str, day: Any) -> bytes:
        blob = engine(data, day)
        given.append((data, blob))
        return blob

    pdf._set = noting
    try:
        with tempfile.TemporaryDirectory() as room:
            path = Path(room) / "page.pdf"
            pdf.render(document, path)
            made = path.read_bytes()
    finally:
        pdf._set = engine
    return next(data for data, blob in given if blob == made)


def _flat(blocks: Any) -> list[Any]:
    from pipeline.render.grids import flat

    return flat(blocks)


def _contents(block: Any) -> dict[str, Any]:
    from pipeline.render import theme
    from pipeline.render.totals import as_shown
    from pipeline.reports.blocks import Table

    texts = [t for t in (getattr(block, "text", None), getattr(block, "title", None)) if t]
    if not isinstance(block, Table):
        return {"texts": texts, "rows": [], "values": [], "formats": []}
    cells = [[(r.get(c.id), c) for c in block.columns] for r in block.rows]
    values = [[theme.excel_value(value, c.format) for value, c in row] for row in cells]
    forms = [[theme.excel_format_of(value, c.format, c.digits) for value, c in r] for r in cells]
    return {"texts": texts, "rows": as_shown(block), "values": values, "formats": forms}


def main() -> None:
    """Print both times, their ratio and the bars."""
    with tempfile.TemporaryDirectory() as room:
        scratch = Path(room)
        env = environment(scratch)
        folder = province(scratch, env)
        publication = open_publication(folder, PERIOD)
        assert publication is not None
        gather(publication, scratch / "given")
        ours(folder, scratch / "warm", env)
        turns = []
        for n in range(TURNS):
            engines = bare(scratch / "given", scratch / f"bare{n}", env)
            turns.append((ours(folder, scratch / f"ours{n}", env), engines))
        made, engine_made = (_count(scratch / f"{name}0") for name in ("ours", "bare"))
    told = ", ".join(f"{a.wall:.1f} and {b.wall:.1f} s" for a, b in turns)
    print(f"circular in 3 formats and one-pagers: {made} files; bare engines: {engine_made} files")
    print(f"each turn, ours and engines: {told}")
    for name, what in (("wall", "by the wall"), ("processor", "of processor")):
        mine, engines = (statistics.median(getattr(t[i], name) for t in turns) for i in (0, 1))
        ratio = statistics.median(getattr(a, name) / getattr(b, name) for a, b in turns)
        print(f"{what}: {mine:.1f} s ÷ bare engines {engines:.1f} s = {ratio:.2f} (bar: {RATIO})")
    print(f"bar by the wall on two cores: {SECONDS:.0f} s")


def _count(folder: Path) -> int:
    return sum(1 for path in folder.iterdir() if path.is_file())
