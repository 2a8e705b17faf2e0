"""What a workbook shows on a sheet of its own, each as a table: tables, charts, strips, annexes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pipeline.render import theme
from pipeline.render.sheet_names import sheet_names
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Format,
    Heading,
    Quantity,
    Strip,
    StripCell,
    Table,
    TableColumn,
)


@dataclass(frozen=True)
class Grid:
    """A sheet: its name, its table, and the block that it shows."""

    name: str
    table: Table
    block: Table | Chart | Strip


def flat(blocks: Sequence[Block]) -> list[Block]:
    """All blocks in order; an appendix is a heading and what follows."""
    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Appendix):
            out += [Heading(block.title), *flat(block.blocks)]
        else:
            out.append(block)
    return out


def grids_of(document: Document) -> tuple[str, list[Grid]]:
    """Name of the sheet of text, and the others in order; the annexes come last."""
    parts = [b for b in flat(document.blocks) if isinstance(b, Table | Chart | Strip)]
    every = [*parts, *document.annexes]
    text = "正文" if document.language == "zh" else "Text"
    first, *names = sheet_names([text, *(p.title for p in every)])
    lang = document.language
    return first, [
        Grid(name, _as_table(part, lang), part) for name, part in zip(names, every, strict=True)
    ]


def _as_table(part: Table | Chart | Strip, lang: str) -> Table:
    match part:
        case Chart():
            return _of_chart(part, lang)
        case Strip():
            return _of_strip(part, lang)
    return part


def _of_chart(chart: Chart, lang: str) -> Table:
    first = TableColumn("category", "类别" if lang == "zh" else "Category", width=2)
    others = [
        TableColumn(f"series{i}", s.name, chart.format, width=1.5)
        for i, s in enumerate(chart.series)
    ]
    rows = [
        {"category": str(c), **{f"series{j}": s.values[i] for j, s in enumerate(chart.series)}}
        for i, c in enumerate(chart.categories)
    ]
    return Table(chart.title, (first, *others), rows, len(rows), chart.says, chart.id)


# The signs and words that the page has under its strip.
_MARKS = {
    "good": ("√ 好", "√ good"), "middle": ("△ 中", "△ fair"), "bad": ("× 弱", "× weak"),
    "none": ("— 无数据", "— no data"),
}  # fmt: skip


def _format(strip: Strip) -> Format:
    """Of the column: that of its numbers, or text."""
    return next((c.format for c in strip.cells if not isinstance(c.value, str)), "text")


def _number(cell: StripCell) -> Quantity:
    """A number to reckon with, not its text."""
    assert not isinstance(cell.value, str)
    return Quantity(cell.value, cell.format, cell.digits)


def _of_strip(strip: Strip, lang: str) -> Table:
    zh = lang == "zh"
    columns = (
        TableColumn("label", "环节" if zh else "Step", width=2),
        TableColumn("value", "数值" if zh else "Value", _format(strip), width=1.5),
        TableColumn("mark", "判断" if zh else "Mark", width=1.5),
    )
    rows = [
        {
            "label": c.label,
            "value": c.value if isinstance(c.value, str) else _number(c),
            "mark": _MARKS[c.mark][0 if zh else 1],
        }
        for c in strip.cells
    ]
    return Table(strip.title, columns, rows, len(rows), strip.note, strip.id)


def as_held(table: Table) -> list[list[str]]:
    """Header and rows as a workbook holds them: all digits, and the number format beside."""
    head = [c.title for c in table.columns]
    rows = []
    for row in table.rows:
        cells = [(row.get(c.id), c) for c in table.columns]
        values = (theme.excel_value(v, c.format) for v, c in cells)
        formats = (theme.excel_format_of(v, c.format, c.digits) for v, c in cells)
        rows.append([held(v, f) for v, f in zip(values, formats, strict=True)])
    return [head, *rows]


def held(value: Any, number_format: str) -> str:
    """A cell as text: a number with 15 digits and its format, a day as ISO, nothing as ''."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool) and number_format != "@":
        return f"{float(f'{value:.16G}'):.15g} ({number_format})"  # written with 16 digits
    return str(value)
