"""Signals of visits that were not made: each planted alone is found for its reason, none else."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import polars as pl
import pytest

from audits import fabrication

SHOPPERS, VISITS, PLACES = 10, 9, 60
WORDS = ("未做到", "做了一半", "提醒后做", "没人在岗", "顺序不对", "动作不全")
Frames = tuple[pl.DataFrame, pl.DataFrame]


def honest(seed: int = 1) -> Frames:
    """Ten shoppers with nine visits each; branches and items differ, nobody is in two places."""
    chance = np.random.default_rng(seed)
    item = chance.normal(1.2, 0.8, PLACES)
    visits, answers = [], []
    for s in range(SHOPPERS):
        for n in range(VISITS):
            id, at = f"v{s}{n}", chance.integers(9, 15)
            chances = 1 / (1 + np.exp(-(item + chance.normal(0, 0.6))))
            full = chance.random(PLACES) < chances
            stay = int(np.clip(chance.normal(45, 10), 25, 80))
            visits.append({
                "visit_id": id, "branch_code": f"B{s}{n}", "parent": f"P{n}", "city": f"C{n % 3}",
                "edition": "covert-1", "visit_date": date(2026, 7, 1 + n),
                "time_in": time(at, 0), "time_out": time(at + stay // 60, stay % 60),
                "shopper": f"S{s}", "score": 100 * float(full.mean()),
            })  # fmt: skip
            for p in range(PLACES):
                said = None if full[p] else str(chance.choice(WORDS))
                answers.append((id, p % 3, f"I{p:02d}", float(full[p]), bool(full[p]), said))
    names = ("visit_id", "encounter", "item_id", "answer", "full", "reason")
    return pl.DataFrame(visits), pl.DataFrame(answers, names, orient="row")


OWN = pl.col("visit_id").str.starts_with("v4")  # shopper S4


def leaves_after(visits: pl.DataFrame, minutes: int) -> pl.DataFrame:
    """S4 leaves so many minutes after coming."""
    out = [
        shifted(came, minutes) if id.startswith("v4") else out
        for id, came, out in visits.select("visit_id", "time_in", "time_out").iter_rows()
    ]
    return visits.with_columns(time_out=pl.Series(out, dtype=pl.Time))


def shifted(at: time, minutes: int) -> time:
    return time(*divmod(at.hour * 60 + at.minute + minutes, 60))


def found(frames: Frames) -> dict[str, set[str]]:
    """Signal → the shoppers it was found for."""
    told: dict[str, set[str]] = {}
    for hit in fabrication.hits(*frames):
        assert hit.zh.endswith("。") and hit.en.endswith(".")
        told.setdefault(hit.signal, set()).add(hit.shopper)
    return told


@pytest.mark.parametrize("seed", range(4))
def test_the_honest_are_left_alone(seed: int) -> None:
    assert found(honest(seed)) == {}


def test_one_answer_sheet_for_every_branch() -> None:
    visits, answers = honest()
    sheet = answers.filter(pl.col("visit_id") == "v40").select(
        "item_id", pl.col("answer").alias("a"), pl.col("full").alias("f")
    )
    copied = answers.join(sheet, on="item_id").with_columns(
        answer=pl.when(OWN).then("a").otherwise("answer"),
        full=pl.when(OWN).then("f").otherwise("full"),
    )
    told = found((visits, copied.drop("a", "f")))
    assert told == {"same_answers": {"S4"}}
    hits = fabrication.hits(visits, copied.drop("a", "f"))
    assert {h.visit_id for h in hits} == {f"v4{n}" for n in range(VISITS)}
    assert "60 项中 60 项相同" in hits[0].zh


def test_one_sentence_for_everything() -> None:
    visits, answers = honest()
    said = pl.when(OWN & pl.col("reason").is_not_null()).then(pl.lit("总体 较好。"))
    told = found((visits, answers.with_columns(reason=said.otherwise("reason"))))
    assert told == {"copied_comments": {"S4"}}


def test_in_and_out_in_minutes() -> None:
    visits, answers = honest()
    assert found((leaves_after(visits, 7), answers)) == {"short_stay": {"S4"}}


def test_a_brisk_shopper_is_no_liar() -> None:
    """30 minutes where others take 45: significant, and yet too small to mean anything."""
    visits, answers = honest()
    assert found((leaves_after(visits, 30), answers)) == {}


def test_scores_that_never_differ() -> None:
    visits, answers = honest()
    flat = 82 + pl.col("visit_id").str.slice(2).cast(pl.Float64) / 20
    visits = visits.with_columns(score=pl.when(OWN).then(flat).otherwise("score"))
    assert found((visits, answers)) == {"no_spread": {"S4"}}


def test_two_places_at_once_is_asked_about() -> None:
    visits, answers = honest()
    second = pl.col("visit_id") == "v41"
    first = visits.filter(pl.col("visit_id") == "v40")
    visits = visits.with_columns(
        visit_date=pl.when(second).then(first["visit_date"][0]).otherwise("visit_date"),
        time_in=pl.when(second).then(first["time_in"][0]).otherwise("time_in"),
    )
    hits = fabrication.hits(visits, answers)
    assert {(h.visit_id, h.signal) for h in hits} == {("v40", "travel"), ("v41", "travel")}
    assert "不是时间填错，就是有一次没有到场" in hits[0].zh


def test_the_way_between_two_branches_counts() -> None:
    visits, answers = honest()
    a, b = (visits.filter(pl.col("visit_id") == v) for v in ("v40", "v43"))
    assert a["city"][0] == b["city"][0] and a["parent"][0] != b["parent"][0]

    def with_gap(minutes: int) -> pl.DataFrame:
        came = shifted(a["time_out"][0], minutes)
        moved = pl.col("visit_id") == "v43"
        return visits.with_columns(
            visit_date=pl.when(moved).then(a["visit_date"][0]).otherwise("visit_date"),
            time_in=pl.when(moved).then(came).otherwise("time_in"),
            time_out=pl.when(moved).then(shifted(came, 40)).otherwise("time_out"),
        )

    assert {h.signal for h in fabrication.hits(with_gap(14), answers)} == {"travel"}
    assert fabrication.hits(with_gap(15), answers) == []


def test_nobody_known_and_nothing_seen() -> None:
    visits, answers = honest()
    assert fabrication.hits(visits.clear(), answers) == []
    assert fabrication.hits(visits.with_columns(shopper=pl.lit(None, pl.String)), answers) == []
    assert fabrication.hits(visits.head(VISITS), answers) == []  # one shopper, nobody to compare
