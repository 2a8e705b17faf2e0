"""The circular's section on the quality of the visits: figures as published, nobody's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.reports.blocks import Heading, Sentence, Table
from pipeline.reports.figures import Figures, Language, figures
from pipeline.reports.trust_blocks import trust

ITEM = {"edition": "covert-1", "basis": "paired", "pairs": 40, "left_out": False}
ROWS: dict[str, list[dict[str, Any]]] = {
    "scope": [{"scope": "0101", "name": "城东网点", "level": "branch"}],
    "metric_value": [],
    "item_agreement": [
        ITEM | {"item_id": "ENV01", "status": "below_floor"},
        ITEM | {"item_id": "HALL04", "status": "below_floor", "left_out": True},
        ITEM | {"item_id": "ENV02", "status": "ok"},
    ],
    "visit_reliability": [
        {"edition": "covert-1", "basis": "paired", "group": "all", "branches": 36, "icc": 0.914,
         "low": 0.843, "high": 0.954, "status": "ok"},
        {"edition": "covert-1", "basis": "visits", "group": "all", "icc": 0.344, "needed": 7.62,
         "status": "ok"},
    ],
    "excluded_visit": [{"visit_id": "v1", "scope": "0101", "round": "2026Q3",
                        "edition": "covert-1", "signals": ["short_stay", "travel"]}],
}  # fmt: skip


def made(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> Figures:
    for name, given in rows.items():
        full = [{c: row.get(c) for c in TABLES[name]} for row in given]
        pl.DataFrame(full, schema=TABLES[name]).write_parquet(folder / f"{name}.parquet")
    return figures(Publication(folder))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_the_section_says(tmp_path: Path, lang: Language) -> None:
    blocks = trust(made(tmp_path, ROWS), lang)
    assert isinstance(blocks[0], Heading)
    said = " ".join(b.text for b in blocks if isinstance(b, Sentence))
    items = "ENV01、HALL04" if lang == "zh" else "ENV01, HALL04"
    wanted = "约需暗访8次" if lang == "zh" else "about 8"  # 7.62: a visit is made or not
    for figure in ("36", "0.91", "0.84", "0.95", "0.34", wanted, items):
        assert figure in said
    (table,) = [b for b in blocks if isinstance(b, Table)]
    assert table.expected_rows == 1 and table.rows[0]["name"] == "城东网点"
    words = {"zh": "停留过短、行程不可能", "en": "too short a stay, impossible travel"}
    assert table.rows[0]["because"] == words[lang]
    # With the day of a visit a branch could find the shopper on its cameras.
    assert {c.id for c in table.columns} == {"name", "round", "because"}


def test_with_nothing_to_say_there_is_no_section(tmp_path: Path) -> None:
    empty = {name: [] for name in ROWS} | {"scope": ROWS["scope"]}
    assert trust(made(tmp_path, empty), "zh") == []
    (tmp_path / "excluded_visit.parquet").unlink()  # a publication from before
    assert trust(made(tmp_path, {"scope": []}), "zh") == []
