"""Cases, decisions and what a publication makes of them, on visits typed in by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audits.procedure import Actor
from audits.reviews import UPHOLD, Decision
from audits.scorecard import load_editions
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, proceedings, review_cases
from pipeline.office.ledger import GENESIS, Head
from pipeline.office.review_cases import Case
from pipeline.publication_tables import TABLES
from pipeline.publishing.assembly import assemble
from pipeline.publishing.inputs import gather
from pipeline.publishing.reviewing import note_items
from pipeline.reviews import reviewed
from pipeline.stores import Stores
from pipeline.warehouse.store import Warehouse
from tests.pipeline.hand_facts import REGISTER, live, month_row

EDITION = load_editions()["covert-1"]
EAST, WEST = "01010101", "01010102"
SAID = "理财经理说保本，暗访员S01在场"
VISITS = [("v1", EAST, 1, "S01"), ("v2", EAST, 9, "S02"), ("v3", WEST, 3, "S01")]
TABLE_NAMES = ("item_agreement", "visit_reliability", "shopper_calibration", "excluded_visit")


def visit(id: str, branch: str, day: int, shopper: str) -> dict[str, Any]:
    return {
        "visit_id": id, "branch_code": branch, "round": "2026Q3", "edition": "covert-1",
        "visit_date": date(2026, 9, day), "time_in": time(9), "time_out": time(9, 40),
        "shopper_id": shopper, "customer_role": "普通客户", "union_present": True,
    }  # fmt: skip


def answers(id: str) -> list[dict[str, Any]]:
    """Everything as it should be, but for ENV03, where the shopper of v1 heard something."""
    rows = []
    for item in EDITION.items:
        best = 0.0 if item.effect == "deduct" else float(item.levels or item.target or 1)
        for place in [0] if item.scope == "visit" else [1]:
            missed = item.id == "ENV03"
            rows.append({
                "visit_id": id, "encounter": place, "item_id": item.id,
                "answer": 0.0 if missed else best, "not_applicable": False,
                "reason": SAID if missed and id == "v1" else None,
            })  # fmt: skip
    return rows


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    folder = DataFolder(tmp_path)
    with Warehouse(folder) as warehouse, Office.open(folder) as office:
        tables = {
            "branch": REGISTER, "visit": [visit(*v) for v in VISITS],
            "encounter": [{"visit_id": v[0], "encounter": e} for v in VISITS for e in (0, 1)],
            "answer": [a for v in VISITS for a in answers(v[0])],
            "performance": [month_row(EAST, "2026-09")],
        }  # fmt: skip
        facts = {t: live(t, rows).drop("sha256") for t, rows in tables.items()}
        warehouse.load(facts, Head(0, GENESIS))
        yield Stores(folder, office, warehouse)


def say(stores: Stores, case: str, *roles: str) -> None:
    with stores.office.transaction() as connection:
        for role in roles:
            new = Decision(UPHOLD, Actor(f"{role}的人", role), date(2026, 10, 8), "核实无误")
            proceedings.record(connection, proceedings.REVIEW, case, new)


def scores(tables: dict[str, pl.DataFrame]) -> dict[str, float]:
    return dict(tables["visit_score"].select("visit_id", "score").iter_rows())


def conduct_case(stores: Stores) -> dict[str, Any]:
    (case,) = [r for r in reviewed(stores.office) if r.case["kind"] == "conduct"]
    assert case.state == "open" and "S01" not in json.dumps(case.to_json())
    return case.case


def excluded_case(stores: Stores) -> str:
    """A visit that may not have been made, of a round that is not looked at again."""
    told = Case("fabrication", "covert-1", ({"signal": "travel", "zh": "甲。", "en": "a."},), "v2",
                EAST, "2026-09-09", "2020Q1")  # fmt: skip
    with stores.office.transaction() as connection:
        review_cases.put(connection, [told], "fabrication", ["2020Q1"])
    return told.id


def item_case(stores: Stores) -> str:
    low: dict[str, Any] = dict.fromkeys(TABLES["item_agreement"]) | {
        "edition": "covert-1", "item_id": "ENV03", "pairs": 12, "alpha": 0.1, "ac1": 0.2,
        "raw": 0.6, "status": "below_floor", "left_out": False,
    }  # fmt: skip
    table = pl.DataFrame([low], schema=TABLES["item_agreement"])
    note_items(stores, table, {"covert-1": EDITION})
    (case,) = [r.case["id"] for r in reviewed(stores.office) if r.case["kind"] == "item"]
    return str(case)


def test_only_both_together_change_what_is_published(stores: Stores) -> None:
    """A comment becomes a veto, a visit leaves every figure, an item leaves the ranks."""
    before = assemble(gather(stores, "2026-09"))
    assert scores(before) == pytest.approx(dict.fromkeys(("v1", "v2", "v3"), 99))
    no_identity(before)
    conduct = conduct_case(stores)
    assert (conduct["visit_id"], conduct["item_id"], conduct["level"]) == ("v1", "COMP21", 2)
    cases = [conduct["id"], excluded_case(stores), item_case(stores)]
    for case in cases:
        say(stores, case, "office")
    alone = gather(stores, "2026-09")
    assert alone.facts["decided_veto"].is_empty() and alone.facts["visit"].height == 3
    assert alone.decided.items == frozenset()
    for case in cases:
        say(stores, case, "union")
    after = assemble(gather(stores, "2026-09"))
    assert scores(after) == pytest.approx({"v1": 0, "v3": 99})
    assert set(after["fact_answer"]["visit_id"]) == {"v1", "v3"}
    veto = after["metric_value"].filter(metric="veto_rate", scope=EAST, period="2026-09")
    assert veto["value"].to_list() == [1.0]  # the metric knows the decision too
    (named,) = after["excluded_visit"].to_dicts()
    assert (named["visit_id"], named["scope"], named["signals"]) == ("v2", EAST, ["travel"])
    was, now = (ranked(t) for t in (before, after))
    # before vetoes, without the item: 99 of 100 points become 99 of 99
    assert was == pytest.approx([99, 99]) and now == pytest.approx([100, 100])
    assert after["item_agreement"].filter("left_out")["item_id"].to_list() == ["ENV03"]
    with stores.office.transaction() as connection:  # what is seen no more has no effect
        review_cases.put(connection, [], "fabrication", ["2020Q1"])
    assert gather(stores, "2026-09").facts["visit"].height == 3


def ranked(tables: dict[str, pl.DataFrame]) -> list[float]:
    rank = tables["rank"].filter(peer_group="all").sort("scope")
    return rank["score"].drop_nulls().to_list()


def no_identity(tables: dict[str, pl.DataFrame]) -> None:
    for name, table in tables.items():
        text = table.write_json()
        assert "S01" not in text and "S02" not in text, name
    assert set(tables["shopper_calibration"]["shopper"]) == {"K01", "K02"}
    assert tables["shopper_calibration"]["visits"].null_count() == 2  # two visits: not told
    for name in TABLE_NAMES:
        assert tables[name].schema == pl.Schema(TABLES[name])


def test_pseudonyms_hold_in_one_publication_only(stores: Stores) -> None:
    ids = [f"S{n:02d}" for n in range(40)]
    connection = stores.office.connection
    first, again, other = (
        review_cases.pseudonyms(connection, p, ids) for p in ("2026Q3-r1", "2026Q3-r1", "2026Q3-r2")
    )
    assert first == again and sorted(first.values()) == [f"K{n:02d}" for n in range(1, 41)]
    assert sum(first[s] == other[s] for s in ids) < 8
    assert list(first) != ids  # not in the order of the ids


def test_a_case_found_again_is_the_same_and_one_not_found_stands_no_longer(stores: Stores) -> None:
    first = Case("conduct", "covert-1", ({"signal": "x", "zh": "一。", "en": "one."},), "v1",
                 EAST, "2026-09-01", "2026Q3", "COMP21", 2)  # fmt: skip
    reworded = Case("conduct", "covert-1", ({"signal": "x", "zh": "二。", "en": "two."},), "v1",
                    EAST, "2026-09-01", "2026Q3", "COMP21", 2)  # fmt: skip
    with stores.office.transaction() as connection:
        review_cases.put(connection, [first], "conduct", ["2026Q3"])
        review_cases.put(connection, [reworded], "conduct", ["2026Q3"])
        (case,) = review_cases.listed(connection)
        assert case["reasons"][0]["zh"] == "二。" and case["standing"] is True
        review_cases.put(connection, [], "conduct", ["2026Q2"])
        assert review_cases.listed(connection)[0]["standing"] is True  # another round's look
        review_cases.put(connection, [], "conduct", ["2026Q3"])
        assert review_cases.listed(connection)[0]["standing"] is False


def test_decisions_stand_in_the_ledger(stores: Stores) -> None:
    say(stores, "abc", "office")
    ((_, payload),) = ledger.payloads(stores.office.connection, "review.uphold")
    assert payload["subject"] == "abc" and payload["said"]["reason"] == "核实无误"
    assert proceedings.unlike_ledger(stores.office.connection) == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE review_case SET branch_code = '0102'", "UPDATE review_case SET standing = 0",
     "UPDATE review_case SET level = 1", "DELETE FROM review_case"],
)  # fmt: skip
def test_a_case_changed_by_hand_is_found(stores: Stores, change: str) -> None:
    """What a case says decides what upholding it does, so the ledger commits to the queue."""
    excluded_case(stores)
    connection = stores.office.connection
    assert review_cases.unlike_ledger(connection) == []
    (record,) = [seq for seq, _ in ledger.payloads(connection, review_cases.NOTED)]
    excluded_case(stores)  # nothing new: nothing more in the ledger
    assert len(ledger.payloads(connection, review_cases.NOTED)) == 1
    connection.execute(change)
    assert review_cases.unlike_ledger(connection) == [record]
