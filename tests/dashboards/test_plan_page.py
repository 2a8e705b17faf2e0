"""The page of the visit plan: what was planned, made, only said to be made, and beyond the plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from audits.planning.coverage import coverage
from dashboards.access import Viewer, may
from dashboards.words import LANGUAGES, Words
from pipeline.periods import label

Page = Callable[..., Any]
# plan id, branch (number in the fixture), day, part of the day, outcome, paired with
PLANNED = [
    ("P1", 0, date(2026, 9, 7), "上午 09:00–10:30", "已完成", "P2"),
    ("P2", 0, date(2026, 9, 7), "上午 10:30–12:00", "已完成", "P1"),
    ("P3", 1, date(2026, 9, 8), "下午", "已完成", None),
    ("P4", 2, date(2026, 9, 9), "下午", "未完成", None),
    ("P5", 3, date(2026, 9, 10), "上午", None, None),
    ("P6", 4, date(2026, 9, 11), "上午", "改期", None),
    ("P7", 5, date(2026, 9, 14), "上午", None, None),
    ("P8", 5, date(2026, 8, 14), "上午", "已完成", None),  # of another month
]
# Scorecards by branch: both of the pair, none of branch 1 (said to be made), one of branch 3
# (nothing is said yet), two of branch 6 that nobody planned.
CARDS = [0, 0, 3, 6, 6]


def frames(branches: list[str]) -> dict[str, pl.DataFrame]:
    planned = [
        {"plan_id": id, "round": "2026Q3", "branch_code": branches[n], "edition": "covert-1",
         "planned_date": day, "day_part": part, "outcome": outcome, "paired_with": other}
        for id, n, day, part, outcome, other in PLANNED
    ]  # fmt: skip
    visits = [
        {"visit_id": f"v{n}", "branch_code": branches[code], "round": "2026Q3",
         "edition": "covert-1", "visit_date": date(2026, 9, 12)}
        for n, code in enumerate(CARDS)
    ]  # fmt: skip
    return {
        "planned_visit": pl.DataFrame(planned, infer_schema_length=None),
        "visit": pl.DataFrame(visits),
    }


@pytest.fixture
def planned(folder: Path, province: ModuleType) -> Path:
    """The fixture's data folder with a plan in its publication."""
    path = folder / "publications" / "2026-09-r1"
    for name, frame in frames(province.BRANCHES).items():
        frame.write_parquet(path / f"fact_{name}.parquet")
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("0001", "0777"), "utf-8")
    return folder


def test_each_planned_visit_has_one_state(province: ModuleType) -> None:
    given = frames(province.BRANCHES)
    found = coverage(given["planned_visit"], given["visit"], ["2026-09"])
    assert dict(found.planned.select("plan_id", "state").iter_rows()) == {
        "P1": "made", "P2": "made", "P3": "unsupported", "P4": "not_made", "P5": "made",
        "P6": "moved", "P7": "open",
    }  # fmt: skip
    assert found.unplanned.select("branch_code", "count").rows() == [(province.BRANCHES[6], 2)]
    weekdays = dict(found.planned.select("plan_id", "weekday").iter_rows())
    assert (weekdays["P1"], weekdays["P6"]) == (0, 4)  # a Monday and a Friday


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page(page: Page, planned: Path, lang: str) -> None:
    app = page(planned, "plan", lang=lang)
    assert not app.exception and not app.error
    words = Words(lang)  # type: ignore[arg-type]
    said = "\n".join(str(m.value) for m in app.markdown)
    assert words("plan.statement", planned=7, branches=6, made=3, share="42.9%") in said
    assert app.warning[0].value == words("plan.disagree", unsupported=1, beyond=2)
    tiles = {m.label: m.value for m in app.metric}
    assert tiles[words("plan.pairs")] == "1 / 1"
    assert tiles[words("plan.state.not_made")] == "1"
    cities, parts, missing = (d.value for d in app.dataframe)
    made_planned = [t.split(" / ") for t in cities[words("plan.made_planned")]]
    assert sum(int(planned) for _, planned in made_planned) == 7
    # two bases of counting, each named where it stands
    assert words("plan.base", period=label("2026-09", words.lang)) in app.caption[0].value
    assert words("plan.base_pairs") in app.caption[0].value
    monday = parts[parts[words("plan.weekday")] == words("plan.weekday.0")].iloc[0]
    assert monday[words("plan.half.0")] == "2 / 3"
    assert sorted(missing[words("column.id")]) == ["P3", "P4", "P6", "P7"]


def test_office_and_union_see_it_and_nobody_whom_it_would_warn(
    page: Page, planned: Path, province: ModuleType
) -> None:
    assert may(Viewer("office"), "plan") and may(Viewer("union"), "plan")
    for viewer in (Viewer("city", "0101"), Viewer("branch", province.BRANCHES[0]), Viewer("hq")):
        assert not may(viewer, "plan")
    app = page(planned, "plan", demo=True)
    app.selectbox(key="demo_role").select("union").run()
    assert not app.exception and app.dataframe


def test_without_a_plan_the_page_says_how_to_make_one(page: Page, folder: Path) -> None:
    app = page(folder, "plan")
    assert not app.exception
    assert "mingcha plan" in app.info[0].value
