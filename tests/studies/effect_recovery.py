"""Is the planted effect of the introduction found, and is none claimed where none was planted?

`make studies STUDY=effect_recovery`: 20 seeds of `mingcha sample` (120 branches, 18 months, six
rounds; the rollout is decided by 45 units: 43 sub-branches and two directly managed ones). Facts
are taken from the sample's own model instead of from its workbooks: they are the rows the workbooks
are written from, without the planted faults (a few quarantined rows and refused cards), and go
through the product's measure and effect. `STUDY="effect_recovery --pipeline DIR"` instead reads the
effects from the newest publication of a data folder that a sample was put through, to compare.

Found in November 2026: planted effects inside their intervals in 20 (reported speak-up), 19
(identification), 18 (referral) and 20 (adherence) of 20; 5 of 140 verdicts on the metrics that
truth.json names, and 8 of 320 on all that the sample leaves alone, were "effective".

Then the intervals and the test of the courses before, on simulated panels of few and many clusters.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from audits.scorecard import load_editions
from audits.statistics.effect import FALSE_RATE, Effect, cohorts, effect
from audits.statistics.group_time import NEVER, Floats, Panel
from pipeline.measure import measure
from pipeline.metrics import metrics
from pipeline.periods import month_of, periods_of, quarter_of
from pipeline.publishing.effects import frame_of, judged, outcomes
from pipeline.publishing.hierarchy import scope_members, scope_table
from pipeline.sample.options import Options
from pipeline.sample.performance import Figures, make_figures
from pipeline.sample.province import Province, make_province
from pipeline.sample.truth_file import _adherence_effect
from pipeline.sample.truth_model import RATE_EFFECT, WITHOUT_EFFECT, make_truth
from pipeline.sample.visits import Observer, Visit, make_plans, make_visits
from pipeline.sheets import kinds

SEEDS = range(1, 21)
EDITIONS = ("covert-1", "open-1")
# Beside WITHOUT_EFFECT: what the sample draws without looking at the introduction.
ALSO_WITHOUT = (
    *("referral_success", "follow_up_rate", "profile_rate", "retention", "win_back", "per_head"),
    *("per_customer", "per_head.deposits", "per_customer.deposits"),
)
_ANSWER = {
    "visit_id": pl.String, "encounter": pl.Int32, "item_id": pl.String, "answer": pl.Float64,
    "not_applicable": pl.Boolean, "reason": pl.String,
}  # fmt: skip


def register(province: Province) -> pl.DataFrame:
    """Fact table `branch` of the sample."""
    rows: list[dict[str, Any]] = [
        {"branch_code": n.code, "branch_name": n.name, "level": n.level,
         "parent_code": n.parent or None}
        for n in province.nodes
    ]  # fmt: skip
    rows += [
        {"branch_code": b.code, "branch_name": b.name, "level": "网点", "parent_code": b.parent,
         "peer_group": b.group, "introduced": b.introduced, "opened": b.opened,
         "weekend": b.weekend}
        for b in province.branches
    ]  # fmt: skip
    types = {"introduced": pl.Date, "opened": pl.Date, "closed": pl.Date, "weekend": pl.Boolean}
    names = ("branch_code", "branch_name", "level", "parent_code", "peer_group", *types)
    schema = {n: types.get(n, pl.String) for n in names}
    return pl.DataFrame([{n: r.get(n) for n in names} for r in rows], schema=schema)


def performance(options: Options, province: Province, figures: Figures) -> pl.DataFrame:
    """Fact table `performance`: every branch and month, money in yuan."""
    months, count = options.month_list, len(province.branches)
    columns: dict[str, Any] = {
        "branch_code": np.repeat([b.code for b in province.branches], len(months)),
        "month": np.tile(months, count),
    }
    frame = pl.DataFrame(columns)
    declared = {c.id: c.type for c in kinds()["performance"].columns}
    for name, values in figures.items():
        flat = pl.Series(name, values.reshape(-1))
        if declared[name] == "money":
            flat = (flat.cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2))
        frame = frame.with_columns(flat.alias(name))
    return frame


def answers(made: list[Visit]) -> pl.DataFrame:
    """Fact table `answer` of the visits."""
    rows = [
        (v.visit_id, e, v.edition.items[p].id, None if a is None else float(a), a is None, None)
        for v in made
        for (p, e), a in v.answers.items()
    ]
    return pl.DataFrame(rows, schema=_ANSWER, orient="row")


def visits(made: list[Visit]) -> pl.DataFrame:
    """Fact table `visit` of the visits."""
    rows = [
        {"visit_id": v.visit_id, "branch_code": v.plan.branch.code, "round": v.plan.round,
         "edition": v.edition.id, "visit_date": v.plan.day, "customer_role": v.role}
        for v in made
    ]  # fmt: skip
    return pl.DataFrame(rows)


def of_seed(seed: int, visited: bool = True) -> tuple[dict[str, Effect], dict[str, float]]:
    """Effects by metric, and what was planted. Not `visited`: of the monthly sheets alone."""
    options = Options(seed=seed)
    editions = {e: d for e, d in load_editions().items() if e in EDITIONS}
    province = make_province(options)
    truth = make_truth(options, province)
    figures = make_figures(options, province, truth)
    plans = make_plans(options, province, truth, editions)
    made = make_visits(options, province, truth, editions, plans) if visited else []
    facts = {
        "branch": register(province),
        "performance": performance(options, province, figures),
    }
    facts |= {"visit": visits(made), "answer": answers(made)} if visited else {}
    scope = scope_table(facts["branch"])
    declared = {m.id: m for m in metrics(editions).values() if m.introduction == "suitable"}
    months = {*options.month_list, *(month_of(v.plan.day) for v in made)}
    periods = [p for p in periods_of(months) if "Q" in p]
    members = scope_members(facts["branch"])
    values = measure(facts, scope, members, periods, editions, metrics=list(declared.values()))
    frame = frame_of(scope, periods)
    given = outcomes(values.sort("metric"), frame, list(declared))
    found = {m: judged(declared[m], frame, given.get(m)) for m in declared}
    planted = dict(RATE_EFFECT)
    if visited:
        observer = Observer(options, province, truth, editions["covert-1"])
        planted["adherence"] = _adherence_effect(options, province, truth, observer) or 0.0
    return found | _amounts(options, province, figures), planted


def _amounts(options: Options, province: Province, figures: Figures) -> dict[str, Effect]:
    """The two amounts of WITHOUT_EFFECT, which the product does not judge, made free of size."""
    quarters = sorted({quarter_of(m) for m in options.month_list})
    of = np.array([quarters.index(quarter_of(m)) for m in options.month_list])

    def summed(name: str) -> Floats:
        return np.stack([figures[name][:, of == q].sum(axis=1) for q in range(len(quarters))], 1)

    last = [int(np.flatnonzero(of == q)[-1]) for q in range(len(quarters))]
    ends = figures["deposits"][:, last].astype(np.float64)
    growth = np.full(ends.shape, np.nan)
    growth[:, 1:] = ends[:, 1:] / ends[:, :-1] - 1
    codes = {p: i for i, p in enumerate(sorted({b.parent for b in province.branches}))}
    began = [b.introduced and quarter_of(month_of(b.introduced)) for b in province.branches]
    cohort = cohorts(began, quarters)
    cluster = np.array([codes[b.parent] for b in province.branches])
    insurance = summed("insurance_sales") / summed("served")
    return {
        "insurance_sales": effect(Panel(insurance, cohort, cluster)),
        "deposit_growth": effect(Panel(growth, cohort, cluster)),
    }


def recovery() -> None:
    """Print the counts over all seeds."""
    inside: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = {}
    ratio: dict[str, list[float]] = {}
    for seed in SEEDS:
        found, planted = of_seed(seed)
        for metric, told in found.items():
            key = "pre_trend" if told.reason == "pre_trend" else told.verdict
            verdicts.setdefault(metric, Counter())[key] += 1
        for metric, truth in planted.items():
            e = found[metric].overall
            assert e is not None and e.low is not None and e.high is not None
            inside[metric] += e.low <= truth <= e.high
            ratio.setdefault(metric, []).append(e.estimate / truth)
        print(f"seed {seed}: inside so far {dict(inside)}", flush=True)
    for metric in inside:
        mean = np.mean(ratio[metric])
        print(
            f"{metric:24s} inside {inside[metric]}/{len(SEEDS)}, mean estimate {mean:.3f} of the "
            f"planted; {dict(verdicts[metric])}"
        )
    without = [m for m in (*WITHOUT_EFFECT, *ALSO_WITHOUT) if m in verdicts]
    _false_claims("named by truth.json", [m for m in WITHOUT_EFFECT if m in verdicts], verdicts)
    _false_claims("all without one", without, verdicts)
    for metric in sorted(set(verdicts) - set(inside) - set(without)):
        print(f"  {metric:24s} {dict(verdicts[metric])}")


def _false_claims(name: str, chosen: list[str], verdicts: dict[str, Counter[str]]) -> None:
    for metric in chosen:
        print(f"  {metric:24s} {dict(verdicts[metric])}")
    told = sum((verdicts[m] for m in chosen), Counter())
    print(
        f"{name}: {told['effective']} of {sum(told.values())} called effective (stated rate "
        f"{FALSE_RATE:.1%}), {told['pre_trend']} without a verdict for their course before"
    )


def from_publication(folder: Path) -> None:
    """Print the effects of the newest publication of a data folder."""
    from pipeline.folders import DataFolder
    from pipeline.publication import published

    publication = published(DataFolder(folder))[-1]
    heads = publication.table("effect").filter(pl.col("kind") == "group")
    print(publication.path.name)
    with pl.Config(tbl_rows=-1, fmt_str_lengths=60, tbl_width_chars=160):
        print(heads.select("metric", "estimate", "low", "high", "p_pre", "verdict", "n"))


def panels() -> Iterator[tuple[str, dict[int, int], int]]:
    """Designs: clusters by cohort (period index), and the number of periods."""
    yield "8 clusters, 4 introduced", {2: 4, NEVER: 4}, 4
    yield "8 clusters, 3 introduced", {2: 3, NEVER: 5}, 4
    yield "12 clusters, two cohorts", {2: 3, 4: 3, NEVER: 6}, 6
    yield "20 clusters, three cohorts", {2: 4, 3: 4, 4: 4, NEVER: 8}, 6
    yield "45 clusters, like the sample", {0: 10, 1: 5, 2: 6, 3: 6, 4: 6, 5: 4, NEVER: 8}, 6
    yield "60 clusters, five cohorts", {2: 8, 3: 8, 4: 8, 5: 8, 6: 8, NEVER: 20}, 8


def simulated(
    plan: dict[int, int], periods: int, gain: float, chance: np.random.Generator
) -> Panel:
    """Clusters of 4 branches, 0.3 of the variance of a period shared within a cluster, a gain that
    varies between clusters by half of itself."""
    of_cluster = chance.permutation(np.repeat(list(plan), list(plan.values())))
    cluster = np.repeat(np.arange(len(of_cluster)), 4)
    cohort = of_cluster[cluster]
    shared = chance.normal(0, 0.3**0.5, (len(of_cluster), periods))[cluster]
    own = chance.normal(0, 0.7**0.5, (len(cluster), periods))
    gains = gain * (1 + 0.5 * chance.normal(size=len(of_cluster)))[cluster]
    on = np.arange(periods)[None, :] >= cohort[:, None]
    return Panel(shared + own + gains[:, None] * on, cohort.astype(np.int64), cluster)


def coverage(runs: int = 400) -> None:
    """Print coverage of the 95 % interval, false claims, and how often the pre-test rejects."""
    for name, plan, periods in panels():
        met = claimed = rejected = 0
        for run in range(runs):
            chance = np.random.default_rng([run, periods, len(plan)])
            told = effect(simulated(plan, periods, 1.0, chance), seed=run)
            e = told.overall
            assert e is not None and e.low is not None and e.high is not None, told
            met += e.low <= 1.0 <= e.high
            rejected += told.reason == "pre_trend"
            claimed += (
                effect(simulated(plan, periods, 0.0, chance), seed=run).verdict == "effective"
            )
        print(
            f"{name:32s} coverage {met / runs:.3f}, called effective without an effect "
            f"{claimed / runs:.3f}, pre-test rejects {rejected / runs:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    if "--pipeline" in sys.argv:
        from_publication(Path(sys.argv[sys.argv.index("--pipeline") + 1]))
    else:
        recovery()
        coverage()
