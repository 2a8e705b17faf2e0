"""The second opinion: what was read of a workbook, compared with what another engine reads of it.

By default a sample is compared (the same files whenever the same files are sent), with `--strict`
every workbook. A difference is told with the first cells that differ. What the two engines may
write differently and mean the same is equal: 12.0 and 12, a date and its serial, line ends, an
error where the other shows a blank, a formula without a result where the other shows nothing.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.parsing.turning import turned_findings
from pipeline.workbook.cells import SHEET_SCHEMA, ReadBatch, ReceivedFile, letter
from pipeline.workbook.limits import Limits
from pipeline.workbook.pool import Chunk, pool
from pipeline.workbook.received import put_together
from pipeline.workbook.second import NOT_COMPARED

if TYPE_CHECKING:
    from pipeline.judging import Read

SECOND_OPINION = Rule(
    "workbook.second_opinion",
    "warning",
    "none",
    "另一读取程序读到的内容与本系统不同，共 {count} 格，如 {cells}。"
    "请在 Excel 或 WPS 中核对这些单元格，另存为“Excel 工作簿 (*.xlsx)”后重新报送。",
    "Another reading program sees {count} cells of this workbook differently, such as {cells_en}. "
    "Check them in Excel or WPS, save as “Excel Workbook (*.xlsx)” and send it again.",
)
NO_SECOND_OPINION = Rule(
    "workbook.no_second_opinion",
    "info",
    "none",
    "另一读取程序打不开此文件，没有作第二次核对；已读到的内容不受影响，无须处理。",
    "Another reading program could not open this file, so it was not read a second time. What was "
    "read stands; nothing needs to be done.",
)
_ONE_IN = 200
_SMALL = 128 << 10  # bytes: the one file compared where the draw takes none
_NAMED = 3  # cells named in the sentence
_LOOKED_AT = 20_000  # differing texts looked at closely
# Formats of which the second engine hides the first column and rounds to nine decimals.
_BY_CALAMINE = ("xls", "xlsb", "ods")
_PLACE = ["sheet", "row", "col"]
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z")
_CLOCK = re.compile(r"(-?\d+):(\d\d):(\d\d(?:\.\d+)?)\Z")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SECOND = 1.01 / 86400


@dataclass(frozen=True)
class Difference:
    """One cell that the engines see differently; None where an engine sees nothing."""

    sheet: str
    row: int
    col: int
    first: str | None
    second: str | None

    @property
    def cell(self) -> str:
        """A1 form."""
        return f"{letter(self.col)}{self.row}"

    def __str__(self) -> str:
        mine, other = self._seen()
        return f"{self.sheet}!{self.cell} (here {mine}, the other program {other})"

    @property
    def zh(self) -> str:
        """What the sentence says of it."""
        mine, other = self._seen()
        return f"{self.sheet}!{self.cell}（本系统读作{mine}，另一程序读作{other}）"

    def _seen(self) -> tuple[str, str]:
        mine, other = (
            f"“{_short(t)}”" if t is not None else "—" for t in (self.first, self.second)
        )
        return mine, other


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"


class Opinions:
    """Second opinions on a sending that is read in portions: asked for beside the other work.

    The children that read do this too, so an answer may take until the next portion is read. As a
    context manager: whoever leaves before the answers are there (cancelled, failed) leaves nobody
    reading.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self._aside = ThreadPoolExecutor(1)
        self._asked: list[Future[list[Finding]]] = []
        self._spare: tuple[ReadBatch, ReceivedFile] | None = None
        self._left = threading.Event()

    def __enter__(self) -> Opinions:
        return self

    def __exit__(self, *error: object) -> None:
        self._left.set()
        self._aside.shutdown(cancel_futures=True)

    def look(self, read: Read) -> Read:
        """`read` as it is; what is to be compared of it is kept, and read again meanwhile."""
        known = _known(read.batch, read.kinds)
        chosen = known if self.strict else drawn(known)
        if chosen:
            self._ask(_cells_of(read.batch, chosen))
        elif not self._asked:
            self._keep(read.batch, known)
        return read

    def _ask(self, batch: ReadBatch) -> None:
        if self.strict and len(self._asked) > 1:
            self._asked[-2].result()  # the cells of one portion wait, not those of all
        compare = partial(_compared, batch, batch.files, self.strict, Limits(), self._left.is_set)
        self._asked.append(self._aside.submit(compare))

    def _keep(self, batch: ReadBatch, known: Sequence[ReceivedFile]) -> None:
        former = [self._spare[1]] if self._spare else []
        best = _smallest([*former, *known])
        if best and best not in former:
            self._spare = _cells_of(batch, best), best[0]

    def on(self, read: Read) -> Read:
        """The whole sending with what the comparisons found."""
        if not self._asked and self._spare:
            self._ask(self._spare[0])
        told = [finding for asked in self._asked for finding in asked.result()]
        told = turned_findings(told, read.lying)
        return replace(read, findings=[*read.findings, *told])


def _known(batch: ReadBatch, recognised: Iterable[int]) -> list[ReceivedFile]:
    refused = {f.file for f in batch.findings if f.severity == "error"}
    known = set(recognised) - refused
    return [file for file in batch.files if file.index in known]


def _cells_of(batch: ReadBatch, files: Sequence[ReceivedFile]) -> ReadBatch:
    return batch.only({f.index for f in files})


def second_opinion(
    batch: ReadBatch, recognised: Iterable[int], strict: bool = False, limits: Limits | None = None
) -> list[Finding]:
    """Findings of the comparison; `recognised` are the files whose kind is known."""
    files = _known(batch, recognised)
    chosen = files if strict else sample(files)
    return _compared(batch, chosen, strict, limits or Limits()) if chosen else []


def _compared(
    batch: ReadBatch,
    chosen: Sequence[ReceivedFile],
    strict: bool,
    limits: Limits,
    left: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    found: list[Finding] = []
    for file, seen in read_again(chosen, limits, left).items():
        if seen is None:
            found += [NO_SECOND_OPINION.at(file)] if strict else []
            continue
        told = _finding(file, differences(batch, file, *seen))
        found += [replace(f, severity="error", reach="workbook") if strict else f for f in told]
    return found


def sample(files: Sequence[ReceivedFile]) -> list[ReceivedFile]:
    """One in 200 by their hash, or one small file where that draws none."""
    return drawn(files) or _smallest(files)


def drawn(files: Sequence[ReceivedFile]) -> list[ReceivedFile]:
    """One in 200 by their hash."""
    return [f for f in files if int(f.sha256[:8] or "0", 16) % _ONE_IN == 0]


def _smallest(files: Sequence[ReceivedFile]) -> list[ReceivedFile]:
    """The one small file of the smallest hash, if there is any."""
    return sorted((f for f in files if f.size <= _SMALL), key=lambda f: f.sha256)[:1]


Seen = tuple[pl.DataFrame, str]  # cells, format


def read_again(
    files: Sequence[ReceivedFile], limits: Limits, left: Callable[[], bool] = lambda: False
) -> dict[int, Seen | None]:
    """What the other engine sees of each file, by its index; None where it cannot open it, or when
    nobody waits for it any more (`left`).

    A text file has no entry: there is no other engine for it.
    """
    jobs = [(f.index, str(f.path), f.name) for f in files]
    chunks = [Chunk(jobs[i : i + 10], second=True) for i in range(0, len(jobs), 10)]
    records: dict[int, dict[str, Any]] = {}
    bodies = []
    with closing(pool().read(chunks, limits, "", lambda chunk: left())) as outcomes:
        for outcome in outcomes:
            records |= {record["number"]: record for record in outcome.records}
            bodies.append(outcome.body)
    sheets = [{"file": n, **s} for n, r in records.items() for s in r.get("sheets", ())]
    own = pl.DataFrame(sheets, schema=pl.Schema(SHEET_SCHEMA))  # type: ignore[arg-type]
    cells = ReadBatch([], *put_together(bodies), own).cells
    seen: dict[int, Seen | None] = {}
    for file in files:
        record = records.get(file.index, {"refused": True})
        if NOT_COMPARED not in record.get("notices", ()):
            own = cells.filter(pl.col("file") == file.index)
            seen[file.index] = None if "refused" in record else (own, record["format"])
    return seen


def differences(batch: ReadBatch, file: int, second: pl.DataFrame, form: str) -> list[Difference]:
    """Cells of one file that differ, in the order of the file."""
    sheets = batch.sheets.filter(pl.col("file") == file)
    first = batch.cells.filter(pl.col("file") == file)
    second = second.filter(pl.col("sheet").is_in(sheets["sheet"].implode()))
    if form in _BY_CALAMINE:
        second = _anchored(first, second)
    both = _by_place(first).join(_by_place(second), on=_PLACE, how="full", coalesce=True,
                                 suffix="_2")  # fmt: skip
    apart = both.filter(pl.col("text").ne_missing(pl.col("text_2"))).sort("sheet", "row", "col")
    slack = 5.1e-10 if form in _BY_CALAMINE else 0.0
    order = {name: i for i, name in enumerate(sheets["sheet"])}
    since1904 = dict(sheets.select("sheet", "date1904").iter_rows())
    found = [
        Difference(sheet, row, col, one, two)
        for sheet, row, col, one, flag, two, flag_2 in apart.head(_LOOKED_AT).iter_rows()
        if not same((one, flag), (two, flag_2), since1904.get(sheet, False), slack)
    ]
    return sorted(found, key=lambda d: order.get(d.sheet, 0))


def _by_place(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.select(*_PLACE, "text", "flag")


def _anchored(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """The second engine's cells moved so that both begin in the same column of each sheet."""
    left = [frame.group_by("sheet").agg(pl.col("col").min().cast(pl.Int64)) for frame in
            (first, second)]  # fmt: skip
    shift = left[0].join(left[1], on="sheet", suffix="_2")
    shift = shift.select("sheet", shift=pl.col("col") - pl.col("col_2"))
    moved = second.join(shift, on="sheet", how="left").with_columns(
        col=(pl.col("col").cast(pl.Int64) + pl.col("shift").fill_null(0)).cast(pl.UInt16)
    )
    return moved.drop("shift")


Said = tuple[str | None, str | None]  # text and flag; both None where there is no cell


def same(first: Said, second: Said, date1904: bool, slack: float = 0.0) -> bool:
    """Whether two texts of one cell mean the same; `slack`: by how much numbers may differ."""
    one, two = (_usual(said[0]) for said in (first, second))
    if one == two or "error" in (first[1], second[1]):
        return True  # an error cell is told as one, whatever the other engine makes of it
    if not one or not two:
        # A formula without result, a time of day in .ods, a date outside the calendar: one engine
        # shows it, the other a blank.
        return first[1] == "uncached" or (first[1] == "date" and one[4:5] != "-")
    if _close(one, two, slack) or _unescaped(one) == _unescaped(two):
        return True
    if _PLAIN.match(one) and _PLAIN.match(two):
        return False  # two numbers: nearness in seconds means nothing
    moments = _moment(one, date1904), _moment(two, date1904)
    return None not in moments and abs(moments[0] - moments[1]) <= _SECOND  # type: ignore[operator]


def _usual(text: str | None) -> str:
    """Line ends written in one way; blanks at the ends and NULs (which calamine leaves in the
    texts of some old workbooks) left out."""
    if text is None:
        return ""
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _unescaped(text: str) -> str:
    """`_x000D_` and its like read as what they stand for; one engine leaves them as they are."""
    while (plain := _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)) != text:
        text = plain
    return _usual(text)


def _close(one: str, two: str, slack: float) -> bool:
    if not (_PLAIN.match(one) and _PLAIN.match(two)):
        return False
    return math.isclose(float(one), float(two), rel_tol=1e-14, abs_tol=slack)


def _moment(text: str, date1904: bool) -> float | None:
    """Serial of a date, time of day, duration or number; None for any other text.

    Before 1900 the calendars of the engines part, so every such date is the same.
    """
    if _PLAIN.match(text):
        return max(float(text), 0.0)
    if found := _CLOCK.match(text):
        hours, minutes, seconds = (float(part) for part in found.groups())
        return (hours * 3600 + minutes * 60 + seconds) / 86400
    try:
        since = datetime.fromisoformat(text) - datetime(1904 if date1904 else 1900, 1, 1)
    except ValueError:
        return None
    days = since / timedelta(days=1) + (0 if date1904 else 1)
    # Excel counts a 29 February 1900 that never was.
    return max(days if date1904 or days < 60 else days + 1, 0.0)


def _finding(file: int, found: Sequence[Difference]) -> list[Finding]:
    if not found:
        return []
    first = found[0]
    named = found[:_NAMED]
    words = {
        "cells": "、".join(d.zh for d in named),
        "cells_en": ", ".join(str(d) for d in named),
        "count": len(found),
    }
    return [SECOND_OPINION.at(file, first.sheet, first.cell, first.row, first.first, **words)]
