"""Study: seconds that the tables of statistics §4 and §5 take in a publication of full size.

    make studies STUDY=lasting_speed      10,000 branches × 36 months, two visits a quarter

The tables come from made-up values of the real shape; only the functions of publishing are timed.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from audits.scorecard import STEPS, load_editions
from audits.scoring import Scored
from audits.statistics.adoption import Thresholds
from pipeline.periods import periods_of, quarter_of, shift_month
from pipeline.publication_tables import TABLES
from pipeline.publishing.adoption import adoption
from pipeline.publishing.charts import charted, charts
from pipeline.publishing.claims import claims, self_reported
from pipeline.publishing.composite import composite
from pipeline.publishing.intervals import GAP, SHARES, with_intervals

MONTHS = [shift_month("2026-09", i - 35) for i in range(36)]
PERIOD = "2026Q3"
EDITION = "covert-1"


def main(branches: int = 10_000) -> None:
    """Prints rows made and seconds of each table."""
    chance = np.random.default_rng(1)
    scope, members = _tree(branches, chance)
    values = _values(scope, chance)
    visits, scored, scores = _visits(scope, chance)
    facts = {"performance": _sheets(scope, chance), "visit": visits}
    editions = {EDITION: load_editions()[EDITION]}
    print(f"{values.height:,} values, {visits.height:,} visits, {scored.answers.height:,} answers")
    periods = periods_of(MONTHS)
    total = cpu = 0.0
    for name, made in {
        "intervals": lambda: with_intervals(values, scored, visits),
        "charts": lambda: charts(values, scope, members, scored, visits, editions, PERIOD),
        "composite": lambda: composite(values, scope, scores, editions, PERIOD),
        "adoption": lambda: adoption(
            scope, scores, values, [EDITION], periods, PERIOD, Thresholds()
        ),
        "claims": lambda: claims(facts, scope, scored, PERIOD),
    }.items():
        start, begun = time.perf_counter(), time.process_time()
        made()
        seconds = time.perf_counter() - start
        spent = time.process_time() - begun
        total, cpu = total + seconds, cpu + spent
        print(f"{name}: {seconds:.2f} s, {spent:.2f} s of CPU", flush=True)
    print(f"together: {total:.2f} s, {cpu:.2f} s of CPU")


def _tree(branches: int, chance: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    codes = [f"b{i:05d}" for i in range(branches)]
    cities = [f"c{i:02d}" for i in range(20)]
    introduced = [
        date(2024, 1, 5) + timedelta(days=int(d)) for d in chance.integers(0, 900, branches)
    ]
    rows = [{"scope": "p", "level": "province"}, *({"scope": c, "level": "city"} for c in cities)]
    rows += [{"scope": c, "level": "branch", "introduced": d}
             for c, d in zip(codes, introduced, strict=True)]  # fmt: skip
    scope = pl.DataFrame([{c: r.get(c) for c in TABLES["scope"]} for r in rows],
                         schema=TABLES["scope"])  # fmt: skip
    of = [(c, cities[i % 20]) for i, c in enumerate(codes)]
    pairs = [(s, c) for c, city in of for s in (c, city, "p")]
    return scope, pl.DataFrame(pairs, schema=TABLES["scope_member"], orient="row")


def _values(scope: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    editions = {EDITION: load_editions()[EDITION]}
    monthly = set(charted(editions)["metric"]) | {GAP, *SHARES}
    sections = [f"adherence.section.{s.id}" for s in editions[EDITION].sections]
    quarters = sorted({quarter_of(m) for m in MONTHS})
    parts = [(sorted(monthly), MONTHS), ([f"adherence.step.{s}" for s in STEPS], quarters),
             (sections, [PERIOD])]  # fmt: skip
    made = []
    for names, periods in parts:
        one = scope.select("scope", "level").join(pl.DataFrame({"metric": names}), how="cross")
        made.append(one.join(pl.DataFrame({"period": periods}), how="cross"))
    rows = pl.concat(made)
    share = chance.uniform(0.4, 0.9, rows.height)
    return rows.sort("metric", "scope", "period").with_columns(
        value=pl.Series(share), numerator=pl.Series(share * 400), denominator=pl.lit(400.0),
        n=pl.lit(1), low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64),
        status=pl.lit("ok"),
    ).select(list(TABLES["metric_value"])).cast(pl.Schema(TABLES["metric_value"]))  # fmt: skip


def _visits(
    scope: pl.DataFrame, chance: np.random.Generator
) -> tuple[pl.DataFrame, Scored, pl.DataFrame]:
    codes = scope.filter(pl.col("level") == "branch")["scope"].to_numpy()
    quarters = sorted({quarter_of(m) for m in MONTHS})
    code, quarter = np.repeat(codes, 2 * len(quarters)), np.tile(quarters, 2 * len(codes))
    start = np.array([np.datetime64(f"{q[:4]}-{3 * int(q[5]) - 2:02d}-01") for q in quarter])
    day = start + chance.integers(10, 85, len(code)).astype("timedelta64[D]")
    ids = [f"{i:016x}" for i in range(len(code))]
    visits = pl.DataFrame({"visit_id": ids, "branch_code": code,
                           "visit_date": day.astype("datetime64[D]")})  # fmt: skip
    items = [i.id for i in load_editions()[EDITION].items if i.effect == "earn"]
    answers = visits.select("visit_id").join(pl.DataFrame({"item_id": items}), how="cross")
    answers = answers.with_columns(
        state=pl.lit("answered"), encounter=pl.lit(0), effect=pl.lit("earn"),
        full=pl.Series(chance.random(answers.height) < 0.8),
    )  # fmt: skip
    encounters = visits.select("visit_id").join(pl.DataFrame({"encounter": [1, 2]}), how="cross")
    encounters = encounters.with_columns(
        spoke_up=pl.Series(chance.random(encounters.height) < 0.7),
        seven_complete=pl.Series(chance.random(encounters.height) < 0.1),
    )
    scores = visits.select(
        scope="branch_code", visit_date="visit_date", edition=pl.lit(EDITION), status=pl.lit("ok"),
        period=pl.col("visit_date").dt.strftime("%Y-%m"), veto=pl.lit(0),
        score_before_veto=pl.Series(chance.normal(78, 9, visits.height)),
    )  # fmt: skip
    return visits, Scored(answers, encounters, pl.DataFrame(), pl.DataFrame()), scores


def _sheets(scope: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    codes = scope.filter(pl.col("level") == "branch").select(branch_code="scope")
    rows = codes.join(pl.DataFrame({"month": MONTHS}), how="cross")
    counts = {c: pl.Series(chance.poisson(300, rows.height)) for c in self_reported()}
    served = pl.Series(chance.poisson(2000, rows.height))
    return rows.with_columns(**{**counts, "served": served, "spoken": served // 2})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
