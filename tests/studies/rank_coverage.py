"""How often the 90 % rank interval holds the true rank: nine cells, three kinds of scores.

`normal`: as statistics' model has it. `bounded`: scores of 0-100 in half points, skewed to the
left, most of them high (beta around a logit-normal quality), so that good branches vary less than
bad ones. `shoppers`: the same with shoppers of different severity, another one at each visit of a
branch. `one_shopper`: the same, but a branch is always seen by the same shopper, which the visit
plan forbids. For n = 1 the variance of a visit comes from two earlier visits of each branch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audits.statistics.ranks import pooled, ranked

Floats = NDArray[np.float64]
ICCS, VISITS = (0.2, 0.4, 0.6), (1, 2, 4)
KINDS = ("normal", "bounded", "shoppers", "one_shopper")
BRANCHES, REPETITIONS, SEED = 200, 200, 20_260_701
LOW, HIGH = 0.88, 0.93
_CENTRE, _SPREAD = 1.9, 0.55  # quality on the logit scale: scores around 86 of 100
_SEVERITY = 0.25  # of shoppers, logit


@dataclass(frozen=True)
class Cell:
    """Figures of one cell: mean `coverage` with its standard error, mean `width` in places."""

    kind: str
    icc: float
    n: int
    coverage: float
    error: float
    width: float
    top_found: float  # share of the published first ten that truly are
    top_promised: float  # what their chances say that share is
    top_coverage: float  # of the intervals of the true first ten


def _scores(kind: str, icc: float, visits: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """True values [branch] and scores [branch, visit]."""
    if kind == "normal":
        true = rng.normal(80, 5, BRANCHES)
        return true, true[:, None] + rng.normal(0, 5 * np.sqrt((1 - icc) / icc), (BRANCHES, visits))
    logit = rng.normal(_CENTRE, _SPREAD, BRANCHES)
    shape = (BRANCHES, visits if kind != "one_shopper" else 1)
    crew = rng.normal(0, _SEVERITY, BRANCHES // 10)
    severity = rng.choice(crew, shape) if kind != "bounded" else np.zeros(shape)
    mean = 1 / (1 + np.exp(-(logit[:, None] + severity)))
    # Beta with the precision that leaves branches the wished share of one visit's variance.
    quality = 1 / (1 + np.exp(-logit))
    within = np.var(quality) * (1 - icc) / icc
    precision = max(float((quality * (1 - quality)).mean() / within) - 1, 0.5)
    mean = np.broadcast_to(mean, (BRANCHES, visits))
    drawn = rng.beta(mean * precision, (1 - mean) * precision)
    return logit, np.round(200 * drawn) / 2


def _visits(scores: Floats, first: int = 0) -> pl.DataFrame:
    branches, visits = scores.shape
    return pl.DataFrame(
        {
            "unit": [f"{b:03d}" for b in range(branches) for _ in range(visits)],
            "round": [str(first + r) for _ in range(branches) for r in range(visits)],
            "score": scores.ravel(),
        }
    )


def one(kind: str, icc: float, n: int, rng: np.random.Generator) -> tuple[float, ...]:
    """Share of intervals that hold the true rank, mean width, share of the published first ten that
    truly are, what their chances say it is, share of the intervals of the true first ten.
    """
    true, scores = _scores(kind, icc, n + 2 if n == 1 else n, rng)
    own = _visits(scores[:, -n:], first=9)
    pool = pooled(own, _visits(scores[:, :2]) if n == 1 else None)
    table = ranked(pool.units, pool, first=[10]).sort("unit")
    truth = np.empty(BRANCHES, int)
    truth[np.argsort(-true)] = np.arange(1, BRANCHES + 1)
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    top = table["place"].to_numpy() <= 10
    found = float((truth[top] <= 10).mean())
    promised = float(table["p_first_10"].to_numpy()[top].mean())
    held = (low <= truth) & (truth <= high)
    width, best = float((high - low).mean()), float(held[truth <= 10].mean())
    return float(held.mean()), width, found, promised, best


def cell(kind: str, icc: float, n: int, repetitions: int = REPETITIONS, seed: int = SEED) -> Cell:
    """One cell; every repetition has its own seed."""
    key = [seed, KINDS.index(kind), round(100 * icc), n]
    runs = [one(kind, icc, n, np.random.default_rng([*key, r])) for r in range(repetitions)]
    coverage, *others = np.array(runs).T
    error = float(coverage.std(ddof=1) / np.sqrt(repetitions)) if repetitions > 1 else 0.0
    means = (float(x.mean()) for x in others)
    return Cell(kind, icc, n, float(coverage.mean()), error, *means)


def cells(kinds: tuple[str, ...] = KINDS, repetitions: int = REPETITIONS) -> Iterator[Cell]:
    """All nine cells of each kind."""
    for kind in kinds:
        for icc in ICCS:
            for n in VISITS:
                yield cell(kind, icc, n, repetitions)


def main(arguments: list[str]) -> None:
    """Print every cell; arguments: repetitions, kinds."""
    repetitions = int(arguments[0]) if arguments else REPETITIONS
    print(f"{BRANCHES} branches, {repetitions} repetitions, seed {SEED}")
    print("kind         ICC  n  coverage (s.e.)  width  first ten: true (promised), coverage")
    for c in cells(tuple(arguments[1:]) or KINDS, repetitions):
        mark = "" if LOW <= c.coverage <= HIGH else f"  outside {LOW}-{HIGH}"
        print(
            f"{c.kind:12s} {c.icc:.1f}  {c.n}  {c.coverage:.3f} ({c.error:.4f})   {c.width:5.1f}  "
            f"{c.top_found:.2f} ({c.top_promised:.2f})  {c.top_coverage:.2f}{mark}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
