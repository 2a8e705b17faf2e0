"""What shoppers and inspectors saw: answers with their points, encounters, visits, sustain.

A visit without a score (blank answers, or too few points applicable) does not enter the sums of
points: adherence and score speak of the same visits.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.marts.world import World, month_of
from pipeline.metrics.declaration import Mart

_MILLION = 1_000_000
_TAGS = ("culture_wall", "service_match")
_SCHEMA: dict[str, Any] = {
    "visit_id": pl.String,
    "encounter": pl.Int64,
    "item_id": pl.String,
    "branch_code": pl.String,
    "month": pl.String,
    "round": pl.String,
    "visit_date": pl.Date,
    "instrument": pl.String,
    "section": pl.String,
    "step": pl.String,
    "role": pl.String,
    "zone": pl.String,
    "tags": pl.List(pl.String),
    "earned": pl.Float64,
    "applicable": pl.Float64,
    "scored": pl.Boolean,
    "full": pl.Boolean,
}


def _places(world: World) -> pl.DataFrame:
    """Where and when each scored visit was."""
    visit = world.fact("visit").select(
        "visit_id", "branch_code", "round", "visit_date", month=month_of("visit_date")
    )
    return visit.filter(pl.col("month").is_not_null())


def answers(world: World) -> pl.DataFrame:
    """[visit × encounter × item answered] with points; deductions cut where their section is at 0.

    `scored`: the visit has a score. `full`: the item earned all it could.
    """
    if world.fact("visit").is_empty() or world.fact("answer").is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    rows = world.scored.answers.filter(pl.col("state") == "answered")
    scored = world.scored.visits.select("visit_id", scored=pl.col("status") == "ok")
    drop = [c for c in ("branch_code", "round", "visit_date", "month") if c in rows.columns]
    rows = rows.drop(drop).join(_places(world), on="visit_id").join(scored, on="visit_id")
    points = pl.col("earned", "applicable").cast(pl.Float64)
    base = world.scored.sections.select("visit_id", "section", pl.col("base").cast(pl.Float64))
    rows = rows.with_columns(points).join(base, on=["visit_id", "section"], how="left")
    return _with_base(_floored(rows)).select(
        pl.col(c).cast(t) if c == "encounter" else pl.col(c) for c, t in _SCHEMA.items()
    )


def _floored(rows: pl.DataFrame) -> pl.DataFrame:
    """Deductions scaled down where they exceed what their section earned: its floor is 0."""
    section = ["visit_id", "section"]
    gain = pl.col("earned").clip(lower_bound=0).sum().over(section) + pl.col("base")
    loss = -pl.col("earned").clip(upper_bound=0).sum().over(section)
    cut = (pl.col("earned") < 0) & (loss > gain)
    return rows.with_columns(
        earned=pl.when(cut).then(pl.col("earned") * gain / loss).otherwise(pl.col("earned"))
    )


def _with_base(rows: pl.DataFrame) -> pl.DataFrame:
    """What a section starts with belongs to no answer: each one of the section bears a part.

    Parts are whole millionths of a point that add up to the base, as sums are taken of decimals.
    """
    section = ["visit_id", "section"]
    whole = (pl.col("base") * _MILLION).round().cast(pl.Int64)
    number = pl.col("item_id").cum_count().over(section) - 1
    count = pl.len().cast(pl.Int64).over(section)
    part = whole // count + (number.cast(pl.Int64) < whole % count).cast(pl.Int64)
    return rows.with_columns(pl.col("earned", "applicable") + part / _MILLION)


def answer_scored(world: World) -> pl.DataFrame:
    """[visit × encounter × item] the answers of visits that have a score, with 0/1 tag columns."""
    rows = answers(world).filter("scored")
    tags = [pl.col("tags").list.contains(t).fill_null(False).alias(f"is_{t}") for t in _TAGS]
    return rows.with_columns(pl.col("full").cast(pl.Int64), *tags).drop("tags", "scored")


def encounter(world: World) -> pl.DataFrame:
    """[covert visit × encounter] one sentence and seven steps, 0/1 or null where not applicable.

    `speak_items`, `step_items`: the items that were looked at, for walking back to their cells.
    """
    rows = answers(world).filter(pl.col("instrument") == "covert")
    key = ["visit_id", "encounter"]
    speak = pl.col("tags").list.contains("speak_up").fill_null(False)
    step = pl.col("step").is_not_null()
    items = rows.group_by(*key, "branch_code", "month").agg(
        speak_items=pl.col("item_id").filter(speak).sort(),
        step_items=pl.col("item_id").filter(step).sort(),
    )
    if rows.is_empty():
        seen = pl.DataFrame(
            schema={
                "visit_id": pl.String,
                "encounter": pl.Int64,
                "spoke_up": pl.Int64,
                "seven_complete": pl.Int64,
            }
        )
    else:
        seen = world.scored.encounters.select(
            "visit_id",
            pl.col("encounter").cast(pl.Int64),
            pl.col("spoke_up", "seven_complete").cast(pl.Int64),
        )
    return items.join(seen, on=key).sort(key)


def visit(world: World) -> pl.DataFrame:
    """[covert visit] veto happened, a time was promised, the promise was kept (0/1, null: none)."""
    rows = answers(world).filter(pl.col("instrument") == "covert")
    promise = pl.col("tags").list.contains("promise").fill_null(False)
    kept = pl.col("tags").list.contains("promise_kept").fill_null(False)
    seen = rows.group_by("visit_id", "branch_code", "month").agg(
        promised=(promise & pl.col("full")).any().cast(pl.Int64),
        kept=pl.col("full").filter(kept).all().cast(pl.Int64),
        kept_seen=kept.any(),
        promise_items=pl.col("item_id").filter(promise | kept).unique().sort(),
    )
    seen = seen.with_columns(kept=pl.when("kept_seen").then("kept")).drop("kept_seen")
    if rows.is_empty():
        return seen.with_columns(veto=pl.lit(0, pl.Int64))
    veto = world.scored.visits.select("visit_id", veto=pl.col("veto").is_not_null().cast(pl.Int64))
    return seen.join(veto, on="visit_id").sort("visit_id")


def sustain(world: World) -> pl.DataFrame:
    """[covert answer of an introduced branch in months 1-12 after its month of introduction].

    `phase`: early (1-3) or late (4-12). `month` is when the row becomes usable: an early row not
    before the branch's first late one, so that a branch enters with both phases or not at all.
    """
    rows = answer_scored(world).filter(pl.col("instrument") == "covert")
    start = world.branches.select("branch_code", introduced_month=month_of("introduced"))
    rows = rows.join(start.drop_nulls(), on="branch_code").with_columns(
        since=_index("month") - _index("introduced_month")
    )
    rows = rows.filter(pl.col("since").is_between(1, 12)).with_columns(
        phase=pl.when(pl.col("since") <= 3).then(pl.lit("early")).otherwise(pl.lit("late"))
    )
    late = rows.filter(pl.col("phase") == "late")
    first_late = late.group_by("branch_code").agg(first_late=pl.col("month").min())
    early = rows.filter(pl.col("phase") == "early").select("branch_code").unique()
    both = rows.join(first_late, on="branch_code").join(early, on="branch_code", how="semi")
    return both.with_columns(month=pl.max_horizontal("month", "first_late")).select(
        "visit_id", "encounter", "item_id", "branch_code", "month", "phase", "earned", "applicable"
    )


def _index(column: str) -> pl.Expr:
    """Months as numbers; see periods.month_index."""
    year = pl.col(column).str.slice(0, 4).cast(pl.Int32)
    return year * 12 + pl.col(column).str.slice(5, 2).cast(pl.Int32) - 1


_ANSWER = ("visit_id", "encounter", "item_id")
MARTS = (
    Mart("answer_scored", _ANSWER, "answer", _ANSWER, answer_scored),
    Mart("encounter", ("visit_id", "encounter"), "answer", ("visit_id", "encounter"), encounter),
    Mart("visit", ("visit_id",), "visit", ("visit_id",), visit),
    Mart("sustain", _ANSWER, "answer", _ANSWER, sustain),
)
