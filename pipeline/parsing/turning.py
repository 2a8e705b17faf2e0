"""Scorecards that lie on their side: read as if they stood upright, told at their true cells.

Such a sheet is turned before it is recognised and everything about it is turned back at the end,
so that nothing between has to know. Either all of it lies, or its table alone under a head that
stands; `Lying` says from which cell on (row, column) rows and columns are exchanged, by (file,
sheet). Exchanging twice is as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.parsing import rules
from pipeline.parsing.headers import LONGEST, Names, names_of
from pipeline.sheets import kinds
from pipeline.workbook.cells import PLACE_SCHEMA, ReadBatch, letter
from pipeline.workbook.facts import number_of

if TYPE_CHECKING:
    from pipeline.parsing.headers import ExtraSpellings
    from pipeline.recognise import Recognised

Corner = tuple[int, int]  # row, column
Lying = Mapping[tuple[int, str], Corner]

TURNED = Rule(
    "transposed_read", "info", "none",
    "工作表“{sheet}”是横排的评分表，已按横排读取，无须处理。",
    "Sheet {sheet} is a scorecard that lies on its side; it was read as it lies. Nothing needs to "
    "be done.",
)  # fmt: skip
_PLACE = ["file", "sheet"]
_SUSPECT = (rules.TRANSPOSED.id, rules.MISSING_COLUMN.id, rules.MISSING_HEAD.id)
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})\Z")
_RANGES = ("span",)  # words of a sentence that name cells
_WIDEST = 16384  # columns of a sheet: what has more rows cannot be turned


def stood_up(
    batch: ReadBatch, recognised: Recognised, spellings: ExtraSpellings | None
) -> tuple[ReadBatch, Recognised, Lying]:
    """Batch and recognition with the scorecards that lie on their side turned, and which."""
    from pipeline.recognise import recognise

    corners = _tables_on_their_side(batch, recognised, spellings)
    lying: dict[tuple[int, str], Corner] = {}
    for whole in (False, True):
        tried = {p: (1, 1) if whole else at for p, at in corners.items() if p not in lying}
        if tried:
            again = recognise(turned(batch.only({f for f, _ in tried}), tried), spellings)
            lying |= {place: at for place, at in tried.items() if _is_card(place[0], again)}
    if not lying:
        return batch, recognised, {}
    upright = turned(batch, lying)
    found = recognise(upright, spellings)
    told = [TURNED.at(file, sheet) for file, sheet in lying]
    return upright, replace(found, findings=[*found.findings, *told]), lying


def _tables_on_their_side(
    batch: ReadBatch, recognised: Recognised, spellings: ExtraSpellings | None
) -> dict[Any, Corner]:
    """Where the table begins, of each sheet of a file that could not be read and has the headers
    of a scorecard one under the other."""
    odd = {f.file for f in recognised.findings if f.rule in _SUSPECT}
    if not odd:
        return {}
    names = names_of("scorecard", spellings)
    cells = batch.only(odd).cells.filter(pl.col("text").str.len_chars() <= LONGEST)
    cells = cells.select("file", "sheet", "row", "col", "text")
    called = {text: _column_id(names, text) for text in cells["text"].unique()}
    at = {(f, s, r, c): called[text] for f, s, r, c, text in cells.iter_rows()}
    return {
        (f, s): (r, c)
        for (f, s, r, c), column in at.items()
        if column == "item_id" and at.get((f, s, r + 1, c)) not in (None, "item_id")
    }


def _column_id(names: Names, text: str) -> str | None:
    found = names.find(text)
    return found[0].id if found else None


def _is_card(file: int, recognised: Recognised) -> bool:
    kind = recognised.kinds.get(file)
    broken = any(f.file == file and f.rule in _SUSPECT for f in recognised.findings)
    return kind is not None and kinds()[kind].layout == "one_visit" and not broken


def turned(batch: ReadBatch, lying: Lying) -> ReadBatch:
    """The batch with rows and columns of these sheets exchanged."""
    if not lying:
        return batch
    sheets = batch.sheets.select(*_PLACE, "position")
    marks = _marks(lying).join(sheets, on=_PLACE).drop("sheet")
    page = ["file", "position"]
    cells = batch.places.join(marks, on=page, how="left", maintain_order="left")
    row, col = (pl.col(c).cast(pl.Int64) for c in ("row", "col"))
    top, left = pl.col("top"), pl.col("left")
    narrow = pl.col("row").max().over(page) - top + left <= _WIDEST
    turn = (top.is_not_null() & (row >= top) & (col >= left) & narrow).fill_null(False)
    cells = cells.with_columns(
        row=pl.when(turn).then(top + col - left).otherwise(row).cast(pl.UInt32),
        col=pl.when(turn).then(left + row - top).otherwise(col).cast(pl.UInt16),
    )
    turned_sheets = [
        _sheet_turned(row, lying.get((row["file"], row["sheet"])))
        for row in batch.sheets.iter_rows(named=True)
    ]
    return replace(
        batch,
        places=cells.select(list(PLACE_SCHEMA)),
        sheets=pl.DataFrame(turned_sheets, schema=batch.sheets.schema),
    )


def _marks(lying: Lying) -> pl.DataFrame:
    rows = [(*place, *corner) for place, corner in lying.items()]
    schema = {"file": pl.UInt32, "sheet": pl.String, "top": pl.Int64, "left": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def exchanged(row: int, col: int, corner: Corner) -> tuple[int, int]:
    """Row and column of a cell once those from the corner on are exchanged."""
    top, left = corner
    return (top + col - left, left + row - top) if row >= top and col >= left else (row, col)


def _sheet_turned(row: dict[str, Any], corner: Corner | None) -> dict[str, Any]:
    """What is hidden in part of a turned sheet is told before it is turned; merges go along."""
    if corner is None:
        return row
    merged = [
        [*exchanged(top, left, corner), *exchanged(bottom, right, corner)]
        for top, left, bottom, right in row["merged"]
    ]
    return row | {"hidden_rows": [], "hidden_cols": [], "merged": merged}


def turned_findings(findings: Iterable[Finding], lying: Lying) -> list[Finding]:
    """Findings with the cells of turned sheets exchanged."""
    corners = {(file, sheet): corner for (file, sheet), corner in lying.items()}
    return [_turned(f, corners.get((f.file, f.sheet or ""))) for f in findings]


def told_upright(findings: Iterable[Finding], lying: Lying) -> list[Finding]:
    """All findings at their true cells; of a sheet of which one names a row and no cell, only that
    it must be put upright, since a row of ours is none that a clerk sees."""
    found = list(findings)
    unplaced = {(f.file, f.sheet or "") for f in found if f.row and not f.cell}
    vague = sorted(unplaced & set(lying))
    files = {file for file, _ in vague}
    kept = [f for f in found if f.file not in files]
    told = [
        rules.TRANSPOSED.at(*place, f"{letter(lying[place][1])}{lying[place][0]}", lying[place][0])
        for place in vague
    ]
    return [*turned_findings(kept, lying), *told]


def _turned(finding: Finding, corner: Corner | None) -> Finding:
    if corner is None or finding.cell is None or finding.slots is None:
        return finding
    own = ("sheet", "cell", "row", "value")
    words: dict[str, Any] = {n: w for n, w in finding.slots.items() if n not in own}
    words |= {name: _range(str(words[name]), corner) for name in _RANGES if name in words}
    cell = address(finding.cell, corner)
    found = _CELL.match(cell)
    row = int(found[2]) if found else None
    made = Rule.registry[finding.rule].at(
        finding.file, finding.sheet, cell, row, finding.value, **words
    )
    return replace(made, severity=finding.severity, reach=finding.reach)


def address(cell: str, corner: Corner) -> str:
    """The cell that A1 form names once rows and columns are exchanged: C1 → A3 from A1 on."""
    found = _CELL.match(cell)
    if not found:
        return cell
    row, col = exchanged(int(found[2]), number_of(found[1]), corner)
    return f"{letter(col)}{row}"


def _range(text: str, corner: Corner) -> str:
    return ":".join(address(cell, corner) for cell in text.split(":"))


def facts_upright(facts: Mapping[str, pl.DataFrame], lying: Lying) -> dict[str, pl.DataFrame]:
    """Facts by table with the addresses of turned sheets exchanged back.

    A column of the table lies in no column of the sheet, so it leaves the column map; answers name
    their own cell.
    """
    if not lying:
        return dict(facts)
    return {name: _upright(name, frame, lying) for name, frame in facts.items()}


def _upright(name: str, frame: pl.DataFrame, lying: Lying) -> pl.DataFrame:
    if not {"file", "sheet", "row"} <= set(frame.columns):
        return frame
    numbered = frame.with_row_index("at")
    marks = _marks(lying).with_columns(pl.col("file").cast(frame.schema["file"]))
    mine = numbered.join(marks, on=_PLACE, how="semi")
    rest = numbered.join(marks, on=_PLACE, how="anti")
    moved = [
        own
        for row in mine.iter_rows(named=True)
        for own in _moved(name, row, lying[row["file"], row["sheet"]])
    ]
    return pl.concat([rest, pl.DataFrame(moved, schema=mine.schema)]).sort("at").drop("at")


def _moved(name: str, row: dict[str, Any], corner: Corner) -> list[dict[str, Any]]:
    if name == "column_map":
        if row["row"] is None:
            return []
        cell = address(f"{row['letter']}{row['row']}", corner)
        return [row | {"letter": cell.rstrip("0123456789"), "row": _row_of(cell)}]
    if row.get("cell"):
        cell = address(row["cell"], corner)
        return [row | {"cell": cell, "row": _row_of(cell)}]
    return [row | {"letter": None} if "letter" in row else row]


def _row_of(cell: str) -> int:
    return int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
