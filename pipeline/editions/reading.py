"""The workbook of an edition read back: an Edition, or findings at the cells that stop it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audits.edition_checks import problems
from audits.scorecard import Edition
from pipeline.editions import rules
from pipeline.editions.columns import BRIDGE, EDITION, PAGES, Column, Page
from pipeline.editions.conditions import read_conditions
from pipeline.findings import Finding, Rule
from pipeline.parsing.text import dense_text
from pipeline.workbook.cells import ReadBatch, letter

_LOOKED = 5  # rows at the top of a sheet among which its header is
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PARTED = re.compile(r"[，,、;；\s]+")
_TRUE, _FALSE = ("是", "yes", "y", "√", "true", "1"), ("否", "no", "n", "false", "0")


@dataclass(frozen=True)
class Cell:
    row: int
    col: int
    text: str
    flag: str

    @property
    def address(self) -> str:
        return f"{letter(self.col)}{self.row}"


@dataclass
class Sheet:
    """A page as it was read. `at`: header cells by field; `rows`: cells by field, per row."""

    page: Page
    name: str
    at: dict[str, Cell] = field(default_factory=dict)
    rows: list[dict[str, Cell]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # the row of each of `rows`


@dataclass
class ReadEdition:
    """What a workbook holds. `edition` is None where it cannot be read as one."""

    name: str
    sha256: str
    edition: Edition | None = None
    findings: list[Finding] = field(default_factory=list)
    sheets: dict[str, Sheet] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it."""
        return self.edition is not None and not any(f.severity == "error" for f in self.findings)

    def told(self, rule: Rule, part: str, field: str, value: str) -> None:
        """Adds a finding about one field of the edition."""
        sheet = self.sheets[part]
        cell = _place(sheet, 0, field)
        self.findings.append(rule.at(0, sheet.name, cell.address, cell.row, value))


def read_edition(path: Path, others: Mapping[str, Edition]) -> ReadEdition:
    """Reads and checks one workbook. Whatever is wrong with it is a finding; nothing raises.

    `others`: the editions there are, which it is held against.
    """
    from pipeline.workbook import read

    return edition_in(read([path]), path.name, others)


def edition_in(batch: ReadBatch, name: str, others: Mapping[str, Edition]) -> ReadEdition:
    """The edition in what was read of one workbook called `name`."""
    file = batch.files[0] if batch.files else None
    found = ReadEdition(name, file.sha256 if file else "", findings=list(batch.findings))
    if any(f.severity == "error" for f in found.findings):
        return found
    cells: dict[str, list[Cell]] = {name: [] for name in batch.sheets["sheet"]}
    for row in batch.cells.select("sheet", "row", "col", "text", "flag").iter_rows():
        cells[row[0]].append(Cell(*row[1:]))
    for page in PAGES:
        _find_page(found, page, cells)
    if not any(f.severity == "error" for f in found.findings):
        _build(found, others)
    return found


def _find_page(found: ReadEdition, page: Page, cells: Mapping[str, list[Cell]]) -> None:
    names = [n for n in cells if dense_text(n).lower() in (page.zh, page.en.lower(), page.part)]
    if not names:
        if page is not BRIDGE:
            words: dict[str, Any] = {"page": page.zh, "page_en": page.en}
            found.findings.append(rules.SHEET_MISSING.at(0, **words))
        return
    sheet = Sheet(page, names[0])
    found.sheets[page.part] = sheet
    make = _pairs if page is EDITION else _rows
    found.findings += make(sheet, sorted(cells[names[0]], key=lambda c: (c.row, c.col)))


def _named(page: Page, text: str) -> Column | None:
    name = dense_text(text).rstrip("*：:").lower()
    spelled = ((c, (dense_text(c.zh), dense_text(c.en).lower(), c.field)) for c in page.columns)
    return next((c for c, words in spelled if name in words), None)


def _pairs(sheet: Sheet, cells: list[Cell]) -> Iterator[Finding]:
    """Labels in column A, values in column B."""
    values = {c.row: c for c in cells if c.col == 2}
    own: dict[str, Cell] = {}
    for label in (c for c in cells if c.col == 1):
        column = _named(sheet.page, label.text)
        if column is None:
            yield rules.COLUMN_UNKNOWN.at(0, sheet.name, label.address, label.row, label.text)
            continue
        sheet.at[column.field] = Cell(label.row, 2, "", "")
        if label.row in values:
            own[column.field] = values[label.row]
    sheet.rows, sheet.numbers = [own], [1]
    yield from _missing(sheet)


def _rows(sheet: Sheet, cells: list[Cell]) -> Iterator[Finding]:
    """A header among the first rows, and a table under it."""
    head = _header(sheet, cells)
    for cell in (c for c in cells if c.row == head):
        column = _named(sheet.page, cell.text)
        if column is None:
            yield rules.COLUMN_UNKNOWN.at(0, sheet.name, cell.address, cell.row, cell.text)
        elif column.field in sheet.at:
            yield rules.COLUMN_TWICE.at(0, sheet.name, cell.address, cell.row, cell.text)
        else:
            sheet.at[column.field] = cell
    fields = {cell.col: field for field, cell in sheet.at.items()}
    below: dict[int, dict[str, Cell]] = {}
    for cell in cells:
        if cell.row > head and cell.col in fields:
            below.setdefault(cell.row, {})[fields[cell.col]] = cell
    sheet.rows, sheet.numbers = list(below.values()), list(below)
    yield from _missing(sheet)


def _header(sheet: Sheet, cells: list[Cell]) -> int:
    """The row among the first that names most columns."""
    counts = dict.fromkeys(range(1, _LOOKED + 1), 0)
    for cell in cells:
        if cell.row <= _LOOKED and _named(sheet.page, cell.text) is not None:
            counts[cell.row] += 1
    return max(counts, key=lambda row: (counts[row], -row))


def _missing(sheet: Sheet) -> Iterator[Finding]:
    for column in sheet.page.columns:
        if column.required and column.field not in sheet.at:
            words: dict[str, Any] = {"column": column.zh, "column_en": column.en}
            yield rules.COLUMN_MISSING.at(0, sheet.name, **words)


def _build(found: ReadEdition, others: Mapping[str, Edition]) -> None:
    """The edition, and what is wrong with it."""
    fields: dict[str, Any] = {}
    for part, sheet in found.sheets.items():
        typed = []
        for row, number in zip(sheet.rows, sheet.numbers, strict=True):
            values, told = _typed_row(sheet, row, number)
            typed.append(values)
            found.findings += told
        fields |= typed[0] if part == "edition" else {part: typed}
    if any(f.severity == "error" for f in found.findings):
        return
    try:
        found.edition = Edition.model_validate(fields)
    except ValidationError as error:
        found.findings += [_unfit(found, e) for e in error.errors()]
        return
    found.findings += [
        _told(found, p) for p in problems(found.edition, _without(others, found.edition.id))
    ]


def _without(others: Mapping[str, Edition], id: str) -> dict[str, Edition]:
    return {name: edition for name, edition in others.items() if name != id}


def _typed_row(
    sheet: Sheet, row: Mapping[str, Cell], number: int
) -> tuple[dict[str, Any], list[Finding]]:
    values: dict[str, Any] = {}
    told: list[Finding] = []
    for column in sheet.page.columns:
        cell = row.get(column.field)
        if cell is None or not cell.text.strip():
            if column.required:
                place = cell or _place(sheet, number, column.field)
                told.append(_finding(rules.REQUIRED, sheet, column, place))
            continue
        rule = rules.FORMULA if cell.flag in ("error", "uncached") else None
        value = None if rule else _typed(column, cell)
        if value is None:
            told.append(_finding(rule or _UNREAD[column.form], sheet, column, cell))
        else:
            values[column.field] = value
    return values, told


_UNREAD = {
    "number": rules.NUMBER,
    "whole": rules.NUMBER,
    "date": rules.DATE,
    "choice": rules.CHOICE,
    "yes_no": rules.CHOICE,
    "conditions": rules.CONDITION,
    "text": rules.UNFIT,
    "ids": rules.UNFIT,
}


def _typed(column: Column, cell: Cell) -> Any:
    """The value of a cell; None if it is none of its column."""
    text = cell.text.strip()
    if column.form in ("number", "whole"):
        return _number(dense_text(text), column.form == "whole")
    if column.form == "date":
        return _date(text)
    if column.form == "choice":
        return _chosen(column, text)
    if column.form == "yes_no":
        low = dense_text(text).lower()
        return True if low in _TRUE else False if low in _FALSE else None
    if column.form == "ids":
        return tuple(part for part in _PARTED.split(text) if part)
    return read_conditions(text) if column.form == "conditions" else text


def _chosen(column: Column, text: str) -> Any:
    low = dense_text(text).lower()
    for id, words in column.choices.items():
        if low in (id, *(dense_text(w).lower() for w in words)):
            return int(id) if id.isdigit() else id
    return None


def _number(text: str, whole: bool) -> Decimal | int | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or abs(number) > 10**6:
        return None
    if whole:
        return int(number) if number == int(number) else None
    return number.normalize() if number != int(number) else Decimal(int(number))


def _date(text: str) -> date | None:
    found = _DAY.match(text)
    try:
        return date(*(int(g) for g in found.groups())) if found else None
    except ValueError:
        return None


def _place(sheet: Sheet, number: int, field: str) -> Cell:
    """Where a field of a row stands or would stand; the first column where it has no column."""
    if sheet.page is EDITION:
        return sheet.at.get(field) or Cell(1, 2, "", "")
    head = sheet.at.get(field)
    return Cell(number, head.col if head else 1, "", "")


def _finding(rule: Rule, sheet: Sheet, column: Column, cell: Cell) -> Finding:
    choices = column.choices.values() or (("是", "yes"), ("否", "no"))
    words = {
        "column": column.zh,
        "column_en": column.en,
        "note": column.note_zh,
        "note_en": column.note_en,
        "choices": "、".join(zh for zh, _ in choices),
        "choices_en": ", ".join(en for _, en in choices),
    }
    return rule.at(0, sheet.name, cell.address, cell.row, cell.text.strip(), **words)


def _told(found: ReadEdition, problem: Any) -> Finding:
    """A problem of the edition at its cell; on the first page if its own page is not there."""
    part = problem.part if problem.part in found.sheets else "edition"
    sheet = found.sheets[part]
    number = sheet.numbers[problem.index] if part == problem.part else 1
    cell = _place(sheet, number, problem.field)
    return Finding(
        file=0, rule=f"{rules.PREFIX}{problem.code}", severity="error", reach="workbook",
        zh=problem.zh, en=problem.en, sheet=sheet.name, cell=cell.address, row=cell.row,
        value=problem.name,
    )  # fmt: skip


def _unfit(found: ReadEdition, error: Mapping[str, Any]) -> Finding:
    """A value that the edition's form does not take, at its cell."""
    place = [*error["loc"], "", "", ""]
    part, index, name = (place[0], place[1], place[2]) if isinstance(place[1], int) else (
        "edition", 0, place[0])  # fmt: skip
    sheet = found.sheets.get(str(part)) or found.sheets["edition"]
    column = sheet.page.column(str(name)) or sheet.page.columns[0]
    number = sheet.numbers[index] if index < len(sheet.numbers) else 1
    cell = _place(sheet, number, column.field)
    shown = Cell(cell.row, cell.col, str(error.get("input", ""))[:60], "")
    return _finding(rules.UNFIT, sheet, column, shown)
