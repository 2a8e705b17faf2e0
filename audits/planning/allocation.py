"""How many visits each branch gets: the minimum first, the rest where a rank decision is open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audits.planning.model import Site

_SAME_SPREAD = 1.0  # where no spread is known in any stratum, all count alike


def neyman(
    weights: Sequence[float], start: Sequence[int], ceiling: Sequence[int], total: int
) -> list[int]:
    """Visits per stratum that minimise Σ weight² ÷ n, weight = branches × spread of a visit.

    `start` ≤ n ≤ `ceiling`, Σ (n − start) = `total` or as much as the ceilings allow. Exact in
    whole numbers: each next visit goes where weight² ÷ (n (n + 1)), what it takes off the
    variance, is largest (Wright 2012, The American Statistician 66, "The equivalence of Neyman
    optimum allocation for sampling and equal proportions for apportionment"). Ties go to the
    first.
    """
    n = np.array(start, dtype=np.int64)
    squared = np.square(np.array(weights, dtype=float))
    room = np.array(ceiling, dtype=np.int64)
    for _ in range(total):
        # a stratum without a visit yet has no variance at all: it comes first
        gain = np.where(
            n > 0, squared / np.maximum(n * (n + 1), 1), np.where(squared > 0, np.inf, 0)
        )
        gain = np.where(n < room, gain, -1.0)
        if len(gain) == 0 or gain.max() < 0:
            break
        n[int(np.argmax(gain))] += 1
    return [int(v) for v in n]


def visits_per_site(
    sites: Sequence[Site],
    occasions: int,
    minimum: int,
    ceiling: Sequence[int],
    rng: np.random.Generator,
) -> np.ndarray:
    """Occasions of each site [site], at most `ceiling`; ties are broken by `rng`."""
    luck = rng.permutation(len(sites))
    least = _least(sites, occasions, minimum, ceiling, luck)
    rest = occasions - int(least.sum())
    wanted = _open(sites)
    for chosen in (wanted, ~wanted):  # the decided ones only where the open ones can take no more
        if rest > 0 and chosen.any():
            before = int(least.sum())
            _add(sites, np.flatnonzero(chosen), rest, least, np.array(ceiling), luck)
            rest -= int(least.sum()) - before
    return least


def _open(sites: Sequence[Site]) -> np.ndarray:
    """Whose rank decision is open; if none is, all count as open."""
    found = np.array([s.open > 0 for s in sites], dtype=bool)
    return found if found.any() else np.ones(len(sites), dtype=bool)


def _least(
    sites: Sequence[Site],
    occasions: int,
    minimum: int,
    ceiling: Sequence[int],
    luck: np.ndarray,
) -> np.ndarray:
    """The minimum of each site. Too few occasions are dealt out round by round over the strata."""
    counts = np.zeros(len(sites), dtype=np.int64)
    order = _dealt(sites, luck)
    left = occasions
    for _ in range(minimum):
        for at in order:
            if left and counts[at] < ceiling[at]:
                counts[at] += 1
                left -= 1
    return counts


def _dealt(sites: Sequence[Site], luck: np.ndarray) -> list[int]:
    """Sites in an order whose every beginning takes the strata in proportion to their size."""
    members: dict[tuple[str, str, bool], list[int]] = {}
    for at in sorted(range(len(sites)), key=lambda i: int(luck[i])):
        members.setdefault(sites[at].stratum, []).append(at)
    placed = [
        ((rank + 0.5) / len(own), int(luck[at]), at)
        for own in members.values()
        for rank, at in enumerate(own)
    ]
    return [at for _, _, at in sorted(placed)]


def _add(
    sites: Sequence[Site],
    chosen: np.ndarray,
    rest: int,
    counts: np.ndarray,
    ceiling: np.ndarray,
    luck: np.ndarray,
) -> None:
    """Adds `rest` visits to the chosen sites: Neyman over strata, evenly within one."""
    strata = sorted({sites[i].stratum for i in chosen})
    of = {s: [int(i) for i in chosen if sites[i].stratum == s] for s in strata}
    weights = [len(of[s]) * w for s, w in zip(strata, _spreads(sites, of, strata), strict=True)]
    start = [int(counts[of[s]].sum()) for s in strata]
    room = [int(ceiling[of[s]].sum()) for s in strata]
    for stratum, n, was in zip(strata, neyman(weights, start, room, rest), start, strict=True):
        for _ in range(n - was):
            free = [i for i in of[stratum] if counts[i] < ceiling[i]]
            # fewest visits first, then the most open decision, then luck
            counts[min(free, key=lambda i: (counts[i], -sites[i].open, luck[i]))] += 1


def _spreads(
    sites: Sequence[Site],
    of: dict[tuple[str, str, bool], list[int]],
    strata: Sequence[tuple[str, str, bool]],
) -> list[float]:
    """Spread of a visit in each stratum: the mean of its sites', else of all, else the same."""
    known = [s.spread for s in sites if s.spread is not None]
    overall = float(np.mean(known)) if known else _SAME_SPREAD
    found = []
    for stratum in strata:
        own = [w for i in of[stratum] if (w := sites[i].spread) is not None]
        found.append(float(np.mean(own)) if own else overall)
    return found
