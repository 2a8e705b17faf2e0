"""No row of the restatements prints the same on both sides; what is expected was worked out by
hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.render.theme import shown
from pipeline.reports.blocks import Table
from pipeline.reports.circular_tables import apart
from pipeline.reports.figures import Language, figures
from pipeline.reports.restated_blocks import restated
from tests.dashboards.fixture_publication import PERIOD, build

# Unit, the two stored values, what is to be read on either side.
APART = {
    "two decimals do": ("%", 0.8, 0.83, "80.00", "83.00"),
    "three are needed": ("%", 0.95941234, 0.95943766, "95.941", "95.944"),
    "six are needed": ("%", 0.123456781, 0.123456799, "12.345678", "12.345680"),
    "a small one has four": ("%", 0.0005, 0.0004, "0.0500", "0.0400"),
    "money in 10,000 yuan": ("万元", 123450000.0, 123450020.0, "12,345.000", "12,345.002"),
    "a count has none": ("户", 1200.0, 1201.0, "1,200", "1,201"),
    "a mean of counts may": ("户", 1200.1, 1200.4, "1,200.1", "1,200.4"),
    "one came": ("%", None, 0.95, "—", "95.00"),
    "one went": ("户", 3.0, None, "3", "—"),
    "from nothing": ("%", 0.0, 0.0000001, "0.00000", "0.00001"),
    "rounded as tables do": ("%", 0.91245, 0.9124499999, "91.25", "91.24"),
}


@pytest.mark.parametrize("name", APART)
def test_both_sides_have_as_many_decimals_as_tell_them_apart(name: str) -> None:
    unit, a, b, before, now = APART[name]
    found = apart(a, b, unit)
    assert found is not None
    assert [shown(q, "decimal", 2) for q in found] == [before, now]


def test_what_six_decimals_do_not_show_is_not_printed_as_two_numbers() -> None:
    assert apart(0.91241, 0.9124100000001, "%") is None
    assert apart(1200.0, 1200.0000001, "户") is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table_says_in_words_what_no_decimal_shows(tmp_path: Path, lang: Language) -> None:
    path = build(tmp_path, 2)
    rows = [
        ("adherence", "01", 0.95941234, 0.95943766),
        ("adherence", "0101", 0.7, 0.7000000001),
    ]
    schema = TABLES["restatement"]
    told = [
        dict.fromkeys(schema)
        | {"metric": m, "scope": s, "period": PERIOD, "former_revision": 1, "former_value": a,
           "value": b, "cause": "edition"}
        for m, s, a, b in rows
    ]  # fmt: skip
    pl.DataFrame(told, schema=schema).write_parquet(path / "restatement.parquet")
    (table,) = [b for b in restated(figures(Publication(path)), lang) if isinstance(b, Table)]
    read = [[shown(r[c], "decimal", 2) for c in ("before", "now")] for r in table.rows]
    little = {"zh": "有变，六位小数内看不出", "en": "changed by less than six decimals show"}[lang]
    assert read == [["95.941", "95.944"], ["70.00", little]]
    assert table.expected_rows == len(table.rows) == 2
