"""Tables `rank` and `reward` from visits made by hand; rules, decisions and settings of ranks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipeline
from audits.statistics.ranks import Rules
from audits.statistics.rewards import RewardRules
from pipeline.__main__ import load_commands
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, rank_decisions
from pipeline.publication_tables import TABLES
from pipeline.publishing.ranking import Ranking, rank_tables, window
from pipeline.rewards import load_rewards

QUARTERS = ("2025Q4", "2026Q1", "2026Q2", "2026Q3")
MONTHS = ("2025-11", "2026-02", "2026-05", "2026-08")
# Score of the four quarters; b6 has too few applicable points, b7 was never visited.
SCORES = {
    "b0": (95.0, 93.0, 96.0, 94.0),
    "b1": (88.0, 90.0, 89.0, 91.0),
    "b2": (88.0, 90.0, 89.0, 91.0),
    "b3": (70.0, 72.0, 71.0, 69.0),
    "b4": (60.0, 61.0, 59.0, 62.0),
    "b5": (50.0, 52.0, 51.0, 49.0),
}


def visit(branch: str, quarter: int, score: float | None) -> dict[str, Any]:
    return {
        "visit_id": f"{branch}-{quarter}",
        "scope": branch,
        "period": MONTHS[quarter],
        "round": QUARTERS[quarter],
        "edition": "covert-1",
        "score": score,
        "score_before_veto": score,
        "status": "insufficient" if score is None else "ok",
    }


def visits(*more: dict[str, Any]) -> pl.DataFrame:
    rows = [visit(b, q, s) for b, scores in SCORES.items() for q, s in enumerate(scores)]
    rows.append(visit("b6", 3, None))
    replaced = {m["visit_id"]: m for m in more}
    kept = [replaced.pop(r["visit_id"], r) for r in rows]
    full = [{c: r.get(c) for c in TABLES["visit_score"]} for r in (*kept, *replaced.values())]
    return pl.DataFrame(full, schema=TABLES["visit_score"])


def scope() -> pl.DataFrame:
    rows = [
        {"scope": f"b{i}", "level": "branch", "peer_group": "甲" if i < 3 else "乙"}
        for i in range(8)
    ]
    rows.append({"scope": "b9", "level": "branch", "peer_group": "丙"})
    full = [{c: r.get(c) for c in TABLES["scope"]} for r in rows]
    return pl.DataFrame(full, schema=TABLES["scope"])


def made(
    table: pl.DataFrame, how: Ranking | None = None, period: str = "2026Q3"
) -> dict[str, pl.DataFrame]:
    return rank_tables(table, ["covert-1"], scope(), period, how or Ranking())


def test_every_period_looks_back_on_the_twelve_months_that_end_with_it() -> None:
    for period in ("2026-09", "2026Q3"):
        assert (window(period)[0], window(period)[-1], len(window(period))) == (
            "2025-10",
            "2026-09",
            12,
        )
    assert window("2026")[0] == "2026-01" and window("2026-09", 3)[0] == "2026-07"


def test_every_open_branch_has_a_row_with_a_rank_or_the_reason_why_not() -> None:
    table = made(visits())["rank"]
    assert table.schema == pl.Schema(TABLES["rank"])
    told = table.filter(pl.col("peer_group") == "all")
    assert told.select("scope", "rank", "of", "visits", "status").rows() == [
        ("b0", 1, 6, 4, "ok"),
        ("b1", 2, 6, 4, "ok"),
        ("b2", 2, 6, 4, "ok"),
        ("b3", 4, 6, 4, "ok"),
        ("b4", 5, 6, 4, "ok"),
        ("b5", 6, 6, 4, "ok"),
        ("b6", None, 6, 0, "insufficient"),
        ("b7", None, 6, 0, "not_visited"),
        ("b9", None, 6, 0, "not_visited"),
    ]
    assert told["score"].to_list()[:2] == pytest.approx([94.5, 89.5])
    assert told.select("since", "first_k").unique().rows() == [("2025-10", 10)]
    best = told.row(0, named=True)
    assert (best["low"], best["high"], best["p_first_k"]) == (1, 1, 1.0)
    assert best["reliability"] > 0.99
    groups = {g: t for (g,), t in table.group_by("peer_group")}
    assert set(groups) == {"all", "甲", "乙", "丙"}
    assert groups["甲"].sort("scope").select("rank", "of").rows() == [(1, 3), (2, 3), (2, 3)]
    assert groups["丙"]["status"].to_list() == ["not_visited"]


def test_visits_outside_the_window_are_not_ranked_but_tell_the_variance() -> None:
    one_each = visits().filter(pl.col("period") == MONTHS[3])
    assert set(made(one_each)["rank"]["status"]) >= {"no_visit_variance"}
    table = made(visits(), Ranking(months=3))["rank"].filter(pl.col("peer_group") == "all")
    assert table["visits"].to_list()[:6] == [1] * 6
    assert table["score"][0] == 94.0 and table["low"].null_count() == 3
    assert made(visits(), period="2025-12")["rank"]["visits"].max() == 1


def test_a_veto_caps_the_published_score_bars_the_reward() -> None:
    capped = visit("b0", 3, 94.0) | {"score": 60.0, "veto": 1}
    how = Ranking(
        rewards=RewardRules.model_validate(
            {
                "prizes": [
                    {"id": "one", "zh": "第一", "en": "first", "places": [1, 1], "amount": 1000},
                    {"id": "in_group", "zh": "组内", "en": "in group", "among": "peer_group",
                     "places": [1, 1], "amount": 10},
                ]
            }
        )
    )  # fmt: skip
    found = made(visits(capped), how)
    best = found["rank"].filter(pl.col("peer_group") == "all").row(0, named=True)
    # 94.5 less what the veto took from the mean of four: (94 − 60) ÷ 4 = 8.5
    assert (best["scope"], best["score"], best["vetoes"]) == ("b0", pytest.approx(94.5), 1)
    assert best["published_score"] == pytest.approx(86.0)
    reward = found["reward"]
    assert reward.schema == pl.Schema(TABLES["reward"])
    first = reward.filter(prize="one", scope="b0").row(0, named=True)
    assert (first["chance"], first["paid"], first["amount"]) == ("barred", False, 0.0)
    groups = reward.filter(prize="in_group")
    assert set(groups["peer_group"]) == {"甲", "乙"}
    assert groups.filter(scope="b3").row(0, named=True)["amount"] == 10.0


def test_below_the_floor_no_ordinal_rank_unless_decided() -> None:
    strict = Ranking(rules=Rules(floor=0.9999))
    table = made(visits(), strict)["rank"]
    assert set(table.drop_nulls("low")["status"]) == {"unreliable"}
    assert table["rank"].null_count() == table.height
    decided = Ranking(rules=Rules(floor=0.9999, by_decision=True))
    table = made(visits(), decided)["rank"].filter(pl.col("peer_group") == "all")
    assert table["rank"].to_list()[:6] == [1, 2, 2, 4, 5, 6]
    assert set(table.drop_nulls("low")["status"]) == {"by_decision"}


def test_a_rank_withheld_in_the_province_is_withheld_in_the_group() -> None:
    """A group that happens to be spread out calls reliable what the province does not."""
    level = {"b0": 98.0, "b1": 60.0, "b2": 20.0} | dict.fromkeys(
        ("b3", "b4", "b5", "b6", "b7"), 60.0
    )
    noise = (0.0, 12.0, -12.0, 6.0)  # of another quarter in each branch, else it is the round's
    table = visits(
        *(
            visit(b, q, s + noise[(q + i) % 4])
            for i, (b, s) in enumerate(level.items())
            for q in range(4)
        )
    )
    free = made(table, Ranking(rules=Rules(floor=0.0)))["rank"].filter(scope="b0")
    whole, group = (free.filter(peer_group=g)["reliability"][0] for g in ("all", "甲"))
    assert whole < group
    between = Rules(floor=(whole + group) / 2)
    found = made(table, Ranking(rules=between))["rank"].filter(scope="b0")
    assert found["rank"].to_list() == [None, None]
    assert set(found["status"]) == {"unreliable"}
    assert found["low"].null_count() == 0 and found["tier"].null_count() == 0
    decided = Rules(floor=between.floor, by_decision=True)
    kept = made(table, Ranking(rules=decided))["rank"].filter(scope="b0")
    assert kept["rank"].null_count() == 0


def test_nothing_was_visited() -> None:
    found = made(visits().clear())
    assert set(found["rank"]["status"]) == {"not_visited"} and found["reward"].is_empty()


def test_the_same_visits_in_any_order_give_the_same_table() -> None:
    shuffled = visits().sample(fraction=1.0, shuffle=True, seed=2)
    assert made(visits())["rank"].equals(made(shuffled)["rank"])


# --- rules of reward ------------------------------------------------------------------------------


def test_the_packaged_rules_hold_until_the_office_has_its_own(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    packaged = load_rewards(folder)
    assert (packaged.first_k, packaged.prizes[0].places) == (10, (1, 10))
    folder.rewards.write_text(
        "first_k: 5\nprizes:\n- {id: low, zh: 末等, en: low, tier: below, amount: -200}\n", "utf-8"
    )
    own = load_rewards(folder)
    assert (own.first_k, own.prizes[0].tier, float(own.prizes[0].amount)) == (5, "below", -200.0)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("first_k: 0", "first_k"),
        ("prizes: [{id: a, zh: x, en: x}]", "prizes.1"),
        ("prizes: [{id: a, zh: x, en: x, places: [1, 2], amount: 多}]", "prizes.1.amount"),
        (
            "prizes: [{id: a, zh: x, en: x, places: [1, 2]}, {id: a, zh: y, en: y, tier: above}]",
            "id",
        ),
        ("prizes: [", "rewards.yaml"),
        ("- 5", "rewards.yaml"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named(tmp_path: Path, text: str, where: str) -> None:
    folder = DataFolder(tmp_path)
    folder.rewards.write_text(text, "utf-8")
    with pytest.raises(Fault) as told:
        load_rewards(folder)
    assert told.value.status == 2
    for words in (told.value.zh, told.value.en):
        assert where in words and "rewards.yaml" in words and "\n" not in words


# --- decisions on record --------------------------------------------------------------------------


def mingcha(root: Path, *words: str) -> Result:
    return CliRunner().invoke(load_commands(), ["--data", str(root), *words])


def conforms(text: str) -> Any:
    path = Path(pipeline.__file__).parent / "schemas" / "rank-decision.schema.json"
    document, schema = json.loads(text), json.loads(path.read_text("utf-8"))
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document


def test_a_decision_is_recorded_listed_and_withdrawn(tmp_path: Path) -> None:
    said = ("rank-decision", "record", "--period", "2026年三季度", "--reason", "行务会决定")
    assert mingcha(tmp_path, "rank-decision", "list", "--json").stdout.strip() == "[]"
    assert not list(tmp_path.iterdir())
    made = mingcha(tmp_path, *said, "--actor", "王", "--json")
    assert made.exit_code == 0, made.output
    one = conforms(made.stdout)
    assert (one["period"], one["actor"], one["in_force"]) == ("2026Q3", "王", True)
    with Office.open(DataFolder(tmp_path)) as office:
        assert rank_decisions.in_force(office.connection, "2026Q3") is not None
        assert rank_decisions.in_force(office.connection, "2026-09") is None
        assert ledger.first_broken(office.connection) is None
    number = str(one["number"])
    gone = mingcha(tmp_path, "rank-decision", "withdraw", number, "--reason", "有误", "--json")
    assert gone.exit_code == 0 and not conforms(gone.stdout)["in_force"]
    assert len(conforms(mingcha(tmp_path, "rank-decision", "list", "--json").stdout)) == 1
    again = mingcha(tmp_path, "rank-decision", "withdraw", number, "--reason", "有误")
    assert again.exit_code == 2 and "Traceback" not in again.output
    for lang, word in (("zh", "已撤回"), ("en", "withdrawn")):
        shown = CliRunner().invoke(
            load_commands(), ["--data", str(tmp_path), "--lang", lang, "rank-decision", "list"]
        )
        assert word in shown.stdout


@pytest.mark.parametrize("words", [("--period", "never", "--reason", "x"),
                                   ("--period", "2026Q3", "--reason", " ")])  # fmt: skip
def test_a_decision_needs_a_period_and_a_reason(tmp_path: Path, words: tuple[str, ...]) -> None:
    told = mingcha(tmp_path, "rank-decision", "record", *words)
    assert told.exit_code == 2 and not list(tmp_path.iterdir())
