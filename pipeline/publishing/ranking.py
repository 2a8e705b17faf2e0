"""Tables `rank` and `reward`: where a branch stands in the province (`all`) and in its peer group.

Ranked are the covert visits of the twelve months that end with the period (the setting
`rank_window_months`), by their scores before vetoes (statistics §1: a zero would widen
everybody's interval); a veto caps the published score beside it and bars the upper tier. A
publication ranks its own period only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from audits.statistics.ranks import (
    COLUMNS,
    RANKED,
    UNRELIABLE,
    Pooled,
    Rules,
    pooled,
    ranked,
)
from audits.statistics.rewards import Prize, RewardRules, reward
from pipeline.periods import last_month, shift_month
from pipeline.publication_tables import TABLES
from pipeline.publishing.audit_tables import calendar
from pipeline.publishing.coverage import expected_branches

ALL = "all"
WINDOW_MONTHS = 12


@dataclass(frozen=True)
class Ranking:
    """How the office ranks: months looked back on, rules of ranks and of rewards."""

    months: int = WINDOW_MONTHS
    rules: Rules = field(default_factory=Rules)
    rewards: RewardRules = field(default_factory=RewardRules)


def window(period: str, months: int = WINDOW_MONTHS) -> list[str]:
    """The months that a period is ranked on: those that end with its last one."""
    last = last_month(period)
    return [shift_month(last, i - months + 1) for i in range(months)]


def rank_tables(
    visit_score: pl.DataFrame,
    covert: Sequence[str],
    scope: pl.DataFrame,
    period: str,
    how: Ranking,
) -> dict[str, pl.DataFrame]:
    """Tables `rank` and `reward`: every branch open in the period, ranked or not.

    `visit_score` as published, `covert`: ids of the covert editions.
    """
    months = window(period, how.months)
    visits = visit_score.filter(pl.col("edition").is_in(list(covert)))
    own = visits.filter(pl.col("period").is_in(months))
    pool = pooled_visits(own, visits.filter(pl.col("period") < months[0]))
    branches = _open_branches(scope, period)
    seen = branches.join(_seen(own), on="scope", how="left").with_columns(
        pl.col("visits", "made", "vetoes").fill_null(0)
    )
    barred = seen.filter(pl.col("vetoes") > 0)["scope"].to_list()
    made = [(g, part, _ranked(part, pool, barred, how)) for g, part in _groups(seen)]
    whole = made[0][2]
    made = [(g, part, t if g == ALL else _withheld(t, whole)) for g, part, t in made]
    return {
        "rank": _rank_table(made, period, months[0], how),
        "reward": _reward_table(made, period, barred, how),
    }


def pooled_visits(own: pl.DataFrame, earlier: pl.DataFrame) -> Pooled:
    """The pool of covert visits of a window; `earlier`: those before it, for their variance."""
    return pooled(_scores(own), _scores(earlier))


def round_of() -> pl.Expr:
    """The round of a visit as ranks take it. Another edition is another round."""
    return pl.concat_str("edition", pl.coalesce("round", "period"), separator="/")


def _groups(seen: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """The province, then each peer group by name."""
    parts = seen.drop_nulls("peer_group").partition_by("peer_group", as_dict=True)
    return [
        (ALL, seen),
        *sorted(((str(g), part) for (g,), part in parts.items()), key=lambda x: x[0]),
    ]


def _ranked(part: pl.DataFrame, pool: Pooled, barred: list[str], how: Ranking) -> pl.DataFrame:
    units = pool.units.filter(pl.col("unit").is_in(part["scope"].to_list()))
    return ranked(units, pool, barred=barred, first=how.rewards.ks(), rules=how.rules)


def _withheld(table: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    """A branch whose place in the province is withheld has none in its peer group either.

    Reliability is a property of the branch's figure (domain §6: below the floor no ordinal rank).
    In a group it is measured against the spread of a few dozen branches, which chance makes wide
    in one of several groups: there the rank would be printed just where it is luck.
    """
    bare = pl.col("unit").is_in(whole.filter(pl.col("status") == UNRELIABLE)["unit"].implode())
    return table.with_columns(
        rank=pl.when(~bare).then("rank"),
        status=pl.when(bare & (pl.col("status") == RANKED))
        .then(pl.lit(UNRELIABLE))
        .otherwise("status"),
    )


Made = Sequence[tuple[str, pl.DataFrame, pl.DataFrame]]


def _rank_table(made: Made, period: str, since: str, how: Ranking) -> pl.DataFrame:
    k = how.rewards.first_k
    parts = []
    for group, part, table in made:
        joined = part.drop("peer_group").join(table, left_on="scope", right_on="unit", how="left")
        parts.append(
            joined.with_columns(
                peer_group=pl.lit(group),
                of=pl.lit(table.height),
                p_first_k=pl.col(f"p_first_{k}"),
                published_score=(pl.col("score") - pl.col("lost_to_veto")).clip(0, 100),
                status=pl.coalesce("status", _unranked()),
            ).sort("place", "scope", nulls_last=True)
        )
    full = pl.concat(parts) if parts else pl.DataFrame(schema=COLUMNS)
    full = full.with_columns(period=pl.lit(period), since=pl.lit(since), first_k=pl.lit(k))
    return _shaped("rank", full)


def _unranked() -> pl.Expr:
    none = pl.col("made") == 0
    return pl.when(none).then(pl.lit("not_visited")).otherwise(pl.lit("insufficient"))


def _reward_table(made: Made, period: str, barred: list[str], how: Ranking) -> pl.DataFrame:
    parts = [
        _of(prize, reward(table, prize, barred), group)
        for prize in how.rewards.prizes
        for group, _, table in made
        if (group == ALL) == (prize.among == "province")
    ]
    found = pl.concat(parts) if parts else pl.DataFrame(schema=TABLES["reward"])
    return _shaped("reward", found.with_columns(period=pl.lit(period)))


def _of(prize: Prize, rows: pl.DataFrame, group: str) -> pl.DataFrame:
    return rows.rename({"unit": "scope"}).with_columns(
        prize=pl.lit(prize.id),
        zh=pl.lit(prize.zh),
        en=pl.lit(prize.en),
        worth=pl.lit(float(prize.amount)),
        peer_group=pl.lit(group),
        period=pl.lit(""),
    )


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(list(TABLES[name])).cast(pl.Schema(TABLES[name]))


def _scores(visits: pl.DataFrame) -> pl.DataFrame:
    """[unit, round, score] of the scored visits."""
    good = visits.filter(pl.col("status") == "ok")
    return good.select(
        pl.col("scope").alias("unit"),
        round_of().alias("round"),
        pl.col("score_before_veto").alias("score"),
    )


def _seen(own: pl.DataFrame) -> pl.DataFrame:
    """[scope, visits with a score, made, vetoes, lost_to_veto: points of the mean]."""
    good = pl.col("status") == "ok"
    lost = (pl.col("score_before_veto") - pl.col("score")).filter(good).mean()
    return own.group_by("scope").agg(
        good.sum().cast(pl.Int64).alias("visits"),
        pl.len().cast(pl.Int64).alias("made"),
        (pl.col("veto") > 0).sum().cast(pl.Int64).alias("vetoes"),
        lost.alias("lost_to_veto"),
    )


def _open_branches(scope: pl.DataFrame, period: str) -> pl.DataFrame:
    """[scope, peer_group] of the branches open in some month of the period."""
    months = calendar([period])["month"].to_list()
    opened = expected_branches(scope, months)["branch_code"].unique()
    known = scope.filter(pl.col("scope").is_in(opened.to_list()) & (pl.col("level") == "branch"))
    return known.select("scope", "peer_group").sort("scope")
