"""Which failed items become actions: a small edition, worked out on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from audits.action_rules import ActionRules, DueDays, raised
from audits.defects import COLUMNS, defects
from audits.scorecard import Edition, Item, Section
from audits.scoring import score


def item(id: str, points: str, **fields: Any) -> Item:
    fields = {"kind": "yes_no"} | fields
    return Item(id=id, section="A", points=Decimal(points), zh=id, en=id, **fields)


EDITION = Edition(
    id="small",
    instrument="covert",
    zh="小",
    en="small",
    valid_from=date(2025, 1, 1),
    sections=(Section(id="A", zh="甲", en="A", points=Decimal(100)),),
    items=(
        item("BIG", "60", role="guide"),
        item("STEP", "4", scope="encounter", role="closed_teller"),
        item("SMALL", "1"),
        item("REST", "35", kind="ordinal", levels=5),
        item("FLAG", "0", effect="deduct", veto=0),
        item("VETO", "0", effect="deduct", veto=2),
    ),
)
# visit: branch, round, day, answers by (encounter, item); whatever is not named is right
VISITS: dict[str, tuple[str, str, date, dict[tuple[int, str], float]]] = {
    "v1": ("b1", "2026Q1", date(2026, 2, 1), {(0, "BIG"): 0, (1, "STEP"): 0}),
    "v2": ("b1", "2026Q1", date(2026, 3, 1), {(1, "STEP"): 0, (2, "STEP"): 0}),
    "v3": ("b1", "2026Q2", date(2026, 5, 1), {(0, "SMALL"): 0, (0, "REST"): 4}),
    "v4": ("b2", "2026Q1", date(2026, 2, 2), {(0, "FLAG"): 1}),
    "v5": ("b3", "2026Q1", date(2026, 2, 3), {(0, "VETO"): 1}),
    "v6": ("b4", "2026Q1", date(2026, 2, 4), {}),
}


def found(rules: ActionRules) -> dict[tuple[str, str, str], dict[str, Any]]:
    right = {"BIG": 1, "SMALL": 1, "REST": 5, "FLAG": 0, "VETO": 0}
    rows = []
    for visit, (_, _, _, wrong) in VISITS.items():
        given = {(0, i): float(v) for i, v in right.items()} | {(1, "STEP"): 1.0, (2, "STEP"): 1.0}
        rows += [(visit, e, i, v) for (e, i), v in (given | wrong).items()]
    names = ["visit_id", "encounter", "item_id", "answer"]
    answers = pl.DataFrame(
        rows, schema=names, orient="row", schema_overrides={"encounter": pl.Int32}
    ).with_columns(not_applicable=pl.lit(False))
    visits = pl.DataFrame(
        [(v, b, r, d, "small", "普通客户") for v, (b, r, d, _) in VISITS.items()],
        schema=["visit_id", "branch_code", "round", "visit_date", "edition", "customer_role"],
        orient="row",
    )
    editions = {"small": EDITION}
    frame = defects(score(answers, visits, editions), visits, editions, rules)
    assert frame.columns == list(COLUMNS)
    keys = [(r["branch_code"], r["round"], r["item_id"]) for r in frame.to_dicts()]
    assert keys == sorted(keys)
    return dict(zip(keys, frame.to_dicts(), strict=True))


def test_points_and_vetoes_decide_by_hand() -> None:
    told = found(ActionRules())
    # STEP: 4 points over two counters are 2 each; v1 lost 2, v2 all 4: the worst visit counts.
    # SMALL (1 point) is under the floor of 2; REST 4 of 5 lost 35/5 = 7.
    assert {k: (v["lost"], v["severity"], v["owner"]) for k, v in told.items()} == {
        ("b1", "2026Q1", "BIG"): (Decimal(60), "major", "guide"),
        ("b1", "2026Q1", "STEP"): (Decimal(4), "major", "closed_teller"),
        ("b1", "2026Q2", "REST"): (Decimal(7), "major", "branch_head"),
        ("b2", "2026Q1", "FLAG"): (Decimal(0), "major", "branch_head"),
        ("b3", "2026Q1", "VETO"): (Decimal(0), "critical", "branch_head"),
    }
    step = told["b1", "2026Q1", "STEP"]
    assert (step["visits"], step["found"]) == (2, date(2026, 3, 1))
    assert told["b1", "2026Q1", "BIG"]["visits"] == 1


def test_the_office_may_set_other_limits() -> None:
    rules = ActionRules(minimum_lost=Decimal(1), major_lost=Decimal(5))
    told = {k: v["severity"] for k, v in found(rules).items()}
    assert told["b1", "2026Q2", "SMALL"] == "minor"
    assert told["b1", "2026Q1", "STEP"] == "minor"
    assert told["b1", "2026Q2", "REST"] == "major"


def test_graver_is_due_sooner_and_again_is_graver() -> None:
    rules = ActionRules(due_days=DueDays(critical=1, major=5, minor=9))
    assert [rules.days(s) for s in ("critical", "major", "minor")] == [1, 5, 9]
    assert [raised(s) for s in ("critical", "major", "minor")] == ["critical", "critical", "major"]
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        DueDays(minor=0)
