"""Agreement against slow oracles that follow the definitions word by word, and planted values."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from audits.statistics import agreement


def slow_alpha(ratings: np.ndarray, level: agreement.Level) -> float:
    """Krippendorff's definition: 1 − observed ÷ expected disagreement, value by value."""
    units = [[v for v in unit if not np.isnan(v)] for unit in ratings.T]
    units = [u for u in units if len(u) > 1]
    values = [v for u in units for v in u]
    times = {v: values.count(v) for v in sorted(set(values))}

    def apart(a: float, b: float) -> float:
        if level == "nominal":
            return float(a != b)
        low, high = min(a, b), max(a, b)
        between = sum(n for v, n in times.items() if low <= v <= high)
        return float((between - (times[a] + times[b]) / 2) ** 2)

    n = len(values)
    observed = (
        sum(sum(apart(a, b) for a, b in permutations(u, 2)) / (len(u) - 1) for u in units) / n
    )
    expected = sum(apart(a, b) for a, b in permutations(values, 2)) / (n * (n - 1))
    return 1 - observed / expected


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
@pytest.mark.parametrize("seed", range(12))
def test_alpha_is_what_its_definition_says(level: agreement.Level, seed: int) -> None:
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 4, 15)
    ratings = np.where(chance.random((3, 15)) < 0.6, truth, chance.integers(0, 4, (3, 15)))
    ratings = np.where(chance.random((3, 15)) < 0.2, np.nan, ratings.astype(float))
    assert agreement.krippendorff_alpha(ratings, level) == pytest.approx(slow_alpha(ratings, level))


def test_raw_agreement_counts_pairs() -> None:
    nan = np.nan
    ratings = np.array([[1, 1, 0, nan], [1, 0, 0, 1], [1, 1, 0, nan]], float)
    pairs = [
        [a == b for a, b in combinations([v for v in unit if not np.isnan(v)], 2)]
        for unit in ratings.T
    ]
    by_hand = np.mean([np.mean(p) for p in pairs if p])  # 1, 1/3, 1; the last unit has no pair
    counts = agreement.counts_of(ratings, [0, 1])
    assert agreement.raw_agreement(counts) == pytest.approx(float(by_hand)) == pytest.approx(7 / 9)


def test_nearly_always_yes_has_no_alpha_but_a_high_ac1() -> None:
    """49 yes/yes and one yes/no: raw .98, alpha about 0 (it is −.01), AC1 beside the raw figure."""
    ratings = np.ones((2, 50))
    ratings[1, 0] = 0
    counts = agreement.counts_of(ratings, [0, 1])
    assert agreement.raw_agreement(counts) == pytest.approx(0.98)
    assert agreement.krippendorff_alpha(ratings) == pytest.approx(0.0, abs=1e-12)
    assert agreement.gwet_ac1(counts) > 0.97


def test_what_cannot_be_told_is_not_a_number() -> None:
    always = agreement.counts_of(np.ones((2, 9)), [0, 1])
    assert np.isnan(agreement.alpha_of(agreement.coincidences(always).sum(axis=0), "nominal"))
    assert agreement.gwet_ac1(always) == 1
    alone = agreement.counts_of(np.array([[1.0, 0.0], [np.nan, np.nan]]), [0, 1])
    assert np.isnan(agreement.raw_agreement(alone)) and np.isnan(agreement.gwet_ac1(alone))
    assert np.isnan(agreement.icc_a1(np.ones((2, 2))).value)
    assert agreement.nested(["a", "b", "c"], [1.0, 2.0, 3.0]) is None
    assert agreement.visits_needed(0.0) == np.inf
    with pytest.raises(ValueError, match="equally many"):
        agreement.fleiss_kappa(np.array([[2.0, 0.0], [1.0, 0.0]]))


def test_the_interval_of_alpha_holds_what_was_planted() -> None:
    """Both saw the same with chance .8, else drew anew: alpha is .8 whatever the share of yes."""
    held = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        first = (chance.random(120) < 0.7).astype(float)
        second = np.where(chance.random(120) < 0.8, first, (chance.random(120) < 0.7).astype(float))
        counts = agreement.counts_of(np.array([first, second]), [0, 1])
        low, high = agreement.alpha_interval(counts, range(120), "nominal", seed, 300)
        held += low <= 0.8 <= high
    assert 52 <= held <= 60  # 57 expected; under 52 has a chance of 1 %


def planted(seed: int, subjects: int = 40) -> np.ndarray:
    """y = branch + e with ICC .4: variances .4 and .6; the two columns are different shoppers."""
    chance = np.random.default_rng(seed)
    return chance.normal(0, 0.4**0.5, (subjects, 1)) + chance.normal(0, 0.6**0.5, (subjects, 2))


def test_icc_of_pairs_recovers_the_planted_value() -> None:
    found = [agreement.icc_a1(planted(seed)) for seed in range(300)]
    assert np.mean([f.value for f in found]) == pytest.approx(0.4, abs=0.03)
    assert 0.92 <= np.mean([f.low <= 0.4 <= f.high for f in found]) <= 0.98


def test_visits_within_branches_recover_the_planted_value() -> None:
    """Unequal numbers of visits (1-4): variances .3 and .7, so 9.3 visits for .80."""
    held, values = 0, []
    for seed in range(200):
        chance = np.random.default_rng(seed)
        size = chance.integers(1, 5, 120)
        branch = np.repeat(np.arange(120), size)
        y = chance.normal(0, 0.3**0.5, 120)[branch] + chance.normal(0, 0.7**0.5, len(branch))
        found = agreement.nested(branch.tolist(), y.tolist())
        assert found is not None and found.groups == 120
        held += found.icc.low <= 0.3 <= found.icc.high
        values.append((found.between, found.within))
    assert np.mean(values, axis=0) == pytest.approx([0.3, 0.7], abs=0.02)
    assert 182 <= held <= 199
    assert agreement.visits_needed(0.3) == pytest.approx(28 / 3)


def test_equal_groups_give_the_one_way_icc() -> None:
    scores = planted(3, 25)
    long = agreement.nested(np.repeat(np.arange(25), 2).tolist(), scores.ravel().tolist())
    assert long is not None
    assert long.icc.value == pytest.approx(agreement.icc(scores, "1,1"))
