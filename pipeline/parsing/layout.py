"""The header block of one sheet: which column of the sheet is which column of the kind.

A block has one to five rows: group names (指标组) may stand over the headers, identity columns may
be merged over both. Sheets with the same block are resolved once (see `recognise`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.parsing.headers import IGNORED, Names, header_text
from pipeline.sheets.declaration import Column

# One text of the block: row relative to the row with most headers, column, text.
BlockCell = tuple[int, int, str]


@dataclass(frozen=True)
class Header:
    """One header that was understood. `row` is relative, `unit` as the header states it."""

    col: int
    row: int
    column: str
    text: str
    unit: str = ""


@dataclass
class Layout:
    """What the header block says. Rows are relative to the row with most headers."""

    kind: str
    first: int
    last: int
    headers: list[Header] = field(default_factory=list)
    unknown: list[BlockCell] = field(default_factory=list)
    duplicates: list[tuple[Header, Header]] = field(default_factory=list)

    @property
    def found(self) -> set[str]:
        return {h.column for h in self.headers}


def _filled(cells: list[BlockCell], last: int) -> dict[int, dict[int, str]]:
    """Texts by row and column; a group name above stretches to the next name on its right."""
    rows: dict[int, dict[int, str]] = {}
    for row, col, text in sorted(cells):
        rows.setdefault(row, {})[col] = text
    widest = max(col for _, col, _ in cells)
    for row, texts in rows.items():
        if row < last:
            below = {c for r, t in rows.items() if r > row for c in t}
            current = ""
            for col in range(min(texts), widest + 1):
                current = texts.get(col, current)
                if col not in texts and col in below:
                    texts[col] = current
    return rows


def _candidates(stack: list[str]) -> list[str]:
    """Readings of the texts over one column, each with one group name above first: under 转介 a
    客户数 is 转介客户数, though alone it would be read as 个人客户数."""
    lowest = stack[-1]
    if len(stack) == 1:
        return [lowest]
    return [above + lowest for above in reversed(stack[:-1])] + ["".join(stack), lowest]


def _find(names: Names, stack: list[str]) -> tuple[Column, str] | None:
    for reading in _candidates(stack):
        found = names.find(reading)
        if found is not None:
            return found
    return None


def _place(layout: Layout, header: Header) -> None:
    for earlier in layout.headers:
        if earlier.column == header.column:
            layout.duplicates.append((earlier, header))
            return
    layout.headers.append(header)


def resolve(names: Names, cells: list[BlockCell]) -> Layout:
    """The layout that a header block means for one kind.

    `cells` are the texts of the block; row 0 is the row with most headers, rows above may hold
    titles (harmless: they name no column), rows below are headers for certain.
    """
    last = max(row for row, _, _ in cells)
    own = {(row, col): text for row, col, text in cells}
    rows = _filled(cells, last)
    layout = Layout(names.kind.id, first=0, last=last)
    for col in sorted({col for _, col, _ in cells}):
        depth = [row for row in sorted(rows) if (row, col) in own]
        lowest = depth[-1]
        text = own[lowest, col]
        stack = [rows[r][col] for r in sorted(rows) if r <= lowest and col in rows[r]]
        found = _find(names, stack)
        if found is not None:
            layout.first = min(layout.first, lowest)
            _place(layout, Header(col, lowest, found[0].id, text, found[1]))
        elif lowest >= 0 and header_text(text).lower() not in IGNORED:
            layout.unknown.append((lowest, col, text))
    return layout
