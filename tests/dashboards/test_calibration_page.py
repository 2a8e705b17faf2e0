"""The page of calibration: office and union see it, nobody else; shoppers by pseudonym only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboards import queries
from dashboards.access import Denied, Scope, Viewer, may
from pipeline.folders import DataFolder
from pipeline.office import Office, review_cases
from pipeline.office.review_cases import Case
from pipeline.publication import TABLES, published

Page = Callable[..., Any]


def put(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Rows of a table of the fixture publication; what is not given is null."""
    (publication,) = published(DataFolder(folder))
    full = [{c: row.get(c) for c in TABLES[name]} for row in rows]
    pl.DataFrame(full, schema=TABLES[name]).write_parquet(publication.path / f"{name}.parquet")


@pytest.fixture
def filled(folder: Path, province: Any) -> Path:
    low = {"edition": "covert-1", "item_id": "ENV1", "basis": "paired", "pairs": 40, "raw": 0.6,
           "alpha": 0.12, "low": -0.1, "high": 0.3, "ac1": 0.31, "status": "below_floor",
           "left_out": True}  # fmt: skip
    good = low | {"item_id": "STEP1A", "alpha": 0.9, "status": "ok", "left_out": False}
    put(folder, "item_agreement", [low, good])
    needed = {"edition": "covert-1", "basis": "visits", "group": "all", "branches": 12,
              "visits": 48, "icc": 0.4, "low": 0.3, "high": 0.5, "needed": 6.0, "needed_low": 4.0,
              "needed_high": 9.3, "status": "ok"}  # fmt: skip
    put(folder, "visit_reliability", [needed])
    who = {"shopper": "K01", "edition": "covert-1", "visits": 40, "branches": 30, "islands": 1,
           "shift": 4.2, "error": 1.0, "low": 2.2, "high": 6.2, "differs": True,
           "status": "ok"}  # fmt: skip
    put(folder, "shopper_calibration", [who])
    put(folder, "excluded_visit", [{"visit_id": "v", "scope": province.BRANCHES[0],
                                    "round": "2026Q3", "edition": "covert-1",
                                    "signals": ["travel", "short_stay"]}])  # fmt: skip
    case = Case("conduct", "covert-1", ({"signal": "x", "zh": "评语含“保本”。", "en": "a."},), "v",
                province.BRANCHES[1], "2026-09-03", "2026Q3", "COMP21", 2)  # fmt: skip
    with Office.open(DataFolder(folder)) as office, office.transaction() as connection:
        review_cases.put(connection, [case], "conduct", ["2026Q3"])
    province.on_record(folder)
    return folder


def test_office_and_union_see_it_nobody_else() -> None:
    allowed = {
        r for r in ("office", "union", "city", "branch") if may(Viewer(r, "01"), "calibration")
    }
    assert allowed == {"office", "union"}


def test_a_part_of_the_province_gets_nothing(filled: Path) -> None:
    (key,) = queries.publications(DataFolder(filled))
    for name in queries.CALIBRATION:
        with pytest.raises(Denied):
            queries.calibration(key, Scope(everything=False, node="0101"), name)
    with pytest.raises(Denied):
        queries.calibration(key, Scope(everything=True), "fact_visit")


BECAUSE = {"zh": "行程不可能；停留过短", "en": "impossible travel; too short a stay"}


@pytest.mark.parametrize(("lang", "because"), BECAUSE.items())
def test_the_page_says_what_matters(page: Page, filled: Path, lang: str, because: str) -> None:
    app = page(filled, "calibration", lang=lang)
    assert not app.exception and not app.error
    assert [m.value for m in app.metric] == ["—", "6", "1", "1"]
    items, needed, shoppers, excluded, queue = (d.value for d in app.dataframe)
    assert len(items) == 1 and "ENV1" in items.iloc[0, 0]
    assert "6 [4, 10]" in needed.iloc[0].tolist()
    assert shoppers.iloc[0, 0] == "K01" and "4.2 [2.2, 6.2]" in shoppers.iloc[0].tolist()
    assert excluded.iloc[0].tolist()[-1] == because
    assert queue.iloc[0, 3] and len(queue) == 1
    app.toggle(key="calibration_items").set_value(True).run()
    assert len(app.dataframe[0].value) == 2


def test_an_old_publication_has_none_and_says_so(page: Page, folder: Path) -> None:
    (publication,) = published(DataFolder(folder))
    for name in queries.CALIBRATION:
        (publication.path / f"{name}.parquet").unlink(missing_ok=True)
    app = page(folder, "calibration")
    assert not app.exception and not app.error
    assert len(app.info) >= 3
