"""What can be worked out of published sums by adding them up and taking them off one another.

The attack at the end is brute force on small provinces: it reads what the queries give to every
branch head and every manager, combines the numbers, and looks whether what is left is the value of
one or two branches of others. It knows nothing of how sums are withheld.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dashboards import queries
from dashboards.access import Denied, Scope
from dashboards.queries import Key
from dashboards.queries.tree import sizes
from pipeline.folders import DataFolder
from pipeline.publication import TABLES

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


@pytest.mark.parametrize("outside", [["01010106"], ["01010105", "01010106"]])
def test_of_two_regions_that_differ_by_one_or_two_branches_the_lesser_is_hidden(
    folder: Path, outside: list[str]
) -> None:
    key = _changed(folder, "parent", dict.fromkeys(outside, CITY))  # in the city, in no sub-branch
    head = Scope(everything=False, node="01010101")
    assert (sizes(key)[SUB], sizes(key)[CITY]) == (6 - len(outside), 6)
    assert queries.hidden(key, head) == {SUB}
    assert queries.hidden(key, Scope(everything=False, node=CITY)) == frozenset()
    assert queries.hidden(key, Scope(everything=False, node="01020107")) == frozenset()


MONTHS, QUARTER = ("2026-07", "2026-08", "2026-09"), "2026Q3"
METRIC = "sum"


@dataclass
class Province:
    """A small province. Every branch has in each month another power of three as its value,
    so that of every sum it can be read which branches are in it, and of which months."""

    branches: list[str]
    above: dict[str, list[str]]  # the regions over each
    group: dict[str, str]
    entered: dict[str, set[str]]  # by month
    key: Key = field(init=False)

    corrected: set[str] = field(default_factory=set)  # branches whose values are other ones now

    def value(self, branch: str, month: str) -> int:
        if branch in self.corrected:
            return 0
        at = self.branches.index(branch) * len(self.entered) + list(self.entered).index(month)
        return int(3**at)

    def sums(self) -> dict[str, set[str]]:
        """The branches of every region and peer group."""
        found: dict[str, set[str]] = {}
        for branch in self.branches:
            for code in (*self.above[branch], f"peer:{self.group[branch]}"):
                found.setdefault(code, set()).add(branch)
        return found

    def of(self, members: set[str], months: list[str]) -> int | None:
        told = [self.value(b, m) for m in months for b in members & self.entered[m]]
        return sum(told) if told else None

    def written(self, folder: Path, revision: int = 1, stage: str = "formal") -> Province:
        """Published below `folder`."""
        path = folder / "publications" / f"{QUARTER}-r{revision}"
        path.mkdir(parents=True)
        level = {2: "province", 4: "city", 6: "sub_branch", 8: "branch"}
        regions = sorted({c for line in self.above.values() for c in line})
        scope = [
            {"scope": c, "name": c, "level": level[len(c)], "parent": c[:-2] or None}
            for c in regions
        ]
        scope += [{"scope": f"peer:{g}", "name": g, "level": "peer_group"}
                  for g in set(self.group.values())]  # fmt: skip
        scope += [{"scope": b, "name": b, "level": "branch", "parent": self.above[b][0],
                   "peer_group": self.group[b]} for b in self.branches]  # fmt: skip
        periods = {m: [m] for m in self.entered} | {QUARTER: list(self.entered)}
        every = {b: {b} for b in self.branches} | self.sums()
        values = [
            {"metric": METRIC, "scope": code, "period": period, "status": "ok",
             "level": "branch" if code in self.branches else "city"}
            | dict.fromkeys(("numerator", "value"), self.of(members, months))
            for code, members in every.items() for period, months in periods.items()
        ]  # fmt: skip
        metric = [{"metric": METRIC, "zh": "和", "en": "sum", "unit": "", "form": "amount"}]
        made = {"scope": scope, "metric_value": values, "metric": metric}
        for name, schema in TABLES.items():
            rows = [{c: row.get(c) for c in schema} for row in made.get(name, [])]
            pl.DataFrame(rows, schema=schema).write_parquet(path / f"{name}.parquet")
        told = {"period": QUARTER, "revision": revision, "stage": stage,
                "content_hash": f"{folder}-{revision}"}  # fmt: skip
        (path / "manifest.json").write_text(json.dumps(told), "utf-8")
        self.key = queries.publications(DataFolder(folder))[0]
        return self


def _made(number: int, count: int, months: int) -> Province:
    """A ragged tree, peer groups, and who has reported, all by chance."""
    chance = random.Random(number)
    branches, above = [], {}
    for at in range(count):
        line = ["01"]
        if chance.random() < 0.9:
            line.insert(0, f"010{chance.randint(1, 2)}")
            if chance.random() < 0.6:
                line.insert(0, f"{line[0]}0{chance.randint(1, 2)}")
        branches.append(f"{at:08d}")
        above[branches[-1]] = line
    group = {b: chance.choice("甲乙丙") for b in branches}
    share = chance.choice((1.0, 0.8, 0.5))
    entered = {m: {b for b in branches if chance.random() < share} for m in MONTHS[:months]}
    return Province(branches, above, group, entered)


def _may(p: Province, scope: Scope) -> list[str]:
    """The nodes of others that may be asked about."""
    found = []
    for code in sorted({*p.sums(), *p.branches} - queries.covered(p.key, scope)):
        with suppress(Denied):
            queries.trend(p.key, scope, (code,), METRIC, "month")
            found.append(code)
    return found


def _readings(p: Province, scope: Scope) -> Iterator[float]:
    """Every number that is not about an own branch, by every query and filter there is."""
    may = _may(p, scope)
    found = [queries.beside_each_other(p.key, scope, tuple(may), (METRIC,))["value"]]
    for chosen in (tuple(may), *((c,) for c in may)):
        found.append(queries.trend(p.key, scope, chosen, METRIC, "month")["value"])
        found.append(queries.courses(p.key, scope, chosen, METRIC, "quarter")["value"])
    for code in sorted(queries.covered(p.key, scope) & set(p.branches))[:1]:
        found += [queries.compared(p.key, scope, code, b)["beside_value"] for b in may]
    return (value for column in found for value in column.drop_nulls())


def _parts(p: Province, value: int) -> list[int]:
    """Which branches and months are in a sum: its digits to the base of three."""
    found = [value // 3**at % 3 for at in range(len(p.branches) * len(p.entered))]
    assert sum(digit * 3**at for at, digit in enumerate(found)) == value
    return found


@lru_cache
def _ways(numbers: int) -> np.ndarray:
    """Sums added, taken off and left alone; of many, up to five at once."""
    every = itertools.product((-1, 0, 1), repeat=numbers)
    return np.array([way for way in every if numbers < 8 or 0 < np.count_nonzero(way) <= 5])


def _found_out(p: Province, scope: Scope) -> list[str]:
    """The combinations that come down to one or two branches of others."""
    own = {b for b in p.branches if b in queries.covered(p.key, scope)}
    numbers = sorted({int(v) for v in _readings(p, scope)})
    if not numbers:
        return []
    parts = np.array([_parts(p, v) for v in numbers])
    others = [b not in own for b in p.branches]
    # of a branch every month counts as that branch
    foreign = parts.reshape(len(numbers), len(p.branches), len(p.entered))[:, others]
    ways = _ways(len(numbers))
    left = (np.tensordot(ways, foreign, axes=1) != 0).any(axis=2).sum(axis=1)
    return [
        f"{way.tolist()} of {numbers} leaves {count}"
        for way, count in zip(ways, left, strict=True) if count in (1, 2)
    ]  # fmt: skip


def _scopes(p: Province) -> list[Scope]:
    regions = [c for c in p.sums() if not c.startswith("peer:") and c != "01"]
    return [Scope(everything=False, node=c) for c in (*p.branches, *sorted(regions))]


@pytest.mark.parametrize("number", (0, 1))
def test_no_combination_of_what_anybody_sees_comes_down_to_one_or_two(
    tmp_path: Path, number: int
) -> None:
    p = _made(number, 10, 1).written(tmp_path)
    for scope in _scopes(p):
        assert not _found_out(p, scope), scope
    assert any(list(_readings(p, scope)) for scope in _scopes(p))  # not by hiding everything
    everything = queries.trend(p.key, Scope(True), tuple(p.sums()), METRIC, "month")
    assert "suppressed" not in everything["status"]


@pytest.mark.parametrize("number", (0,))
def test_nor_do_the_months_of_a_quarter(tmp_path: Path, number: int) -> None:
    p = _made(100 + number, 9, 2).written(tmp_path)
    for scope in _scopes(p):
        assert not _found_out(p, scope), scope


def test_the_attack_finds_what_is_not_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is worth something only if it breaks what has no guard."""
    p = _made(0, 10, 1).written(tmp_path)
    shown = sys.modules["dashboards.queries.values"]
    monkeypatch.setattr(shown, "suppressed", lambda rows, *_, **__: rows)
    assert any(_found_out(p, scope) for scope in _scopes(p))


def test_a_region_of_many_where_one_has_reported_is_hidden_for_that_month(tmp_path: Path) -> None:
    """And of the quarter: the other months taken off, it would be that one's value again."""
    branches = [f"{i:08d}" for i in range(6)]
    p = Province(
        branches, {b: ["0101", "01"] for b in branches}, dict.fromkeys(branches, "甲"),
        {"2026-07": set(branches), "2026-08": {branches[4]}},
    ).written(tmp_path)  # fmt: skip
    head = Scope(everything=False, node=branches[0])
    assert queries.hidden(p.key, head) == frozenset()

    def status(kind: str) -> dict[str, str]:
        rows = queries.trend(p.key, head, ("0101",), METRIC, kind)  # type: ignore[arg-type]
        return dict(rows.select("period", "status").iter_rows())

    assert status("month") == {"2026-07": "ok", "2026-08": "suppressed"}
    assert status("quarter") == {QUARTER: "suppressed"}
    own = queries.trend(p.key, Scope(everything=False, node="0101"), ("0101",), METRIC, "month")
    assert own["status"].to_list() == ["ok", "ok"]


def _readings_of(p: Province, key: Key, scope: Scope) -> dict[tuple[str, str, str], float]:
    """Every number of others' sums, by where it stands."""
    own = queries.covered(key, scope)
    sums = tuple(sorted(c for c, held in p.sums().items() if c not in own and held - own))
    may = tuple(c for c in sums if c in queries.comparable(key, scope))
    lines = pl.concat(
        [queries.trend(key, scope, may, METRIC, kind) for kind in ("month", "quarter")]
    )  # type: ignore[arg-type]
    known = lines.filter(pl.col("value").is_not_null())
    return {(c, p, ""): v for c, p, v in known.select("scope", "period", "value").iter_rows()}


def _told_by_revisions(
    p: Province, keys: tuple[Key, Key], scope: Scope, corrected: set[str]
) -> list[str]:
    """Combinations of differences of two revisions that come down to one or two of the corrected,
    except for what the province as a whole says, which is on paper in everybody's hands."""
    own = {b for b in p.branches if b in queries.covered(p.key, scope)}
    then, now = (_readings_of(p, key, scope) for key in keys)
    numbers = sorted({
        int(then[at] - now[at]) for at in then.keys() & now.keys()
        if then[at] != now[at] and at[0] != "01"
    })  # fmt: skip
    p.corrected = set()  # what the digits stand for
    parts = np.array([_parts(p, v) for v in numbers]) if numbers else np.zeros((0, 0), dtype=int)
    p.corrected = corrected
    if not numbers:
        return []
    others = [b not in own for b in p.branches]
    foreign = parts.reshape(len(numbers), len(p.branches), len(p.entered))[:, others]
    ways = _ways(len(numbers))
    left = (np.tensordot(ways, foreign, axes=1) != 0).any(axis=2).sum(axis=1)
    return [f"{w.tolist()} of {numbers}" for w, n in zip(ways, left, strict=True) if n in (1, 2)]


@pytest.mark.parametrize(("number", "many"), [(0, 1), (1, 2), (0, 4)])
def test_a_correction_is_not_told_by_what_a_sum_was_before(
    tmp_path: Path, number: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = _made(number, 10, 1).written(tmp_path)
    first, corrected = p.key, set(random.Random(number).sample(p.branches, many))
    p.corrected = corrected
    p.written(tmp_path, 2)
    for scope in _scopes(p):
        assert not _told_by_revisions(p, (first, p.key), scope, corrected), scope
    assert any(_readings_of(p, p.key, scope) for scope in _scopes(p))
    rows = queries.trend(p.key, Scope(True), tuple(p.sums()), METRIC, "month")
    assert "suppressed" not in rows["status"]  # who sees the branches sees the sums
    # The attack is worth something: without the guard it finds somebody.
    guard = sys.modules["dashboards.queries.withheld"]
    queries.trend.cache_clear()
    nothing = pl.DataFrame(schema=dict.fromkeys(("metric", "period", "scope"), pl.String))
    monkeypatch.setattr(guard, "_by_difference", lambda *_: nothing)
    found = [_told_by_revisions(p, (first, p.key), scope, corrected) for scope in _scopes(p)]
    queries.trend.cache_clear()
    assert any(found)


def test_a_preview_shows_no_sum_of_others_and_so_no_difference_to_the_formal_one(
    tmp_path: Path,
) -> None:
    p = _made(0, 10, 1).written(tmp_path, stage="preview")
    preview = p.key
    p.corrected = {p.branches[0]}
    p.written(tmp_path, 2)
    assert p.key.stage == "formal"
    shown = 0
    for scope in _scopes(p):
        assert not _readings_of(p, preview, scope)
        shown += len(_readings_of(p, p.key, scope))
    assert shown  # of the formal one they are shown: nothing earlier is there to be held against
    everything = queries.trend(preview, Scope(True), tuple(p.sums()), METRIC, "month")
    assert everything["value"].null_count() == 0
