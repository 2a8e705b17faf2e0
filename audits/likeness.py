"""How alike the answers of two visits are, and how alike chance alone would make them."""

from __future__ import annotations

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


def matches(
    values: np.ndarray, full: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """[visit × visit] of expected equal answers, their standard deviation, equal ones, shared."""
    given = (~np.isnan(values)).astype(float)
    shared = given @ given.T
    equal = np.zeros_like(shared)
    for value in np.unique(values[~np.isnan(values)]):
        there = (values == value).astype(float)
        equal += there @ there.T
    chance = _chances(full)
    yes, no = np.nan_to_num(chance) * given, np.nan_to_num(1 - chance) * given
    expected = yes @ yes.T + no @ no.T
    # Var Σ m = Σ m(1−m), m = pq + (1−p)(1−q): its square is Σ over four products.
    squares = sum(
        ((a * c) @ (a * c).T) for a, c in ((yes, yes), (no, no))
    ) + 2 * (yes * no) @ (yes * no).T  # fmt: skip
    spread = np.sqrt(np.maximum(expected - squares, 1e-9))
    return expected, spread, equal, shared


def _chances(full: np.ndarray) -> np.ndarray:
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
