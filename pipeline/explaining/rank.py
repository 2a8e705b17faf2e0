"""Explain a rank: the visits that entered, what was taken out for their round, what came out."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from audits.statistics.words import explained
from pipeline.explaining.originals import Original, neutral_name, originals
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.periods import last_month
from pipeline.publication import Publication
from pipeline.publishing.ranking import ALL, pooled_visits, round_of

RANK = "rank"  # what is asked for in place of a metric
USAGE, FAILED = 2, 1
_GROUP = ("peer_group", "rank", "of", "expected", "low", "high", "tier", "reliability", "p_first_k",
          "first_k", "status")  # fmt: skip


def explain_rank(
    publication: Publication, scope: str, period: str, *, folder: DataFolder | None = None
) -> dict[str, Any]:
    """Where a branch's standing comes from (`schemas/explain-rank.schema.json`).

    `folder`: for those who may see file names. Fault: 2 no rank of that branch and period, 1 the
    visits do not give the published score.
    """
    rows = _standing(publication, scope, period)
    first = rows.row(0, named=True)
    own, pool = _pool(publication, str(first["since"]), period)
    visits = own.filter((pl.col("scope") == scope) & (pl.col("status") == "ok")).with_columns(
        round_effect=round_of().replace_strict(pool.effects, default=0.0, return_dtype=pl.Float64)
    )
    entered = visits.with_columns(entered=pl.col("score_before_veto") - pl.col("round_effect"))
    _must_give(first["score"], entered["entered"].mean(), scope)
    text = explained("rank_interval")
    return {
        "metric": RANK,
        "scope": scope,
        "period": period,
        "revision": publication.revision,
        "name": {"zh": text.name.zh, "en": text.name.en},
        "explanation": {"zh": text.sentence.zh, "en": text.sentence.en},
        **{k: first[k] for k in ("score", "published_score", "vetoes", "since")},
        "visit_variance": pool.variance,
        "degrees_of_freedom": pool.df,
        "groups": rows.select(_GROUP).to_dicts(),
        "visits": _visits(publication, entered, originals(folder)),
    }


def _standing(publication: Publication, scope: str, period: str) -> pl.DataFrame:
    table = publication.table("rank")
    found = table.filter((pl.col("scope") == scope) & (pl.col("period") == period))
    if found.is_empty():
        raise Fault(
            f"发布 {publication.path.name} 中没有“{scope}”在 {period} 的排名；只有网点排名。",
            f"Publication {publication.path.name} has no rank of {scope!r} in {period}; "
            "only branches are ranked.",
            USAGE,
        )
    return found.sort(pl.col("peer_group") != ALL, "peer_group")


def _pool(publication: Publication, since: str, period: str) -> tuple[pl.DataFrame, Any]:
    """The covert visits of the window and their pool, as publishing saw them."""
    editions = publication.table("edition").filter(pl.col("instrument") == "covert")
    covert = editions["edition"].unique().to_list()
    visits = publication.table("visit_score").filter(pl.col("edition").is_in(covert))
    own = visits.filter(pl.col("period").is_between(pl.lit(since), pl.lit(last_month(period))))
    return own, pooled_visits(own, visits.filter(pl.col("period") < since))


def standing_pool(publication: Publication, since: str, period: str) -> Any:
    """The pool of covert visits that the ranks of a period were made from."""
    return _pool(publication, since, period)[1]


def _must_give(published: float | None, found: Any, scope: str) -> None:
    """Else the explanation would be a story."""
    if published is None or (found is not None and math.isclose(published, found, abs_tol=1e-6)):
        return
    raise Fault(
        f"{scope} 的暗访得分平均为 {found}，与发布的 {published} 不符；请重新发布后再查。",
        f"The visits of {scope} give {found}, but {published} was published. Publish again.",
        FAILED,
    )


def _visits(
    publication: Publication, entered: pl.DataFrame, known: dict[str, Original]
) -> list[dict[str, Any]]:
    places = publication.facts("visit").select("visit_id", "sha256", "sheet")
    rows = entered.join(places, on="visit_id", how="left").sort("visit_date", "visit_id")
    return [
        {
            "visit_id": row["visit_id"],
            "visit_date": str(row["visit_date"]),
            "round": row["round"],
            "edition": row["edition"],
            "score": row["score_before_veto"],
            "veto": row["veto"],
            "round_effect": row["round_effect"],
            "entered": row["entered"],
            "file": _name(row["sha256"], known),
            "sha256": row["sha256"],
            "sheet": row["sheet"],
        }
        for row in rows.iter_rows(named=True)
    ]


def _name(sha256: str, known: dict[str, Original]) -> str:
    return known[sha256].name if sha256 in known else neutral_name(sha256)
