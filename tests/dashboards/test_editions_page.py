"""The page of scorecards, and the word on trends where another edition took over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from audits.scorecard import Bridge, Edition, Item, Section
from dashboards.words import LANGUAGES
from pipeline.office.ledger import canonical
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.ruler import item_history, rulers

Page = Callable[..., Any]
SECTION = Section(id="STEP", zh="柜员七步", en="Seven counter steps", points=Decimal(100))


def _edition(id: str, former: str | None, *items: str, bridge: tuple[Bridge, ...] = ()) -> Edition:
    return Edition(
        id=id, instrument="covert", zh=f"《{id}》", en=f"The {id}", valid_from=date(2026, 1, 1),
        former=former, sections=(SECTION,), bridge=bridge,
        items=tuple(Item(id=i, section="STEP", kind="yes_no", points=Decimal(50), zh=f"问{i}",
                         en=f"Ask {i}") for i in items),
    )  # fmt: skip


OLD = _edition("covert-1", None, "STEP1A", "STEP2A")
NEW = _edition(
    "covert-2", "covert-1", "STEP1A", "STEP3A",
    bridge=(Bridge(former="STEP1A", relation="reworded", items=("STEP1A",)),
            Bridge(former="STEP2A", relation="dropped")),
)  # fmt: skip


@pytest.fixture
def crossed(folder: Path, province: ModuleType) -> Path:
    """The hand-made publication with covert-1 until 2026-07 and covert-2 from 2026-08."""
    path = folder / "publications" / f"{province.PERIOD}-r1"
    bodies = [(e.id, canonical(e.model_dump(mode="json"))) for e in (OLD, NEW)]
    frame = pl.DataFrame(bodies, schema=["edition", "body"], orient="row")
    frame.write_parquet(path / "fact_edition.parquet")
    branch = province.BRANCHES[0]
    visits = [
        {"visit_id": e + m, "scope": branch, "edition": e, "period": m, "score": 90.0,
         "visit_date": date(2026, int(m[5:]), 5), "status": "ok"}
        for e, m in (("covert-1", "2026-07"), ("covert-2", "2026-08"), ("covert-2", "2026-09"))
    ]  # fmt: skip
    items = [
        {"scope": branch, "period": p, "edition": e, "item_id": "STEP1A", "answers": 2,
         "earned": earned, "applicable": 100.0, "lost": 100.0 - earned}
        for e, p, earned in (("covert-1", "2026Q2", 50.0), ("covert-1", "2026-07", 50.0),
                             ("covert-2", "2026Q3", 100.0))
    ]  # fmt: skip
    for name, rows in (("visit_score", visits), ("item_result", items)):
        full = [{c: row.get(c) for c in TABLES[name]} for row in rows]
        pl.DataFrame(full, schema=TABLES[name]).write_parquet(path / f"{name}.parquet")
    return folder


def _said(app: Any) -> str:
    return "\n".join(str(e.value) for kind in (app.markdown, app.caption) for e in kind)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_what_measures_and_what_changed(
    page: Page, crossed: Path, lang: str
) -> None:
    app = page(crossed, "editions", lang=lang)
    assert not app.exception
    said = _said(app)
    assert "covert-1" in said and "covert-2" in said
    assert ("改写 1" if lang == "zh" else "1 reworded") in said
    assert ("停用 1、新增 1" if lang == "zh" else "1 dropped, 1 new") in said
    table = app.dataframe[0].value
    assert table.iloc[:, 0].tolist() == ["STEP1A", "STEP3A"]
    last = "改写" if lang == "zh" else "reworded"
    assert table.iloc[0, -2:].tolist() == ["STEP1A", last]
    # one item over time: the former edition's results stand beside, marked as of other words
    assert any(last in c.value and "covert-1" in c.value for c in app.caption)


def test_a_trend_says_where_the_ruler_changed(page: Page, crossed: Path) -> None:
    app = page(crossed, "branch")
    assert not app.exception
    assert any("2026年8月" in c.value and "covert-2" in c.value for c in app.caption)


def test_history_follows_the_bridge(crossed: Path, province: ModuleType) -> None:
    publication = Publication(crossed / "publications" / f"{province.PERIOD}-r1")
    assert [(r.edition.id, r.first, r.visits) for r in rulers(publication)] == [
        ("covert-1", "2026-07", 1),
        ("covert-2", "2026-08", 2),
    ]
    _, rows = item_history(publication, province.BRANCHES[0], "covert-2", "STEP1A")
    assert rows.select("period", "edition", "relation", "earned").rows() == [
        ("2026-07", "covert-1", "reworded", 50.0),
        ("2026Q2", "covert-1", "reworded", 50.0),
        ("2026Q3", "covert-2", "same", 100.0),
    ]
    assert item_history(publication, province.BRANCHES[0], "covert-2", "STEP3A")[1].is_empty()


def test_an_item_without_answers_is_told_and_not_an_error(
    page: Page, crossed: Path, province: ModuleType
) -> None:
    app = page(crossed, "editions")
    app.selectbox(key="edition_item").set_value("STEP3A").run()
    assert not app.exception and not app.error
    assert any("没有" in str(e.value) for e in app.info)


def test_without_editions_it_says_so(page: Page, folder: Path) -> None:
    app = page(folder, "editions")
    assert not app.exception and app.info
