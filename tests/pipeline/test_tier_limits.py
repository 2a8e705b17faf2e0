"""The limits of the tiers, drawn again from what is published, against an own slow computation."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pipeline.explaining.tiers import Limits, tier_limits
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.publishing.ranking import Ranking, rank_tables

PERIOD = "2026Q3"
CODES = [f"01{i:02d}" for i in range(40)]


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """Forty branches, two to five visits each, one far above and one far below the others."""
    path = tmp_path_factory.mktemp("p") / f"{PERIOD}-r1"
    path.mkdir()
    draw = np.random.default_rng(5)
    visits = []
    for i, code in enumerate(CODES):
        level = 80 + draw.normal(0, 2) + {0: 15, 1: -15}.get(i, 0)
        for n in range(2 + i % 4):
            score = level + draw.normal(0, 4)
            day = date(2026, 7, 1) + timedelta(days=20 * n)
            visits.append({
                "visit_id": f"{i}-{n}", "scope": code, "period": f"{day:%Y-%m}",
                "round": "2026Q3", "edition": "covert-1", "visit_date": day, "score": score,
                "score_before_veto": score, "coverage": 1.0, "veto": None, "status": "ok",
            })  # fmt: skip
    visit_score = pl.DataFrame(visits, schema=TABLES["visit_score"])
    rows = [
        {"scope": "01", "level": "province"},
        *({"scope": c, "level": "branch", "parent": "01", "peer_group": "甲"} for c in CODES),
    ]
    full = [{c: row.get(c) for c in TABLES["scope"]} for row in rows]
    scope = pl.DataFrame(full, schema=TABLES["scope"]).with_columns(opened=pl.lit(date(2010, 1, 1)))
    edition = pl.DataFrame(
        [dict.fromkeys(TABLES["edition"]) | {"edition": "covert-1", "instrument": "covert"}],
        schema=TABLES["edition"],
    )
    made = rank_tables(visit_score, ["covert-1"], scope, PERIOD, Ranking())
    for name, frame in {**made, "visit_score": visit_score, "edition": edition}.items():
        frame.write_parquet(path / f"{name}.parquet")
    manifest = {"period": PERIOD, "revision": 1}
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return Publication(path)


def by_hand(publication: Publication) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """Funnel limits by loops: pooled variance, DerSimonian-Laird, μ ± 1.96 √(v + τ²).

    One round only, so its effect moves no branch against another."""
    visits = publication.table("visit_score")
    scores = {c: visits.filter(scope=c)["score_before_veto"].to_list() for c in CODES}
    means = {c: sum(s) / len(s) for c, s in scores.items()}
    within = sum((x - means[c]) ** 2 for c, s in scores.items() for x in s)
    freedom = sum(len(s) - 1 for s in scores.values())
    v = {c: within / freedom / len(s) for c, s in scores.items()}
    total = sum(1 / x for x in v.values())
    mu = sum(means[c] / v[c] for c in CODES) / total
    q = sum((means[c] - mu) ** 2 / v[c] for c in CODES)
    spread = total - sum(1 / x**2 for x in v.values()) / total
    tau2 = max(0.0, (q - (len(CODES) - 1)) / spread)
    weight = {c: 1 / (v[c] + tau2) for c in CODES}
    mu = sum(means[c] * weight[c] for c in CODES) / sum(weight.values())
    half = {c: 1.96 * math.sqrt(v[c] + tau2) for c in CODES}
    return {c: (mu - half[c], mu + half[c]) for c in CODES}, means


def test_the_limits_are_those_of_the_funnel(publication: Publication) -> None:
    expected, means = by_hand(publication)
    for code in CODES:
        found = tier_limits(publication, code, PERIOD)
        assert found is not None
        shift = found.score - means[code]  # of the round, the same for all
        assert found.low == pytest.approx(expected[code][0] + shift, abs=1e-6)
        assert found.high == pytest.approx(expected[code][1] + shift, abs=1e-6)


def test_they_tell_the_tiers_that_were_published(publication: Publication) -> None:
    told = dict(publication.table("rank").filter(peer_group="all").select("scope", "tier").rows())
    assert (told[CODES[0]], told[CODES[1]]) == ("above", "below")
    for code in CODES:
        found = tier_limits(publication, code, PERIOD)
        assert found is not None
        by_limits = (
            "below" if found.score < found.low else "above" if found.score > found.high else ""
        )
        assert (by_limits or "average") == told[code]


def test_what_is_missing_is_counted_to_the_next_tier_up() -> None:
    assert Limits(70.0, 74.5, 90.0, 4, "below").missing == 4.5
    assert Limits(80.0, 74.5, 90.0, 4, "average").missing == 10.0
    assert Limits(95.0, 74.5, 90.0, 4, "above").missing is None
    # a veto keeps a high score in the middle tier: nothing is missing, the veto stands in the way
    assert Limits(95.0, 74.5, 90.0, 4, "average").missing == 0.0


def test_nobody_without_a_tier_has_limits(publication: Publication) -> None:
    assert tier_limits(publication, "9999", PERIOD) is None
