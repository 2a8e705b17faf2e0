"""Study: does Mingcha find what was planted, and how often does it cry wolf?

    make studies STUDY=relapse            20 seeds of the sample province (120 branches, 6 rounds)
    python -m tests.studies.relapse 5     the first five seeds only
    python -m tests.studies.relapse full  one seed through sample, ingest and publish, held against
                                          the facts taken from the model directly

Told: relapsing branches warned of within two rounds by their visits, by an early sign in their own
monthly figures, or by either; warnings and signs among branches that did not relapse
against the stated chance; the inflating branch among the overclaiming ones; signals of XmR charts
on metrics without effect and without trend; and what the rules give on unchanged series.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from audits.scoring import score
from audits.statistics.adoption import Thresholds
from audits.statistics.chance import xmr_chance
from pipeline.folders import DataFolder
from pipeline.measure import measure
from pipeline.metrics import metrics
from pipeline.publication import open_publication
from pipeline.publishing.adoption import adoption
from pipeline.publishing.assembly import history
from pipeline.publishing.audit_tables import visit_scores
from pipeline.publishing.charts import charts
from pipeline.publishing.claims import claims
from pipeline.publishing.early_signs import CHAIN, early_signs
from pipeline.publishing.hierarchy import scope_members, scope_table
from pipeline.sample.options import Options
from tests.studies.sample_facts import Sample, sample

PERIOD = "2026Q3"
SEEDS = 20
# Of the metrics on which the introduction has no effect in the model, those that do not grow.
STEADY = ("satisfaction", "complaints", "substitution_rate", "follow_up_rate", "profile_rate",
          "referral_success", "retention")  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One seed. `early`: relapsing branches warned of in the round it shows or the next, by their
    visits; `signed`: told by an early sign in one of those; `flagged`: by either."""

    seed: int
    relapses: int
    early: int
    false: int
    tested: int
    expected: float
    inflater: bool
    others: int
    series: int
    signals: int
    by_chance: float
    by_metric: pl.DataFrame  # [metric, series, signals, chance]
    signed: int
    flagged: int
    false_signs: int
    looked: int
    expected_signs: float


def outcome(seed: int) -> Outcome:
    """What the tables of the publication say of one seed."""
    made = sample(Options(seed=seed), PERIOD)
    tables = _tables(made)
    codes = {made.province.branches[r.branch].code: r.round for r in made.truth.relapses}
    by_visits = {c for c, start in codes.items() if _early(tables["adoption"], c, start)}
    signs = _signs(made, codes)
    by_sheets = {
        c for c, start in codes.items() if {(c, p) for p in _next(start)} & signs["told"]
    }  # fmt: skip
    honest = tables["adoption"].filter(~pl.col("scope").is_in(list(codes)))
    doubted = pl.col("overclaimed") | pl.col("unusual")
    claim = tables["claim"].filter(doubted)["scope"].to_list()
    liar = made.province.branches[made.truth.inflater].code
    series = tables["chart"].filter(
        (pl.col("level") == "branch") & pl.col("metric").is_in(STEADY) & (pl.col("status") == "ok")
    )
    return Outcome(
        seed, len(codes), len(by_visits), int(honest["warned"].sum()),
        int((honest["chance"] > 0).sum()), float(honest["chance"].sum()),
        liar in claim, len(set(claim) - {liar}), series.height,
        int((series["signals"] > 0).sum()), float(series["chance"].sum()),
        series.group_by("metric").agg(
            pl.len().alias("series"), (pl.col("signals") > 0).sum(), pl.col("chance").sum()
        ),
        len(by_sheets), len(by_visits | by_sheets), signs["false"], signs["looked"],
        signs["expected"],
    )  # fmt: skip


def _next(start: str) -> tuple[str, str]:
    """The round and the one after it."""
    rounds = Options().quarters
    at = rounds.index(start)
    return rounds[at], rounds[min(at + 1, len(rounds) - 1)]


def _signs(made: Sample, codes: Mapping[str, str]) -> dict[str, Any]:
    """Early signs in the publication of every round from the first relapse on: {(branch, round)}
    told; and of the branches that did not relapse how many, of how many, against the chance."""
    liar = made.province.branches[made.truth.inflater].code
    found: dict[str, Any] = {"told": set(), "false": 0, "looked": 0, "expected": 0.0}
    for period in sorted({p for start in codes.values() for p in _next(start)}):
        then = made if period == PERIOD else sample(made.options, period)
        rows = _early_signs(then, period)
        told = rows.filter("told")["scope"]
        found["told"] |= {(code, period) for code in told}
        honest = rows.filter(~pl.col("scope").is_in([*codes, liar]))
        found["false"] += int(honest["told"].sum())
        found["looked"] += honest.height
        found["expected"] += float(honest["chance"].sum())
    return found


def _early_signs(made: Sample, period: str) -> pl.DataFrame:
    facts, editions = made.inputs.facts, made.inputs.editions
    scope, members = scope_table(facts["branch"]), scope_members(facts["branch"])
    periods = history(facts, period)
    chosen = [m for i, m in metrics(editions).items() if i in CHAIN]
    values = measure(facts, scope, members, periods, editions, metrics=chosen)
    values = values.sort("metric", "scope", "period")
    scored = score(facts["answer"], facts["visit"], dict(editions))
    drawn = charts(values, scope, members, scored, facts["visit"], editions, period)
    scores = visit_scores(facts["visit"], scored)
    status = adoption(scope, scores, values, ["covert-1"], periods, period, Thresholds())
    return early_signs(drawn["chart"], drawn["signal"], status, editions, period)


def _tables(made: Sample) -> dict[str, pl.DataFrame]:
    """The tables of the publication that the study needs, by the functions of publishing."""
    facts, editions = made.inputs.facts, made.inputs.editions
    scope, members = scope_table(facts["branch"]), scope_members(facts["branch"])
    periods = history(facts, PERIOD)
    chosen = [m for i, m in metrics(editions).items() if i in STEADY or ".step." in i]
    values = measure(facts, scope, members, periods, editions, metrics=chosen)
    values = values.sort("metric", "scope", "period")  # as published
    scored = score(facts["answer"], facts["visit"], dict(editions))
    scores = visit_scores(facts["visit"], scored)
    found = charts(values, scope, members, scored, facts["visit"], editions, PERIOD)
    found["adoption"] = adoption(
        scope, scores, values, ["covert-1"], periods, PERIOD, Thresholds()
    )  # fmt: skip
    return found | {"claim": claims(facts, scope, scored, PERIOD)}


def _early(table: pl.DataFrame, code: str, start: str) -> bool:
    own = table.filter((pl.col("scope") == code) & (pl.col("period") >= start)).sort("period")
    return bool(own.head(2)["warned"].any())


def main(seeds: Sequence[int]) -> None:
    """Prints one line per seed and the sums."""
    print(
        "seed  relapses told within two rounds: by visits, by sheets, by either | others: warned, "
        "tested, by chance | inflater, others doubted | XmR: series, signals, by chance"
    )
    found = []
    for seed in seeds:
        o = outcome(seed)
        found.append(o)
        print(
            f"{o.seed:4d}  {o.early} {o.signed} {o.flagged}/{o.relapses} | {o.false} {o.tested} "
            f"{o.expected:.2f} | {'yes' if o.inflater else 'NO'} {o.others} | "
            f"{o.series} {o.signals} {o.by_chance:.1f}",
            flush=True,
        )
    early, all_of = sum(o.early for o in found), sum(o.relapses for o in found)
    tested, false = sum(o.tested for o in found), sum(o.false for o in found)
    signed, flagged = sum(o.signed for o in found), sum(o.flagged for o in found)
    print(f"relapses told within two rounds: by visits {early}, by early signs {signed}, by either "
          f"{flagged} of {all_of}")  # fmt: skip
    print(f"false early signs: {sum(o.false_signs for o in found)} of "
          f"{sum(o.looked for o in found)} branch rounds; stated by chance "
          f"{sum(o.expected_signs for o in found):.1f}")  # fmt: skip
    print(f"false warnings: {false} of {tested} branch rounds = {false / max(tested, 1):.2%}; "
          f"stated by chance {sum(o.expected for o in found):.1f}")  # fmt: skip
    print(f"inflating branch found: {sum(o.inflater for o in found)} of {len(found)}; "
          f"others doubted: {sum(o.others for o in found)}")  # fmt: skip
    print(f"XmR signals in the quarter on unchanged metrics: {sum(o.signals for o in found)} of "
          f"{sum(o.series for o in found)} series; by chance "
          f"{sum(o.by_chance for o in found):.1f}")  # fmt: skip
    every = pl.concat([o.by_metric for o in found]).group_by("metric").sum().sort("metric")
    for metric, series, signals, chance in every.iter_rows():
        print(f"  {metric}: {signals} of {series}; by chance {chance:.1f}")
    for points in (12, 18, 24, 36):
        rate = xmr_chance(points)
        print(f"{points} points without any change: {rate.anywhere:.1%} show a signal somewhere, "
              f"{rate.latest:.1%} at the last point")  # fmt: skip


def full(seed: int = 1) -> None:
    """One seed by command: sample, ingest, publish; its adoption table against the direct one."""
    direct = _tables(sample(Options(seed=seed), PERIOD))["adoption"]
    with tempfile.TemporaryDirectory() as root:
        data = Path(root) / "data"
        for args in (
            ["sample", f"{root}/sheets", "--seed", str(seed)],
            ["ingest", f"{root}/sheets"],
            ["publish", "--period", PERIOD],
        ):
            subprocess.run([sys.executable, "-m", "pipeline", "--data", str(data), *args],
                           stdout=subprocess.DEVNULL)  # fmt: skip
        opened = open_publication(DataFolder(data), PERIOD)
        assert opened is not None
        table = opened.table("adoption")
        claim = opened.table("claim").filter(pl.col("overclaimed") | pl.col("unusual"))
        claim = claim["scope"].to_list()
    both = direct.join(table, on=["scope", "period"], suffix="_full", how="full")
    same = (pl.col("status") == pl.col("status_full")) & (pl.col("warned") == pl.col("warned_full"))
    near = (pl.col("latest") - pl.col("latest_full")).abs().fill_null(0.0) < 1e-6
    print(f"rows {both.height}; same status and warning {both.filter(same).height}; "
          f"same latest score {both.filter(near).height}; doubted claims {claim}")  # fmt: skip
    print(table.filter("warned").select("scope", "period", "change", "first_step"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["full"]:
        full()
    else:
        main(range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else SEEDS)))
