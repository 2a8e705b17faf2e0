"""Agreement of observers, intraclass correlations, and how many visits a figure needs.

Ratings come as an array [observer × unit], NaN where an observer did not rate; scores as an array
[subject × rater] without gaps. A coefficient that the data leave undefined (nothing could have
differed, too few units) is NaN, never 1 or 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # its parts are loaded when they are used: statistics take most of a second
from numpy.typing import NDArray

Array = NDArray[np.float64]
Level = Literal["nominal", "ordinal"]
CONFIDENCE = 0.95


# --- agreement on single items -----------------------------------------------------------------


def counts_of(ratings: Array, categories: Sequence[float]) -> Array:
    """[unit × category]: how many observers put the unit there; units rated once stay."""
    return np.stack([(ratings == c).sum(axis=0) for c in categories], axis=1).astype(float)


def categories_of(ratings: Array) -> list[float]:
    """The values that occur, in order."""
    return [float(v) for v in np.unique(ratings[~np.isnan(ratings)])]


def raw_agreement(counts: Array) -> float:
    """Share of agreeing pairs of observers, averaged over units rated at least twice (Gwet 2014).

    `counts` [unit × category] as of :func:`counts_of`.
    """
    rated = counts.sum(axis=1)
    pairable = counts[rated > 1]
    if not len(pairable):
        return float("nan")
    n = rated[rated > 1]
    return float(np.mean((pairable * (pairable - 1)).sum(axis=1) / (n * (n - 1))))


def gwet_ac1(counts: Array) -> float:
    """Gwet's AC1 (2008), with units that some observers did not rate (Gwet 2014, ch. 2).

    `counts` [unit × category]; name every category that an answer may have, used or not. It stays
    near the raw agreement where nearly every answer is the same and alpha falls to nothing.
    """
    kinds, rated = counts.shape[1], counts.sum(axis=1)
    if kinds < 2 or not (rated > 1).any():
        return float("nan")
    share = (counts[rated > 0] / rated[rated > 0, None]).mean(axis=0)
    chance = float((share * (1 - share)).sum() / (kinds - 1))
    return (raw_agreement(counts) - chance) / (1 - chance)


def fleiss_kappa(counts: Array) -> float:
    """Fleiss' kappa (1971) of [subject × category] counts; every subject has equally many raters.

    ValueError where they have not.
    """
    rated = counts.sum(axis=1)
    if not np.all(rated == rated[0]):
        raise ValueError("Fleiss' kappa needs equally many raters for every subject")
    share = counts.sum(axis=0) / counts.sum()
    chance = float((share**2).sum())
    return (raw_agreement(counts) - chance) / (1 - chance) if chance < 1 else float("nan")


def coincidences(counts: Array) -> Array:
    """[unit × category × category]: pairable values of each unit, weighted by 1/(raters − 1).

    Krippendorff (2011), Computing Krippendorff's alpha-reliability. Summed over units they are his
    matrix of observed coincidences.
    """
    rated = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    own = np.eye(counts.shape[1]) * counts[:, None, :]
    weight = np.where(rated > 1, 1 / np.maximum(rated - 1, 1), 0.0)
    found: Array = (pairs - own) * weight[:, None, None]
    return found


def alpha_of(coincidence: Array, level: Level) -> Array:
    """Krippendorff's alpha of coincidence matrices [… × category × category].

    NaN where nothing varied. Categories are in their order (it matters for ordinal data).
    """
    margin = coincidence.sum(axis=-1)
    n = margin.sum(axis=-1)
    apart = _distances(margin, level)
    observed = (coincidence * apart).sum(axis=(-1, -2))
    chance = (margin[..., :, None] * margin[..., None, :] * apart).sum(axis=(-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = 1 - (n - 1) * observed / chance
    return np.where(chance > 0, found, np.nan)


def _distances(margin: Array, level: Level) -> Array:
    """δ² between categories [… × category × category]: 0/1, or by the ranks between them."""
    kinds = margin.shape[-1]
    if level == "nominal":
        return 1.0 - np.eye(kinds)
    below = np.cumsum(margin, axis=-1)
    middle = below - margin / 2
    return (middle[..., :, None] - middle[..., None, :]) ** 2


def krippendorff_alpha(ratings: Array, level: Level = "nominal") -> float:
    """Krippendorff's alpha of [observer × unit], NaN = not rated."""
    counts = counts_of(ratings, categories_of(ratings))
    return float(alpha_of(coincidences(counts).sum(axis=0), level))


def alpha_interval(
    counts: Array, clusters: Sequence[object], level: Level, seed: int, draws: int = 1000
) -> tuple[float, float]:
    """95 % interval of alpha: percentiles over resampled clusters (a branch is drawn whole).

    `clusters` names each unit's cluster. NaN where fewer than nine in ten draws define alpha.
    """
    names, at = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    single = coincidences(counts)
    per_cluster = np.zeros((len(names), *single.shape[1:]))
    np.add.at(per_cluster, at, single)
    chance = np.random.default_rng(seed)
    equal = np.full(len(names), 1 / len(names))
    times = chance.multinomial(len(names), equal, draws).astype(float)
    found = alpha_of(np.tensordot(times, per_cluster, axes=1), level)
    found = found[~np.isnan(found)]
    if len(found) < 0.9 * draws:
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


# --- agreement on totals -----------------------------------------------------------------------


@dataclass(frozen=True)
class Squares:
    """Mean squares of [subject × rater]: subjects, raters, error, and within subjects."""

    subjects: float
    raters: float
    error: float
    within: float
    n: int
    k: int


def mean_squares(scores: Array) -> Squares:
    """The two-way analysis of variance of `scores` [subject × rater], one score each, no gaps."""
    n, k = scores.shape
    mean = scores.mean()
    rows = k * float(((scores.mean(axis=1) - mean) ** 2).sum())
    columns = n * float(((scores.mean(axis=0) - mean) ** 2).sum())
    whole = float(((scores - mean) ** 2).sum())
    error = max(0.0, whole - rows - columns)
    return Squares(
        rows / (n - 1), columns / (k - 1), error / ((n - 1) * (k - 1)),
        (columns + error) / (n * (k - 1)), n, k,
    )  # fmt: skip


def icc(scores: Array, form: Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]) -> float:
    """Intraclass correlation of [subject × rater] by Shrout & Fleiss (1979).

    1: each subject has its own raters; 2: raters are a sample; 3: these raters only. ",1" one
    rater's score, ",k" the mean of all. ICC(A,1) of McGraw & Wong (1996) is form "2,1".
    """
    m = mean_squares(scores)
    return {
        "1,1": _share(m.subjects - m.within, m.subjects + (m.k - 1) * m.within),
        "2,1": _share(
            m.subjects - m.error,
            m.subjects + (m.k - 1) * m.error + m.k * (m.raters - m.error) / m.n,
        ),
        "3,1": _share(m.subjects - m.error, m.subjects + (m.k - 1) * m.error),
        "1,k": _share(m.subjects - m.within, m.subjects),
        "2,k": _share(m.subjects - m.error, m.subjects + (m.raters - m.error) / m.n),
        "3,k": _share(m.subjects - m.error, m.subjects),
    }[form]


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval; NaN where the data leave it undefined."""

    value: float
    low: float
    high: float


NOTHING = Interval(float("nan"), float("nan"), float("nan"))


def icc_a1(scores: Array) -> Interval:
    """ICC(A,1): absolute agreement of single scores, with its interval.

    McGraw & Wong (1996), Psychological Methods 1, table 7, case 2A.
    """
    if scores.shape[0] < 3 or scores.shape[1] < 2:
        return NOTHING
    m, value = mean_squares(scores), icc(scores, "2,1")
    if not np.isfinite(value) or value >= 1:
        return Interval(value, float("nan"), float("nan"))
    a = m.k * value / (m.n * (1 - value))
    b = 1 + m.k * value * (m.n - 1) / (m.n * (1 - value))
    spread = (a * m.raters) ** 2 / (m.k - 1) + (b * m.error) ** 2 / ((m.n - 1) * (m.k - 1))
    freedom = (a * m.raters + b * m.error) ** 2 / spread
    upper = (1 + CONFIDENCE) / 2
    f_low = float(scipy.stats.f.ppf(upper, m.n - 1, freedom))
    f_high = float(scipy.stats.f.ppf(upper, freedom, m.n - 1))
    rest = m.k * m.raters + (m.k * m.n - m.k - m.n) * m.error
    low = m.n * (m.subjects - f_low * m.error) / (f_low * rest + m.n * m.subjects)
    high = m.n * (f_high * m.subjects - m.error) / (rest + m.n * f_high * m.subjects)
    return Interval(value, float(low), float(high))


# --- generalizability --------------------------------------------------------------------------


@dataclass(frozen=True)
class Components:
    """Variance components of a persons × items design, and what other numbers of items give.

    Brennan (2001), Generalizability Theory, ch. 2. For a branch: persons are branches, items are
    the conditions they were seen under.
    """

    person: float
    item: float
    residual: float

    def rho2(self, items: float) -> float:
        """Generalizability coefficient Eρ² of a mean over `items` conditions (relative)."""
        return _share(self.person, self.person + self.residual / items)

    def phi(self, items: float) -> float:
        """Dependability Φ of such a mean (absolute)."""
        return _share(self.person, self.person + (self.item + self.residual) / items)


def g_study(scores: Array) -> Components:
    """Variance components of [person × item] by expected mean squares; negative ones are 0."""
    m = mean_squares(scores)
    return Components(
        max(0.0, (m.subjects - m.error) / m.k), max(0.0, (m.raters - m.error) / m.n), m.error
    )


@dataclass(frozen=True)
class Nested:
    """Visits within branches: variance between branches and of one visit, and the ICC of a visit.

    `groups` branches with `values` visits; `mean_size` is the n₀ of unequal numbers of visits.
    """

    between: float
    within: float
    icc: Interval
    groups: int
    values: int
    mean_size: float


def nested(groups: Sequence[object], values: Sequence[float]) -> Nested | None:
    """One-way random effects of unequal groups (Searle 1971); None without a group of two.

    The interval is that of F with n₀ in place of the common size (Thomas & Hultquist 1978).
    """
    names, at = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    y = np.asarray(values, dtype=float)
    size = np.bincount(at).astype(float)
    k, n = len(names), len(y)
    if k < 3 or n <= k:
        return None
    means = np.bincount(at, y) / size
    inside = float(((y - means[at]) ** 2).sum()) / (n - k)
    outside = float((size * (means - y.mean()) ** 2).sum()) / (k - 1)
    usual = float((n - (size**2).sum() / n) / (k - 1))
    between = max(0.0, (outside - inside) / usual)
    if inside <= 0:
        return Nested(between, 0.0, NOTHING, k, n, usual)
    ratio, upper = outside / inside, (1 + CONFIDENCE) / 2
    low, high = (
        ratio / float(scipy.stats.f.ppf(upper, k - 1, n - k)),
        ratio * float(scipy.stats.f.ppf(upper, n - k, k - 1)),
    )
    limits = [max(0.0, (f - 1) / (f - 1 + usual)) for f in (low, high)]
    return Nested(between, inside, Interval(between / (between + inside), *limits), k, n, usual)


def visits_needed(single: float, wanted: float = 0.80) -> float:
    """Visits whose mean reaches the reliability `wanted`, from the ICC of one visit.

    Spearman–Brown: reliability(n) = σ²b/(σ²b + σ²e/n). Infinite where branches do not differ.
    """
    if not 0 < single <= 1:
        return float("nan") if np.isnan(single) else float("inf")
    return wanted / (1 - wanted) * (1 - single) / single
