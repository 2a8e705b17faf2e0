"""A random table in a random messy layout is read back as the same table."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messy.sketch import COUNTS, MONEY, ROWS, Sketch, plain, write
from messy.ways import WAYS
from pipeline.parse import parse
from pipeline.recognise import recognise
from pipeline.workbook import read

# Layouts that leave every value as it is; of two that claim the same the later is left out.
LAYOUTS = [
    "off_the_corner", "titles_and_blank_lines", "three_row_header", "decorated_headers",
    "other_spellings", "full_width_headers", "extra_column", "nameless_column", "running_number",
    "notes_and_signatures", "blank_lines_between", "pages", "totals", "empty_sheet_first",
    "explanation_sheet", "hidden_copy", "hidden_row", "hidden_column", "month_in_title",
    "month_in_sheet_name", "merged_months", "merged_names", "unit_in_title", "unit_in_header",
    "unit_in_header_square", "months_written", "code_decorated", "reordered",
]  # fmt: skip


def _shapes(number: int) -> list[Any]:
    """Ways to write one whole number."""
    wide = "".join(chr(0xFF10 + int(d)) for d in str(number))
    return [
        number,
        str(number),
        f"{number:,}",
        f" {number}\u200b",
        wide,
        float(number),
        f"{number}.0",
    ]


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    sketch = plain()
    numbers = st.one_of(st.none(), st.integers(0, 10**9))
    for n in range(ROWS):
        for column in draw(st.sets(st.sampled_from(COUNTS), max_size=4)):
            number = draw(numbers)
            blank = draw(st.sampled_from([None, "—", "无", "/", ""]))
            shown = blank if number is None else draw(st.sampled_from(_shapes(number)))
            sketch.set(n, column, shown, number)
        # in 亿元 more would be too large to be true, and refused
        cents = draw(st.integers(0, 10**7))
        column = draw(st.sampled_from(MONEY))
        # written as text: 0.1 as a binary number is the spreadsheet's affair
        sketch.set(n, column, f"{cents // 100:,}.{cents % 100:02d}", Decimal(cents) / 100)
    taken: set[str] = set()
    for name in draw(st.lists(st.sampled_from(LAYOUTS), unique=True, max_size=6)):
        if not WAYS[name].touches & taken:
            taken |= WAYS[name].touches
            WAYS[name].change(sketch)
    return sketch


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(st.lists(sketches(), min_size=6, max_size=6))
def test_what_was_written_is_read(some: list[Sketch]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{n}.xlsx" for n in range(len(some))]
        places = [write(s, path) for s, path in zip(some, paths, strict=True)]
        batch = read(paths)
    recognised = recognise(batch)
    one = parse(batch, recognised)["performance"]
    table = one.tables["performance"]
    for n, sketch in enumerate(some):
        rows = table.filter(table["file"] == n).sort("row").to_dicts()
        truth = [{c: v for c, v in row.items() if c != "extra"} for row in sketch.truth]
        assert [{c: row[c] for c in truth[0]} for row in rows] == truth
        told = {(rule, places[n].cells[at] if at else None) for rule, at in sketch.told}
        findings = [*batch.findings, *recognised.findings, *one.findings]
        assert {(f.rule, f.cell) for f in findings if f.file == n and f.severity != "info"} == told
