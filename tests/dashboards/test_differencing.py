"""What can be worked out by taking known branches off a published sum."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dashboards import queries
from dashboards.access import Scope
from dashboards.queries import Key
from dashboards.queries.tree import sizes
from pipeline.folders import DataFolder

CITY, SUB = "0101", "010101"


def _changed(folder: Path, column: str, new: dict[str, str]) -> Key:
    (path,) = (folder / "publications").glob("*/scope.parquet")
    rows = pl.read_parquet(path)
    given = pl.col("scope").replace_strict(new, default=None, return_dtype=pl.String)
    rows.with_columns(pl.coalesce(given, column).alias(column)).write_parquet(path)
    (key,) = queries.publications(DataFolder(folder))
    return key


@pytest.fixture
def lone(folder: Path) -> Key:
    """The peer group 城区 has 01, 03, 05 of one city and 11 of the other, alone."""
    return _changed(folder, "peer_group", {"01020107": "县域", "01020109": "县域"})


def test_a_group_with_one_branch_that_is_not_one_s_own_is_hidden(lone: Key) -> None:
    assert sizes(lone)["peer:城区"] == 4  # not few by its number
    manager = Scope(everything=False, node=CITY)
    # Own branches taken off, 城区 leaves 11, and so does the province less 县域 (07-10 and 12).
    assert queries.hidden(lone, manager) == {"peer:城区", "peer:县域"}


def test_who_has_one_of_its_branches_or_sees_all_still_sees_the_group(lone: Key) -> None:
    assert queries.hidden(lone, Scope(everything=False, node="01010101")) == frozenset()
    assert queries.hidden(lone, Scope(everything=True)) == frozenset()


def test_of_two_regions_that_differ_by_one_branch_the_lesser_is_hidden(folder: Path) -> None:
    key = _changed(folder, "parent", {"01010106": CITY})  # 06 lies in the city, in no sub-branch
    head = Scope(everything=False, node="01010101")
    assert (sizes(key)[SUB], sizes(key)[CITY]) == (5, 6)
    assert queries.hidden(key, head) == {SUB}
    assert queries.hidden(key, Scope(everything=False, node=CITY)) == frozenset()
    assert queries.hidden(key, Scope(everything=False, node="01020107")) == frozenset()
