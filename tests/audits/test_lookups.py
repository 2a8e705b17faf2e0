"""Looking up by number gives what looking one after the other gives, however numbers lie."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from audits import lookups
from audits.lookups import alike, codes_of, firsts, grouped, index_of, ranked, spans


@pytest.fixture(params=["a place for each number", "sorted"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "sorted":
        monkeypatch.setattr(lookups, "_dense", lambda size, asked: False)


def random(size: int, below: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, below, size)


@pytest.mark.parametrize(("size", "below"), [(0, 10), (1, 1), (500, 40), (500, 100_000)])
def test_numbers_have_the_place_they_have_among_the_distinct_ones(size: int, below: int) -> None:
    numbers = random(size, below)
    place, met = ranked(numbers)
    assert met.tolist() == sorted(set(numbers.tolist()))
    assert met[place].tolist() == numbers.tolist()


@pytest.mark.parametrize(("keys", "below"), [(0, 10), (7, 10), (300, 100_000)])
def test_what_is_among_the_keys_is_found_and_what_is_not_is_told(keys: int, below: int) -> None:
    known = np.random.default_rng(2).permutation(below)[:keys]
    asked = np.append(random(400, below), known)
    where = {int(key): n for n, key in enumerate(known)}
    expected = [where.get(int(one), keys) for one in asked]
    assert index_of(asked, known).tolist() == expected


def test_runs_begin_where_any_value_changes() -> None:
    begins = firsts(np.array([1, 1, 1, 2, 2]), np.array([5, 5, 6, 6, 6]))
    assert begins.tolist() == [True, False, True, True, False]
    assert firsts(np.empty(0)).tolist() == []


def test_spans_are_written_out_one_after_the_other() -> None:
    numbers, whose = spans(np.array([10, 3, 7]), np.array([2, 0, 3]))
    assert numbers.tolist() == [10, 11, 7, 8, 9]
    assert whose.tolist() == [0, 0, 2, 2, 2]


def test_values_are_numbered_and_none_is_like_another() -> None:
    for values in (["b", None, "a", "b"], [True, None, False, True], [4, None, 0, 4]):
        one, none, other, again = codes_of(pl.Series(values)).tolist()
        assert sorted([one, none, other]) == [0, 1, 2]
        assert again == one


def test_codes_are_grouped_in_their_order() -> None:
    found = grouped(np.array([2, 0, 2, 1, 0]))
    assert [(code, own.tolist()) for code, own in found] == [(0, [1, 4]), (1, [3]), (2, [0, 2])]
    assert grouped(np.empty(0, dtype=int)) == []


@pytest.mark.parametrize("marks", ["of their rows", "all the same"])
def test_runs_are_alike_only_if_every_row_is_the_same(
    marks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if marks == "all the same":  # as if somebody had found rows whose marks are those of others
        monkeypatch.setattr(
            lookups, "_mixed", lambda columns: np.zeros(len(columns[0]), dtype=np.uint64)
        )
    runs = [[(1, 2), (3, 4)], [(1, 2), (3, 4)], [(3, 4), (1, 2)], [(1, 2)], [(1, 2), (3, 5)],
            [(1, 2), (3, 4)], [(1, 2)], [(3, 2), (1, 4)]]  # fmt: skip
    run, left, right = np.array([(n, *row) for n, rows in enumerate(runs) for row in rows]).T
    found = alike(firsts(run), left, right).tolist()
    assert all(runs[n] == runs[first] for n, first in enumerate(found))
    if marks == "of their rows":
        assert found == [runs.index(rows) for rows in runs]


def test_nothing_is_like_nothing() -> None:
    assert alike(firsts(np.empty(0)), np.empty(0)).tolist() == []
