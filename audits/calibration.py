"""Can the shoppers be trusted: agreement on items and totals, visits needed, who gives more.

`visits` [visit_id, branch_code, group, round, edition, visit_date, time_in, shopper, score]: one
row per visit; `shopper` any name that tells shoppers apart, `score` 0-100 before vetoes, null
where the visit has none. `answers` [visit_id, encounter, item_id, shown]: what was answered, in
the form that is compared (:func:`shown`). Nothing here is ever subtracted from a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import scipy  # its parts are loaded when they are used: statistics take most of a second

from audits.scorecard import Edition, Item
from audits.statistics import agreement

FLOOR = 0.667  # Krippendorff's least alpha for tentative conclusions
WANTED = 0.80  # reliability that a branch's figure should have
LEAST_PAIRS = 10  # fewer pairs say nothing about an item
LEAST_VISITS = 5  # fewer visits say nothing about a shopper, and would point to one
LEAST_BRANCHES = 5
ALL = "all"
PAIRED, ROUND = "paired", "round"  # two shoppers on one day; or in one round, on other days
_LEVELS = 0.05


def pairs(visits: pl.DataFrame) -> pl.DataFrame:
    """[edition, branch_code, round, basis, first, second]: two visits by two shoppers.

    Per edition: visits of one day where there are at least LEAST_PAIRS of them, else visits of
    one round, between which the branch itself may have changed.
    """
    usable = visits.filter(pl.col("shopper").is_not_null()).sort(
        "edition", "branch_code", "visit_date", "time_in", "visit_id"
    )
    keys = ["edition", "branch_code", "round"]
    same_day = _two(usable, [*keys, "visit_date"]).drop("visit_date")
    enough = same_day.group_by("edition").len().filter(pl.col("len") >= LEAST_PAIRS)
    paired = same_day.join(enough, on="edition", how="semi").with_columns(basis=pl.lit(PAIRED))
    others = usable.join(enough, on="edition", how="anti")
    found = pl.concat([paired, _two(others, keys).with_columns(basis=pl.lit(ROUND))])
    return found.select(*keys, "basis", "first", "second").sort(*keys, "first")


def _two(visits: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    other = pl.col("shopper") != pl.col("shopper").first()
    both = visits.group_by(keys, maintain_order=True).agg(
        pl.col("visit_id").first().alias("first"),
        pl.col("visit_id").filter(other).first().alias("second"),
    )
    return both.filter(pl.col("second").is_not_null())


def shown(item: Item) -> tuple[agreement.Level, list[float]]:
    """How answers to an item are compared: level, and every value they can take.

    Yes/no and minutes (in time or not) are nominal; levels and counts (up to the target) ordinal.
    """
    if item.kind in ("yes_no", "minutes"):
        return "nominal", [0.0, 1.0]
    return "ordinal", [float(v) for v in range(int(item.levels or item.target or 1) + 1)]


def as_shown(answers: pl.DataFrame, editions: Mapping[str, Edition]) -> pl.DataFrame:
    """Answers given [visit_id, edition, encounter, item_id, answer, full] with `shown`."""
    rows = [
        (e.id, i.id, i.kind == "minutes", shown(i)[1][-1])
        for e in editions.values()
        for i in e.items
    ]
    how = pl.DataFrame(
        rows,
        schema={
            "edition": pl.String, "item_id": pl.String, "timed": pl.Boolean, "most": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    value = pl.col("answer").cast(pl.Float64).clip(0.0, pl.col("most")).round(0)
    in_time = pl.col("full").cast(pl.Float64)
    return (
        answers.join(how, on=["edition", "item_id"])
        .with_columns(shown=pl.when("timed").then(in_time).otherwise(value))
        .filter(pl.col("shown").is_not_null())
        .select("visit_id", "encounter", "item_id", "shown")
    )


def item_agreement(
    found: pl.DataFrame, answers: pl.DataFrame, editions: Mapping[str, Edition], seed: int = 1
) -> pl.DataFrame:
    """[edition, item_id, basis, pairs, places, raw, alpha, low, high, ac1, status] of every item.

    `found` as of :func:`pairs`. A place is one encounter of one pair where both answered. Status:
    `ok`; `below_floor` = alpha and AC1 under FLOOR, to be reworded; `constant` = everybody always
    said the same, alpha is not defined; `other_days` = the pairs are of one round only, so a low
    figure may be the branch's change; `insufficient` = fewer than LEAST_PAIRS pairs.
    """
    own = answers.select("visit_id", "encounter", "item_id", "shown")
    both = found.join(own.rename({"shown": "a"}), left_on="first", right_on="visit_id").join(
        own.rename({"shown": "b"}),
        left_on=["second", "encounter", "item_id"],
        right_on=["visit_id", "encounter", "item_id"],
    )
    met = dict(both.group_by("edition", "item_id"))
    basis = dict(found.select("edition", "basis").unique().iter_rows())
    rows = [
        {"edition": e.id, "item_id": i.id, "basis": basis.get(e.id)}
        | _agreed(met.get((e.id, i.id)), i, basis.get(e.id), seed)
        for e in editions.values()
        for i in e.items
    ]
    return pl.DataFrame(rows, schema=_ITEM, orient="row").sort("edition", "item_id")


_ITEM: dict[str, Any] = {
    "edition": pl.String, "item_id": pl.String, "basis": pl.String, "pairs": pl.Int64,
    "places": pl.Int64, "raw": pl.Float64, "alpha": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "ac1": pl.Float64, "status": pl.String,
}  # fmt: skip


def _agreed(met: pl.DataFrame | None, item: Item, basis: str | None, seed: int) -> dict[str, Any]:
    count = met["first"].n_unique() if met is not None else 0
    told: dict[str, Any] = {"pairs": count, "places": met.height if met is not None else 0}
    if met is None or count < LEAST_PAIRS:
        return told | {"status": "insufficient"}
    level, values = shown(item)
    met = met.sort("branch_code", "round", "first", "encounter")
    counts = agreement.counts_of(met.select("a", "b").to_numpy().T.astype(float), values)
    alpha = float(agreement.alpha_of(agreement.coincidences(counts).sum(axis=0), level))
    ac1 = agreement.gwet_ac1(counts)
    low, high = agreement.alpha_interval(counts, met["branch_code"].to_list(), level, seed)
    numbers = {"raw": agreement.raw_agreement(counts), "alpha": alpha, "low": low, "high": high}
    status = "ok" if basis == PAIRED else "other_days"
    if np.isnan(alpha):
        status = "constant"
    elif basis == PAIRED and alpha < FLOOR and ac1 < FLOOR:
        status = "below_floor"
    return told | _plain(numbers | {"ac1": ac1}) | {"status": status}


def _plain(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """Not a number is missing."""
    return {k: float(v) if np.isfinite(v) else None for k, v in numbers.items()}


def centred(visits: pl.DataFrame) -> pl.DataFrame:
    """Scored visits with `y`: the score less the mean of its edition and round.

    y = branch + round + e: a general rise over the rounds is no spread between visits.
    """
    scored = visits.filter(pl.col("score").is_not_null())
    score = pl.col("score").cast(pl.Float64)
    return scored.with_columns(y=score - score.mean().over("edition", "round"))


_RELIABILITY: dict[str, Any] = {
    "edition": pl.String, "basis": pl.String, "group": pl.String, "branches": pl.Int64,
    "visits": pl.Int64, "between": pl.Float64, "within": pl.Float64, "icc": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "needed": pl.Float64, "needed_low": pl.Float64,
    "needed_high": pl.Float64, "status": pl.String,
}  # fmt: skip


def reliability(visits: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What one visit tells of a branch, by edition: [… icc, low, high, needed, …, status].

    Basis `visits`: the G-study of all visits of the time, per branch class and for `all`, with the
    visits `needed` for a reliability of WANTED. Basis `paired` or `round`: ICC(A,1) of the totals
    of pairs (`found`), the newest of each branch, so that subjects are independent.
    """
    y, rows = centred(visits), []
    for (edition,), part in y.group_by("edition"):
        rows += [_class(str(edition), ALL, part)]
        rows += [_class(str(edition), str(g), own) for (g,), own in part.group_by("group") if g]
        rows += _pair_icc(str(edition), part, found.filter(pl.col("edition") == edition))
    return pl.DataFrame(rows, schema=_RELIABILITY, orient="row").sort("edition", "basis", "group")


def _class(edition: str, group: str, part: pl.DataFrame) -> dict[str, Any]:
    part = part.sort("visit_id")
    told = {"edition": edition, "basis": "visits", "group": group, "visits": part.height,
            "branches": part["branch_code"].n_unique()}  # fmt: skip
    g = agreement.nested(part["branch_code"].to_list(), part["y"].to_list())
    if g is None or g.groups < LEAST_BRANCHES or np.isnan(g.icc.value):
        return told | {"status": "insufficient"}
    needed = {
        "needed": g.icc.value, "needed_low": g.icc.high, "needed_high": g.icc.low,
    }  # fmt: skip
    numbers = {"between": g.between, "within": g.within, "icc": g.icc.value, "low": g.icc.low,
               "high": g.icc.high}  # fmt: skip
    visits_for = {k: agreement.visits_needed(v, WANTED) for k, v in needed.items()}
    status = "ok" if g.icc.value > 0 else "no_difference"
    return told | _plain(numbers | visits_for) | {"status": status}


def _pair_icc(edition: str, part: pl.DataFrame, found: pl.DataFrame) -> list[dict[str, Any]]:
    y = part.select("visit_id", "y")
    both = found.join(y, left_on="first", right_on="visit_id").join(
        y.rename({"y": "other"}), left_on="second", right_on="visit_id"
    )
    newest = both.sort("branch_code", "round", "first").unique(
        "branch_code", keep="last", maintain_order=True
    )
    if found.is_empty():
        return []
    told = {"edition": edition, "basis": found["basis"][0], "group": ALL,
            "branches": newest.height, "visits": 2 * newest.height}  # fmt: skip
    if newest.height < LEAST_PAIRS:
        return [told | {"status": "insufficient"}]
    icc = agreement.icc_a1(newest.select("y", "other").to_numpy())
    return [told | _plain({"icc": icc.value, "low": icc.low, "high": icc.high}) | {"status": "ok"}]


_SEVERITY: dict[str, Any] = {
    "shopper": pl.String, "edition": pl.String, "visits": pl.Int64, "branches": pl.Int64,
    "island": pl.Int64, "shift": pl.Float64, "error": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "differs": pl.Boolean, "status": pl.String,
}  # fmt: skip


def severity(visits: pl.DataFrame) -> pl.DataFrame:
    """How much more (+) or less (−) each shopper gives than the others, at the same branches.

    y = branch + shopper + round + e by least squares, per edition, within the largest part of the
    branch–shopper graph that hangs together; `shift` in points against the mean of its shoppers,
    with its standard `error`, 95 % limits, and `differs`: real among all shoppers (Holm, 5 %).
    Status: `ok`; `not_connected` = outside that part, severity cannot be told from quality;
    `insufficient` = fewer than LEAST_VISITS visits. Shown, never corrected.
    """
    y = centred(visits.filter(pl.col("shopper").is_not_null()))
    parts = [_severity_of(str(e), part) for (e,), part in y.group_by("edition")]
    rows = [row for part in parts for row in part]
    return pl.DataFrame(rows, schema=_SEVERITY, orient="row").sort("edition", "shopper")


def _severity_of(edition: str, part: pl.DataFrame) -> list[dict[str, Any]]:
    part = part.sort("visit_id")
    shoppers, s = np.unique(part["shopper"].to_numpy(), return_inverse=True)
    branches, b = np.unique(part["branch_code"].to_numpy(), return_inverse=True)
    island_of, main = _islands(s, b, len(shoppers), len(branches))
    inside = island_of[s] == main
    shift, error, freedom = _fitted(
        part.filter(inside)["y"].to_numpy(), s[inside], b[inside],
        np.unique(part.filter(inside)["round"].to_numpy(), return_inverse=True)[1], len(shoppers),
    )  # fmt: skip
    rows = []
    for at, shopper in enumerate(shoppers):
        own = s == at
        row: dict[str, Any] = {
            "shopper": str(shopper), "edition": edition, "visits": int(own.sum()),
            "branches": len(np.unique(b[own])), "island": int(island_of[at]) + 1,
        }  # fmt: skip
        if row["visits"] < LEAST_VISITS:
            rows.append(row | {"status": "insufficient"})
        elif island_of[at] != main or not error[at] > 0:
            rows.append(row | {"status": "not_connected"})
        else:
            reach = float(scipy.stats.t.ppf(1 - _LEVELS / 2, freedom)) * error[at]
            told = {"shift": shift[at], "error": error[at], "low": shift[at] - reach,
                    "high": shift[at] + reach}  # fmt: skip
            rows.append(row | _plain(told) | {"status": "ok"})
    return _marked(rows, freedom)


def _islands(s: np.ndarray, b: np.ndarray, shoppers: int, branches: int) -> tuple[np.ndarray, int]:
    """Island of each shopper in the branch–shopper graph, and the one with most visits.

    Of two equal ones that with the first branch: the names of shoppers decide nothing.
    """
    size = shoppers + branches
    graph = scipy.sparse.coo_matrix((np.ones(len(s)), (s, shoppers + b)), shape=(size, size))
    _, island = scipy.sparse.csgraph.connected_components(graph, directed=False)
    found, first = np.unique(island[:shoppers], return_index=True)
    order = found[np.argsort(first)]  # numbered as they are met
    numbered = {old: new for new, old in enumerate(order)}
    own = np.array([numbered[i] for i in island[:shoppers]])
    visits = np.bincount(own[s])
    most = [n for n in range(len(visits)) if visits[n] == visits.max()]
    return own, min(most, key=lambda n: int(b[own[s] == n].min()))


def _fitted(
    y: np.ndarray, s: np.ndarray, b: np.ndarray, r: np.ndarray, shoppers: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Shift and standard error of each shopper (NaN: not among `s`), degrees of freedom."""
    nothing = np.full(shoppers, np.nan)
    among = np.unique(s)
    design = np.hstack([s[:, None] == among, r[:, None] == np.unique(r)]).astype(float)
    within = np.column_stack([_less_mean(c, b) for c in (*design.T, y)])
    x, left = within[:, :-1], within[:, -1]
    normal = x.T @ x
    inverse = np.linalg.pinv(normal, rcond=1e-9, hermitian=True)
    rank = np.linalg.matrix_rank(normal, rtol=1e-9, hermitian=True)
    freedom = len(y) - len(np.unique(b)) - int(rank)
    if freedom < 1 or len(among) < 2:
        return nothing, nothing, 0
    beta = inverse @ x.T @ left
    noise = float(((left - x @ beta) ** 2).sum()) / freedom
    contrast = np.zeros((len(among), x.shape[1]))
    contrast[:, : len(among)] = np.eye(len(among)) - 1 / len(among)
    shift, error = nothing.copy(), nothing.copy()
    shift[among] = contrast @ beta
    error[among] = np.sqrt(np.maximum(noise * np.diag(contrast @ inverse @ contrast.T), 0))
    return shift, error, freedom


def _less_mean(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    size = np.bincount(group)
    less: np.ndarray = values - (np.bincount(group, values) / np.maximum(size, 1))[group]
    return less


def _marked(rows: list[dict[str, Any]], freedom: int) -> list[dict[str, Any]]:
    """`differs` by Holm over the shoppers that have a shift."""
    told = [r for r in rows if r["status"] == "ok"]
    p = [2 * float(scipy.stats.t.sf(abs(r["shift"]) / r["error"], freedom)) for r in told]
    for row, adjusted in zip(told, holm(p), strict=True):
        row["differs"] = adjusted < _LEVELS
    return rows


def holm(p: list[float]) -> list[float]:
    """Adjusted p-values of Holm (1979): their smallest α at which each stands among all."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, at in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[at]))
        adjusted[at] = worst
    return adjusted
