"""Who goes where: a transport problem with forbidden pairs, solved exactly by HiGHS.

One variable for each pair that is allowed. Pairs, capacities and unmet demand form a network, so
the whole-number solution is the linear one and comes in about a second for 1,000 branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components

from audits.planning.reach import Reach

# A first visit given up costs more than any way, and more than a second visit of another branch.
NO_FIRST, NO_FURTHER = 10_000.0, 200.0
OVERLOAD = 1.5  # for a visit beyond the fair share: work is spread unless the way gets much longer
JITTER = 0.3  # which of equally near shoppers goes is drawn, not decided by the order of the list
_ROUNDS = 4  # attempts to join islands


@dataclass(frozen=True)
class Assigned:
    """`goes` [site, shopper]: whether one goes there; `short` [site]: visits that nobody makes."""

    goes: np.ndarray
    short: np.ndarray


def assign(demand: np.ndarray, reach: Reach, luck: np.ndarray) -> Assigned:
    """The cheapest assignment with as few islands as bridges can make of it.

    `demand` [site]: visits; `luck` [site, shopper]: 0–1, breaks ties. A shopper goes to a branch
    once at most.
    """
    cost = reach.way + JITTER * luck
    forced: set[tuple[int, int]] = set()
    best = solve(demand, reach, cost, forced)
    fewest, _ = islands(best.goes)
    for _ in range(_ROUNDS):
        more = _bridges(best.goes, demand, reach, cost) - forced
        if fewest <= 1 or not more:
            break
        forced |= more
        tried = solve(demand, reach, cost, forced)
        count, _ = islands(tried.goes)
        if count >= fewest or tried.short.sum() > best.short.sum():
            break
        best, fewest = tried, count
    return best


def solve(
    demand: np.ndarray, reach: Reach, cost: np.ndarray, forced: set[tuple[int, int]]
) -> Assigned:
    """The optimum of Σ cost, overload and unmet demand, with every pair of `forced` going."""
    site, shopper = np.nonzero(reach.allowed)
    pairs, sites, people = len(site), len(demand), len(reach.capacity)
    if pairs == 0:
        return Assigned(np.zeros(reach.allowed.shape, dtype=bool), demand.copy())
    fair = -(-int(demand.sum()) // people)
    own = sparse.csr_matrix((np.ones(pairs), (site, np.arange(pairs))), shape=(sites, pairs))
    load = sparse.csr_matrix((np.ones(pairs), (shopper, np.arange(pairs))), shape=(people, pairs))
    unmet, loads = sparse.identity(sites), sparse.identity(people)
    # pairs | visits within the fair share | beyond it | further visits given up | first ones
    matrix = sparse.bmat([[own, None, None, unmet, unmet], [load, -loads, -loads, None, None]])
    weights = np.concatenate([
        cost[site, shopper], np.zeros(people), np.full(people, OVERLOAD),
        np.full(sites, NO_FURTHER), np.full(sites, NO_FIRST),
    ])  # fmt: skip
    upper = np.concatenate([
        np.ones(pairs), np.minimum(reach.capacity, fair), np.maximum(reach.capacity - fair, 0),
        np.maximum(demand - 1, 0), np.minimum(demand, 1),
    ])  # fmt: skip
    lower = np.zeros(len(upper))
    lower[:pairs] = [(i, j) in forced for i, j in zip(site.tolist(), shopper.tolist(), strict=True)]
    target = np.concatenate([demand, np.zeros(people)])
    found = milp(
        weights,
        constraints=LinearConstraint(sparse.csr_matrix(matrix), target, target),
        bounds=Bounds(lower, upper),
        integrality=np.ones(len(upper)),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:  # only forced pairs can make it infeasible: then none of them is forced
        return solve(demand, reach, cost, set())
    taken = np.round(found.x).astype(np.int64)
    goes = np.zeros(reach.allowed.shape, dtype=bool)
    goes[site, shopper] = taken[:pairs] == 1
    return Assigned(goes, demand - goes.sum(axis=1))


def islands(goes: np.ndarray) -> tuple[int, np.ndarray]:
    """Parts of the branch–shopper graph [site, shopper], and the part of each site then shopper.

    Who has no visit is in no part (label −1): severity and quality can be told apart only within
    one part.
    """
    sites, people = goes.shape
    site, shopper = np.nonzero(goes)
    size = sites + people
    graph = sparse.csr_matrix((np.ones(len(site)), (site, sites + shopper)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    used = np.concatenate([goes.any(axis=1), goes.any(axis=0)])
    parts = {old: new for new, old in enumerate(sorted(set(label[used].tolist())))}
    return len(parts), np.array(
        [parts[v] if u else -1 for v, u in zip(label.tolist(), used, strict=True)]
    )


def _bridges(
    goes: np.ndarray, demand: np.ndarray, reach: Reach, cost: np.ndarray
) -> set[tuple[int, int]]:
    """For each smaller part the cheapest pair that would join it to another.

    The branch must have two visits: one keeps it in its part, the other is the bridge.
    """
    count, part = islands(goes)
    of_site, of_shopper = part[: len(demand)], part[len(demand) :]
    largest = int(np.argmax(np.bincount(part[part >= 0]))) if count else 0
    free = reach.allowed & ~goes & (demand >= 2)[:, None] & (reach.capacity > 0)[None, :]
    free &= (of_site >= 0)[:, None] & (of_shopper >= 0)[None, :]
    found: set[tuple[int, int]] = set()
    taken: set[int] = set()
    for one in range(count):
        if one == largest:
            continue
        inside, known = of_site == one, of_shopper == one
        out = (inside[:, None] & ~known[None, :]) | (~inside[:, None] & known[None, :])
        options = free & out
        options[sorted(taken)] = False  # one bridge for a branch, so that it stays where it is
        if options.any():
            flat = int(np.argmin(np.where(options, cost, np.inf)))
            i, j = divmod(flat, goes.shape[1])
            found.add((i, j))
            taken.add(i)
    return found


def graph_of(
    pairs: Sequence[tuple[str, str]] | frozenset[tuple[str, str]],
) -> np.ndarray:
    """[branch, shopper] of (shopper, branch) pairs, both in the order of their names."""
    people = {s: i for i, s in enumerate(sorted({s for s, _ in pairs}))}
    codes = {b: i for i, b in enumerate(sorted({b for _, b in pairs}))}
    found = np.zeros((len(codes), len(people)), dtype=bool)
    for shopper, branch in pairs:
        found[codes[branch], people[shopper]] = True
    return found
