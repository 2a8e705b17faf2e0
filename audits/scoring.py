"""Answers × edition → item, encounter, section and visit scores (domain §2).

Everything is computed in whole *units*: a point is cut into as many units as the editions, the
levels and the numbers of encounters at hand need, so nothing is rounded before the end. Rounding
is half-even, to 6 decimals for points and shares and to 4 for scores (0-100).

- Not applicable, and a condition that is not met, leave numerator and denominator.
- A blank answer is not "not applicable": the visit becomes `incomplete` and has no score.
- Deductions take away from their section, which never falls below zero.
- An encounter item's points are spread equally over the encounters where it applies.
- Under the edition's minimum share of applicable points the visit is `insufficient`: no score.
- Veto 1 caps the score at the edition's cap, 2 sets it to zero, 0 only flags.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from audits.exact import POINT_PLACES, POINTS, SCORE, SCORE_PLACES, decimal, points, ratio
from audits.places import KEY, item_frame, places, with_state
from audits.scorecard import HEAD_FIELDS, Edition, Item

# Answers enter exactly to a thousandth; scorecards ask for whole numbers, minutes may be broken.
_ANSWER_PLACES = 3
_MANY = 1e6  # more occurrences than a visit can hold; keeps the whole numbers small


@dataclass(frozen=True)
class Scored:
    """What a set of visits earned. Points are Decimal(18,6), scores Decimal(9,4) of 0-100.

    `answers`: one row per visit, encounter and item of its edition, whether answered or not:
        the columns of the answer table (null where there was no row), plus edition, section, step,
        role, zone, instrument, tags, effect, scope, veto, `state` (`answered`,
        `not_applicable`, `condition` = its condition is not met, `blank`), `full` (Boolean:
        earned all it could; null unless answered), `earned`, `applicable`. A deduction has
        applicable 0 and earned <= 0, before the floor of its section.
    `encounters`: visit_id, encounter, steps_applicable, steps_satisfied, seven_complete (null
        where no step applied or one was left blank), spoke_applies, spoke_up.
    `sections`: visit_id, section, base (points the visit starts with), earned (base and gains
        after deductions and floor), deducted, applicable, share (0-1; null where nothing applied).
    `visits`: visit_id, edition, instrument, earned, applicable, coverage (0-1), veto (0, 1, 2 or
        null), blanks, score, score_before_veto, status (`ok`, `insufficient`, `incomplete`).
    """

    answers: pl.DataFrame
    encounters: pl.DataFrame
    sections: pl.DataFrame
    visits: pl.DataFrame


def score(answers: pl.DataFrame, visits: pl.DataFrame, editions: dict[str, Edition]) -> Scored:
    """Score every visit of `visits` from `answers` (columns of the fact tables of those names).

    An answer that the edition does not ask for (unknown item, a whole-visit item in a counter
    column) is left aside: validation has refused it before. Raises KeyError for a visit whose
    edition is not in `editions`, ValueError for a visit or an answer that is there twice.
    """
    _guard(answers, visits, editions)
    names = sorted(set(visits["edition"].to_list()))
    if not names:
        return _scored(answers, visits, [])
    parts = [_by_edition(answers, visits, editions[name]) for name in names]
    return Scored(
        *(
            pl.concat([getattr(part, table) for part in parts]).sort(
                "visit_id", maintain_order=True
            )
            for table in ("answers", "encounters", "sections", "visits")
        )
    )


def _by_edition(answers: pl.DataFrame, visits: pl.DataFrame, edition: Edition) -> Scored:
    """Each edition in its own units, so that fine grades of one do not swell those of all."""
    own = visits.filter(pl.col("edition") == edition.id)
    return _scored(answers.join(own.select("visit_id"), on="visit_id", how="semi"), own, [edition])


def _scored(answers: pl.DataFrame, visits: pl.DataFrame, used: list[Edition]) -> Scored:
    grid = with_state(places(answers, visits, item_frame(used)), visits, used)
    grid, units = _earned(grid, used)
    sections = _sections(grid, used, units)
    return Scored(
        answers=_public_answers(grid, units),
        encounters=_encounters(grid),
        sections=_public_sections(sections, units),
        visits=_visits(grid, sections, visits, used, units),
    )


def _guard(answers: pl.DataFrame, visits: pl.DataFrame, editions: dict[str, Edition]) -> None:
    unknown = sorted(set(visits["edition"].to_list()) - set(editions), key=str)
    if unknown:
        raise KeyError(f"edition {unknown[0]} is not loaded")
    if visits["visit_id"].is_duplicated().any():
        raise ValueError("a visit is there twice")
    if answers.select(KEY).is_duplicated().any():
        raise ValueError("an answer is there twice")


def _unit(editions: list[Edition], shares: Iterable[int]) -> int:
    """Units per point: the least number that keeps every possible share of points whole."""
    numbers = {1}
    for edition in editions:
        numbers |= {part_of(item).denominator for item in edition.items}
        numbers |= {Fraction(section.base).denominator for section in edition.sections}
    return math.lcm(*numbers) * math.lcm(1, *shares)


def part_of(item: Item) -> Fraction:
    """Points for one step of the item's answer: full points unless it is graded."""
    if item.kind == "ordinal":
        return Fraction(item.points) / (item.levels or 1)
    if item.effect == "earn" and item.kind == "count":
        return Fraction(item.points) / int(item.target or 1)
    return Fraction(item.points)


def _earned(grid: pl.DataFrame, editions: list[Edition]) -> tuple[pl.DataFrame, int]:
    """Add `_earned` and `_applicable` in units (Int64), and say how many units a point has."""
    alive = pl.col("state").is_in(["answered", "blank"])
    grid = grid.with_columns(
        share=alive.cast(pl.Int64).sum().over("visit_id", "item_id"), alive=alive
    )
    units = _unit(editions, [n for n in grid["share"].unique().to_list() if n])
    grid = grid.join(_in_units(editions, units), on=["edition", "item_id"], how="left")
    earns = pl.col("effect") == "earn"
    answer = pl.col("answer").round(_ANSWER_PLACES)
    steps = (
        pl.when(pl.col("kind") == "yes_no")
        .then((answer > 0).cast(pl.Int64))
        .when(pl.col("kind") == "minutes")
        .then(((answer <= pl.col("target")) == earns).cast(pl.Int64))
        .otherwise(pl.min_horizontal(answer.clip(lower_bound=0), pl.col("most")).cast(pl.Int64))
    )
    grid = grid.with_columns(
        steps=pl.when(pl.col("state") == "answered").then(steps).otherwise(0),
        divisor=pl.when(earns).then(pl.max_horizontal("share", 1)).otherwise(1),
    )
    sign = pl.when(earns).then(1).otherwise(-1)
    whole = pl.when(earns).then(pl.col("points_units")).otherwise(0)
    return grid.with_columns(
        _earned=sign * pl.col("steps") * (pl.col("part_units") // pl.col("divisor")),
        _applicable=pl.when("alive").then(whole // pl.col("divisor")).otherwise(0),
    ), units


def _in_units(editions: list[Edition], units: int) -> pl.DataFrame:
    rows = [
        {
            "edition": edition.id,
            "item_id": item.id,
            "points_units": int(Fraction(item.points) * units),
            "part_units": int(part_of(item) * units),
            "target": float(item.target) if item.target is not None else None,
            "most": _most(item),
        }
        for edition in editions
        for item in edition.items
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "edition": pl.String,
        "item_id": pl.String,
        "points_units": pl.Int64,
        "part_units": pl.Int64,
        "target": pl.Float64,
        "most": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)


def _most(item: Item) -> float:
    """The answer beyond which nothing more is earned or taken away."""
    if item.kind == "ordinal":
        return float(item.levels or 1)
    if item.target is not None:
        return float(item.target)
    return 1.0 if item.effect == "earn" else _MANY


def _sections(grid: pl.DataFrame, editions: list[Edition], units: int) -> pl.DataFrame:
    """Per visit and section in units: base, earned after the floor, deducted, applicable.

    The base counts where at least one item of the section applies at the visit.
    """
    gain = pl.col("_earned").filter(pl.col("effect") == "earn").sum()
    loss = -pl.col("_earned").filter(pl.col("effect") == "deduct").sum()
    started = pl.when("touched").then(pl.col("base")).otherwise(0)
    return (
        grid.group_by("visit_id", "edition", "section", maintain_order=True)
        .agg(
            gain=gain,
            loss=loss,
            applicable=pl.col("_applicable").sum(),
            touched=pl.col("alive").any(),
        )
        .join(_bases(editions, units), on=["edition", "section"], how="left", maintain_order="left")
        .with_columns(base=started.fill_null(0))
        .with_columns(pl.col("gain", "applicable") + pl.col("base"))
        .with_columns(
            earned=(pl.col("gain") - pl.col("loss")).clip(lower_bound=0),
            deducted=pl.min_horizontal("gain", "loss"),
        )
        .drop("gain", "loss", "edition", "touched")
    )


def _bases(editions: list[Edition], units: int) -> pl.DataFrame:
    rows = [(e.id, s.id, int(Fraction(s.base) * units)) for e in editions for s in e.sections]
    schema = {"edition": pl.String, "section": pl.String, "base": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _public_answers(grid: pl.DataFrame, units: int) -> pl.DataFrame:
    best = pl.when(pl.col("effect") == "earn").then(pl.col("_earned") == pl.col("_applicable"))
    full = pl.when(pl.col("state") == "answered").then(best.otherwise(pl.col("steps") == 0))
    inner = ("unmet", "share", "alive", "points_units", "part_units", "target", "most", "steps")
    return (
        grid.with_columns(
            full=full, earned=points("_earned", units), applicable=points("_applicable", units)
        )
        .with_columns(pl.col("not_applicable").fill_null(False))
        .drop(*inner, "divisor", "_earned", "_applicable", "position", *HEAD_FIELDS)
    )


def _public_sections(sections: pl.DataFrame, units: int) -> pl.DataFrame:
    share = ratio(pl.col("earned"), pl.col("applicable"), 10**POINT_PLACES)
    return sections.select(
        "visit_id",
        "section",
        points("base", units).alias("base"),
        points("earned", units).alias("earned"),
        points("deducted", units).alias("deducted"),
        points("applicable", units).alias("applicable"),
        decimal(share, POINT_PLACES, POINTS).alias("share"),
    )


def _encounters(grid: pl.DataFrame) -> pl.DataFrame:
    """Per visit and encounter: the seven steps, and whether the one sentence was spoken."""
    full = (pl.col("state") == "answered") & (pl.col("_earned") == pl.col("_applicable"))
    blank = pl.col("state") == "blank"
    rows = grid.with_columns(full=full, blank=blank)
    key = ["visit_id", "encounter"]
    earning = rows.filter("alive", pl.col("effect") == "earn")
    steps = (
        earning.filter(pl.col("step").is_not_null())
        .group_by(*key, "step")
        .agg(pl.col("full").all(), pl.col("blank").any())
        .group_by(key)
        .agg(pl.len().alias("applicable"), pl.col("full").sum(), pl.col("blank").any())
    )
    spoken = (
        earning.filter(pl.col("tags").list.contains("speak_up"), pl.col("state") == "answered")
        .group_by(key)
        .agg(spoke_up=pl.col("full").any())
    )
    places = rows.select(key).unique()
    joined = places.join(steps, on=key, how="left").join(spoken, on=key, how="left").sort(key)
    complete = pl.col("full") == pl.col("applicable")
    return joined.select(
        *key,
        pl.col("applicable").fill_null(0).cast(pl.Int32).alias("steps_applicable"),
        pl.col("full").fill_null(0).cast(pl.Int32).alias("steps_satisfied"),
        pl.when(~pl.col("blank")).then(complete).alias("seven_complete"),
        pl.col("spoke_up").is_not_null().alias("spoke_applies"),
        pl.col("spoke_up"),
    )


def _visits(
    grid: pl.DataFrame,
    sections: pl.DataFrame,
    visits: pl.DataFrame,
    editions: list[Edition],
    units: int,
) -> pl.DataFrame:
    sums = sections.group_by("visit_id").agg(pl.col("earned", "applicable").sum())
    happened = (pl.col("state") == "answered") & (pl.col("steps") > 0)
    marks = grid.group_by("visit_id").agg(
        veto=pl.col("veto").filter(happened).max(), blanks=(pl.col("state") == "blank").sum()
    )
    frame = (
        visits.select("visit_id", "edition")
        .join(_edition_frame(editions, units), on="edition")
        .join(sums, on="visit_id", how="left")
        .join(marks, on="visit_id", how="left")
        .with_columns(pl.col("earned", "applicable", "blanks").fill_null(0))
    )
    return _verdict(frame, units).sort("visit_id")


def _edition_frame(editions: list[Edition], units: int) -> pl.DataFrame:
    """Per edition: all points and the least that must apply in units, the cap in 10^-4 points."""
    rows = [
        {
            "edition": edition.id,
            "instrument": edition.instrument,
            "whole": int(Fraction(edition.points) * units),
            "least": math.ceil(Fraction(edition.points * edition.minimum_applicable) * units),
            "cap": int(edition.veto_cap.scaleb(SCORE_PLACES)),
        }
        for edition in editions
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "edition": pl.String,
        "instrument": pl.String,
        "whole": pl.Int64,
        "least": pl.Int64,
        "cap": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _verdict(frame: pl.DataFrame, units: int) -> pl.DataFrame:
    status = (
        pl.when(pl.col("blanks") > 0)
        .then(pl.lit("incomplete"))
        .when(pl.col("applicable") < pl.col("least"))
        .then(pl.lit("insufficient"))
        .otherwise(pl.lit("ok"))
    )
    raw = ratio(pl.col("earned"), pl.col("applicable"), 100 * 10**SCORE_PLACES)
    before = pl.when(status == "ok").then(raw)
    veto = pl.col("veto").fill_null(0)
    after = (
        pl.when((veto == 2) & before.is_not_null())
        .then(pl.lit(0, pl.Int128))
        .when((veto == 1) & before.is_not_null())
        .then(pl.min_horizontal(before, pl.col("cap").cast(pl.Int128)))
        .otherwise(before)
    )
    coverage = ratio(pl.col("applicable"), pl.col("whole"), 10**POINT_PLACES)
    return frame.select(
        "visit_id",
        "edition",
        "instrument",
        points("earned", units).alias("earned"),
        points("applicable", units).alias("applicable"),
        decimal(coverage, POINT_PLACES, POINTS).alias("coverage"),
        "veto",
        pl.col("blanks").cast(pl.Int32),
        decimal(after, SCORE_PLACES, SCORE).alias("score"),
        decimal(before, SCORE_PLACES, SCORE).alias("score_before_veto"),
        status.alias("status"),
    )
