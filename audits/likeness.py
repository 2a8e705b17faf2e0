"""How alike the answers of two visits are, and how alike chance alone would make them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl


def matrix(part: pl.DataFrame, answers: pl.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Visit ids; answers [visit × place] and whether each is full, NaN where nothing was given."""
    own = answers.join(part.select("visit_id"), on="visit_id", how="semi").with_columns(
        place=pl.format("{}@{}", "item_id", "encounter")
    )
    places = own["place"].unique().sort().to_list()
    ids = own["visit_id"].unique().sort().to_list()
    rows = {v: n for n, v in enumerate(ids)}
    columns = {p: n for n, p in enumerate(places)}
    at = np.array([rows[v] for v in own["visit_id"]], dtype=int)
    to = np.array([columns[p] for p in own["place"]], dtype=int)
    values, full = np.full((2, len(ids), len(places)), np.nan)
    values[at, to] = own["answer"].cast(pl.Float64).to_numpy()
    full[at, to] = own["full"].cast(pl.Float64).to_numpy()
    return ids, values, full


@dataclass(frozen=True)
class Likeness:
    """Two visits: answers that both have, equal ones, as many as chance gives, how far beyond."""

    first: str
    second: str
    shared: int
    equal: int
    expected: float
    z: float


def pairs_of(ids: list[str], values: np.ndarray, chance: np.ndarray) -> list[Likeness]:
    """Every pair of a few visits: answers and chances of full ones [visit × place] (NaN: none)."""
    given = (~np.isnan(values)).astype(float)
    shared, equal = given @ given.T, np.zeros((len(ids), len(ids)))
    for value in np.unique(values[~np.isnan(values)]):
        there = (values == value).astype(float)
        equal += there @ there.T
    yes, no = np.nan_to_num(chance) * given, np.nan_to_num(1 - chance) * given
    expected = yes @ yes.T + no @ no.T
    # Var Σ m = Σ m(1−m) with m = pq + (1−p)(1−q), whose square has three terms.
    squares = yes**2 @ (yes**2).T + no**2 @ (no**2).T + 2 * (yes * no) @ (yes * no).T
    spread = np.sqrt(np.maximum(expected - squares, 1e-9))
    z = (equal - 0.5 - expected) / spread
    return [
        Likeness(ids[i], ids[j], int(shared[i, j]), int(equal[i, j]), float(expected[i, j]),
                 float(z[i, j]))
        for i, j in combinations(range(len(ids)), 2)
    ]  # fmt: skip


def chances(full: np.ndarray) -> np.ndarray:
    """Chance of a full answer [visit × place]: the visit's share and the place's, logits added."""

    def logit(total: np.ndarray, count: np.ndarray) -> np.ndarray:
        share = (total + 0.5) / (count + 1.0)
        odds: np.ndarray = np.log(share / (1 - share))
        return odds

    given = ~np.isnan(full)
    whole = logit(np.array(np.nansum(full)), np.array(given.sum()))
    rows = logit(np.nansum(full, axis=1), given.sum(axis=1))
    columns = logit(np.nansum(full, axis=0), given.sum(axis=0))
    chance: np.ndarray = 1 / (1 + np.exp(-(rows[:, None] + columns[None, :] - whole)))
    return np.where(given, chance, np.nan)
