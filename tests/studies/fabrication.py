"""Does the sample's inventing shopper get caught, and who is accused falsely? 20 seeds.

`make studies STUDY=fabrication`. Each round of each seed is looked at as a quarter's publication
would. Beside it: does the ICC of paired visits recover what the sample plants? What a province
plants is found by pairing every visit of it, twice, with luck of its own; its own tenth of pairs
must hold that value in its interval.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from audits import calibration, fabrication
from audits.statistics import agreement
from pipeline.sample.options import Options
from pipeline.sample.province import make_province
from pipeline.sample.visits import UNCLEAR, Observer
from tests.studies.seen import Seen, province, scored_totals

SEEDS = range(1, 21)
DRAWS = 400
TIMES = 2  # every visit is paired so often to find what is planted
YEAR = 4  # rounds of a rolling year


@dataclass
class Count:
    """Over all rounds looked at. `named`: invented visits by how many signals name them."""

    rounds: int = 0  # with invented visits
    caught: int = 0  # of them: the inventing shopper is among the hits
    invented: int = 0
    found: int = 0
    accused: set[tuple[int, str]] = field(default_factory=set)  # seed, honest shopper
    false_visits: int = 0
    signals: Counter[str] = field(default_factory=Counter)


def look(seen: Seen, seed: int, count: Count) -> None:
    """One province, round by round."""
    for quarter in sorted(seen.visits["round"].unique()):
        visits = seen.of({quarter})
        answers = seen.answers.join(visits.select("visit_id"), on="visit_id", how="semi")
        hits = fabrication.hits(visits, answers)
        invented = {v.visit_id for v in seen.made if v.invented and v.plan.round == quarter}
        told = {h.visit_id for h in hits}
        count.rounds += bool(invented)
        count.caught += bool(told & invented)
        count.invented += len(invented)
        count.found += len(told & invented)
        count.false_visits += len(told - invented)
        count.accused |= {(seed, h.shopper) for h in hits if h.visit_id not in invented}
        count.signals.update({h.signal for h in hits if h.visit_id in invented})


def last_year(seen: Seen) -> pl.DataFrame:
    return seen.of(set(sorted(seen.visits["round"].unique())[-YEAR:]))


def honest(seen: Seen) -> pl.DataFrame:
    """The last year without the visits that were invented, as after the office's decision."""
    return last_year(seen).filter(pl.col("shopper") != seen.truth.fabricator)


def planted_pairs(seen: Seen, seed: int) -> np.ndarray:
    """Centred totals [pair × 2] when every honest covert visit of the last year is paired."""
    options = Options(seed=seed)
    chance = np.random.default_rng([seed, 4711])
    observer = Observer(options, make_province(options), seen.truth, seen.editions["covert-1"])
    rounds = set(sorted(seen.visits["round"].unique())[-YEAR:])
    able = [s for s in seen.truth.shoppers if s != seen.truth.fabricator]
    firsts = [
        v for v in seen.made
        if v.plan.covert and v.plan.round in rounds and not v.invented and not v.plan.pair_of
        and v.plan.shopper != seen.truth.fabricator
    ]  # fmt: skip
    totals = []
    for first in firsts * TIMES:
        others = [s for s in able if s != first.plan.shopper]
        plan = replace(first.plan, shopper=others[int(chance.integers(len(others)))])
        totals.append((first, observer.visit(plan, chance, first)))
    scores = scored_totals([v for pair in totals for v in pair], seen.editions)
    frame = pl.DataFrame({
        "round": [f.plan.round for f, _ in totals], "a": scores[0::2], "b": scores[1::2],
    })  # fmt: skip
    less = [pl.col(c) - (pl.col("a") + pl.col("b")).mean().over("round") / 2 for c in "ab"]
    return frame.select(less).drop_nulls().to_numpy()


def coverage(planted: np.ndarray, pairs: int, seed: int) -> float:
    """Share of intervals that hold the planted ICC when so many pairs are drawn, DRAWS times."""
    chance, true = np.random.default_rng(seed), agreement.icc(planted, "2,1")
    drawn = (
        agreement.icc_a1(planted[chance.choice(len(planted), pairs, replace=False)])
        for _ in range(DRAWS)
    )
    return float(np.mean([d.low <= true <= d.high for d in drawn]))


def paired_icc(seen: Seen) -> tuple[float, float, float]:
    """The published figure with its interval."""
    visits = honest(seen)
    table = calibration.reliability(visits, calibration.pairs(visits))
    row = table.filter((pl.col("edition") == "covert-1") & (pl.col("basis") == "paired"))
    return row["icc"][0], row["low"][0], row["high"][0]


def main() -> None:
    """Print the figures."""
    count, held, named, others = Count(), 0, Counter[str](), Counter[str]()
    corr, covered = [], []
    for seed in SEEDS:
        seen = province(Options(seed=seed))
        look(seen, seed, count)
        planted = planted_pairs(seen, seed)
        true = agreement.icc(planted, "2,1")
        covered.append(coverage(planted, 36, seed))
        value, low, high = paired_icc(seen)
        held += low <= true <= high
        print(f"seed {seed}: ICC {value:.3f} [{low:.3f}, {high:.3f}], planted {true:.3f}")
        visits = honest(seen)
        items = calibration.item_agreement(calibration.pairs(visits), seen.shown, seen.editions)
        below = items.filter(pl.col("status") == "below_floor")["item_id"].to_list()
        named.update(i for i in below if i in UNCLEAR)
        others.update(i for i in below if i not in UNCLEAR)
        shift = calibration.severity(visits).filter(
            (pl.col("status") == "ok") & (pl.col("edition") == "covert-1")
        )
        truth = [seen.truth.severity[s] for s in shift["shopper"]]
        corr.append(float(np.corrcoef(shift["shift"].to_numpy(), truth)[0, 1]))
    print(f"interval holds the planted ICC: {held} of {len(SEEDS)} provinces")
    print(
        f"with {DRAWS} draws of 36 pairs in each: {np.mean(covered):.3f} (least {min(covered):.3f})"
    )
    print(
        f"inventing shopper caught in {count.caught} of {count.rounds} rounds with invented "
        f"visits; {count.found} of {count.invented} invented visits named"
    )
    print(f"rounds by signal: {dict(count.signals)}")
    print(
        f"false accusations: {len(count.accused)} shoppers, {count.false_visits} visits, "
        f"in {len(SEEDS)} seeds {sorted(count.accused)}"
    )
    print(f"unclear items listed for rewording: {dict(named)}; others listed: {dict(others)}")
    print(f"severity against truth: correlation {np.mean(corr):.2f} (least {min(corr):.2f})")


if __name__ == "__main__":
    main()
