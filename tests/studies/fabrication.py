"""Does the sample's inventing shopper get caught, and who is accused falsely? 20 seeds.

`make studies STUDY=fabrication`. Each round of each seed is looked at as a quarter's publication
would. Beside it: does the ICC of paired visits recover what the sample plants? Its true value is
that of many other seeds pooled; each of the 20 has its own interval.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from audits import calibration, fabrication
from audits.statistics import agreement
from pipeline.sample.options import Options
from pipeline.sample.visits import UNCLEAR
from tests.studies.seen import Seen, province

SEEDS = range(1, 21)
REFERENCE = range(1001, 1031)
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


def paired_totals(seen: Seen) -> np.ndarray:
    """[pair × 2] centred totals of all pairs of the last year."""
    y = calibration.centred(honest(seen)).select("visit_id", "y")
    found = calibration.pairs(honest(seen)).filter(pl.col("edition") == "covert-1")
    both = found.join(y, left_on="first", right_on="visit_id").join(
        y.rename({"y": "z"}), left_on="second", right_on="visit_id"
    )
    return both.select("y", "z").to_numpy()


def paired_icc(seen: Seen) -> tuple[float, float, float]:
    """The published figure with its interval."""
    visits = honest(seen)
    table = calibration.reliability(visits, calibration.pairs(visits))
    row = table.filter((pl.col("edition") == "covert-1") & (pl.col("basis") == "paired"))
    return row["icc"][0], row["low"][0], row["high"][0]


def main() -> None:
    """Print the figures."""
    planted = np.vstack([paired_totals(province(Options(seed=s))) for s in REFERENCE])
    true = agreement.icc(planted, "2,1")
    print(f"planted ICC of paired totals: {true:.4f} ({len(planted)} pairs of other seeds)")
    count, held, named, others = Count(), 0, Counter[str](), Counter[str]()
    corr = []
    for seed in SEEDS:
        seen = province(Options(seed=seed))
        look(seen, seed, count)
        value, low, high = paired_icc(seen)
        held += low <= true <= high
        print(f"seed {seed}: ICC {value:.3f} [{low:.3f}, {high:.3f}]")
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
    print(f"interval holds the planted ICC: {held} of {len(SEEDS)}")
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
