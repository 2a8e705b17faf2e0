"""Calibration on small hand-made rounds: pairs, items, severity only where it can be told."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import numpy as np
import polars as pl
import pytest

from audits import calibration
from audits.scorecard import Edition, load_editions

COVERT = load_editions()["covert-1"]
EDITIONS: dict[str, Edition] = {"covert-1": COVERT}


def visit(id: str, branch: str, shopper: str, day: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "visit_id": id, "branch_code": branch, "group": "城区", "round": "2026Q3",
        "edition": "covert-1", "visit_date": date(2026, 7, day), "time_in": time(9, day),
        "shopper": shopper, "score": 80.0,
    } | more  # fmt: skip


def pairs_of(count: int, same_day: bool) -> pl.DataFrame:
    rows = []
    for i in range(count):
        rows.append(visit(f"{i:03d}a", f"B{i:03d}", "S1", 1))
        rows.append(visit(f"{i:03d}b", f"B{i:03d}", "S2", 1 if same_day else 9))
    return pl.DataFrame(rows)


def answered(item: str, values: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {"visit_id": v, "encounter": 0, "item_id": item, "shown": value}
        for v, value in values.items()
    ]


def test_same_day_pairs_are_preferred_to_those_of_a_round() -> None:
    assert calibration.pairs(pairs_of(12, True))["basis"].unique().to_list() == ["paired"]
    few = pl.concat([pairs_of(4, True), pairs_of(20, False).tail(30)])
    assert calibration.pairs(few)["basis"].unique().to_list() == ["round"]
    alone = pairs_of(12, True).with_columns(shopper=pl.lit("S1"))
    assert calibration.pairs(alone).is_empty()  # one shopper twice is no pair
    nobody = pairs_of(12, True).with_columns(shopper=pl.lit(None, pl.String))
    assert calibration.pairs(nobody).is_empty()


def item_rows(second: list[float], same_day: bool = True) -> dict[str, Any]:
    """ENV03 seen by S1 as yes, no, yes, no …, by S2 as `second`."""
    visits = pairs_of(len(second), same_day)
    answers = answered("ENV03", {f"{i:03d}a": float(i % 2) for i in range(len(second))})
    answers += answered("ENV03", {f"{i:03d}b": v for i, v in enumerate(second)})
    found = calibration.item_agreement(calibration.pairs(visits), pl.DataFrame(answers), EDITIONS)
    return found.row(by_predicate=pl.col("item_id") == "ENV03", named=True)


def test_an_item_below_the_floor_is_named() -> None:
    told = item_rows([float(i // 2 % 2) for i in range(20)])  # half of them agree
    assert (told["status"], told["pairs"], told["raw"]) == ("below_floor", 20, 0.5)
    assert told["alpha"] < 0.1 and told["ac1"] == pytest.approx(0)
    good = item_rows([float(i % 2) for i in range(20)])
    assert (good["status"], good["alpha"], good["ac1"]) == ("ok", 1, 1)


def test_other_days_and_few_pairs_accuse_no_item() -> None:
    weak = [float(i // 2 % 2) for i in range(20)]
    assert item_rows(weak, same_day=False)["status"] == "other_days"
    assert item_rows(weak[:9])["status"] == "insufficient"


def test_minutes_are_compared_as_in_time_or_not() -> None:
    rows = [
        {"visit_id": v, "edition": "covert-1", "encounter": 0, "item_id": "HALL03",
         "answer": minutes, "full": minutes <= 1}
        for v, minutes in (("a", 0.0), ("b", 1.0), ("c", 9.0))
    ]  # fmt: skip
    shown = calibration.as_shown(pl.DataFrame(rows), EDITIONS)
    assert dict(shown.select("visit_id", "shown").iter_rows()) == {"a": 1, "b": 1, "c": 0}


def rounds(seed: int = 1) -> tuple[pl.DataFrame, dict[str, float]]:
    """12 shoppers in 60 branches, four rounds; S00 gives 6 points more, S01 6 less."""
    chance = np.random.default_rng(seed)
    given = {f"S{i:02d}": 0.0 for i in range(12)} | {"S00": 6.0, "S01": -6.0}
    rows = []
    for r in range(4):
        for b in range(60):
            for n, at in enumerate(chance.choice(12, 2, replace=False)):
                shopper = f"S{at:02d}"
                score = 70 + b / 4 + 2 * r + given[shopper] + chance.normal(0, 5)
                rows.append(visit(f"{r}{b:02d}{n}", f"B{b:02d}", shopper, score=score)
                            | {"round": f"2026Q{r + 1}"})  # fmt: skip
    return pl.DataFrame(rows), given


def test_severity_is_told_with_its_error() -> None:
    visits, given = rounds()
    found = calibration.severity(visits)
    assert found["status"].unique().to_list() == ["ok"]
    assert found["shift"].sum() == pytest.approx(0, abs=1e-9)
    assert set(found.filter("differs")["shopper"]) == {"S00", "S01"}
    inside = [r["low"] <= given[r["shopper"]] <= r["high"] for r in found.to_dicts()]
    assert sum(inside) >= 11  # 95 % each


def test_severity_agrees_with_the_normal_equations_of_all_dummies() -> None:
    """The slow way: every branch, round and shopper a column, shoppers adding up to nothing."""
    visits, _ = rounds(3)
    y = (
        visits["score"].to_numpy()
        - visits.select(pl.col("score").mean().over("round")).to_series().to_numpy()
    )
    columns = [
        (visits[c] == v).to_numpy().astype(float)
        for c in ("shopper", "branch_code", "round")
        for v in visits[c].unique().sort()
    ]
    x = np.column_stack(columns)
    tied = np.zeros((1, x.shape[1]))
    tied[0, :12] = 1e3
    beta = np.linalg.lstsq(np.vstack([x, tied]), np.append(y, 0), rcond=None)[0]
    found = calibration.severity(visits)
    assert found["shift"].to_numpy() == pytest.approx(beta[:12], abs=1e-6)


def test_severity_is_not_told_across_islands() -> None:
    visits, _ = rounds()
    apart = [
        visit(f"x{i}{n}", f"X{i:02d}", f"T{n}", score=60.0 + i + 5 * n)
        for i in range(8)
        for n in range(2)
    ]
    found = calibration.severity(pl.concat([visits, pl.DataFrame(apart)]))
    lost = found.filter(pl.col("shopper").str.starts_with("T"))
    assert lost["status"].to_list() == ["not_connected"] * 2
    assert lost["shift"].null_count() == 2 and found["island"].n_unique() == 2
    once = pl.DataFrame([visit(f"y{i}", f"Y{i}", f"U{i // 6}") for i in range(12)])
    assert calibration.severity(once)["status"].unique().to_list() == ["not_connected"]
    few = calibration.severity(pl.DataFrame([visit("z", "Z", "V")]))
    assert few["status"].to_list() == ["insufficient"]


def test_visits_needed_come_by_class() -> None:
    visits, _ = rounds()
    half = pl.when(pl.col("branch_code") < "B30").then(pl.lit("甲")).otherwise(pl.lit("乙"))
    visits = visits.with_columns(group=half)
    found = calibration.reliability(visits, calibration.pairs(visits))
    byclass = {r["group"]: r for r in found.to_dicts() if r["basis"] == "visits"}
    assert set(byclass) == {"all", "甲", "乙"}
    for row in byclass.values():
        assert row["needed"] == pytest.approx(4 * (1 - row["icc"]) / row["icc"])
        assert row["needed_low"] < row["needed"] < row["needed_high"]


def test_holm_by_hand() -> None:
    """p .01 .04 .03 .005 of four: 4·.005, 3·.01, 2·.03, then not less than that."""
    assert calibration.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert calibration.holm([]) == []
