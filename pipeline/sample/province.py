"""The tree of the synthetic province: invented cities, sub-branches and branches.

The tree is ragged as in life: cities have sub-branches, directly managed units have none. Codes
are text and the first cities' begin with 0, the trap that Excel sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from pipeline.periods import shift_month
from pipeline.sample.options import Options

PROVINCES = (("10", "明省分行"), ("20", "察省分行"))
CITIES = (
    ("甲州", "乙川", "丙阳", "丁原", "戊江", "己山", "庚海", "辛宁"),
    ("子州", "丑川", "寅阳", "卯原", "辰江", "巳山", "午海", "未宁"),
)
DIRECT = ("直营一部", "直营二部")
GROUPS = ("旗舰网点", "综合网点", "基础网点", "社区网点")
_GROUP_SHARES = (0.12, 0.38, 0.32, 0.18)
_FIRST = "青云松竹梅兰荷枫桂柳星月晨霞虹泉溪湖岭坪"
_SECOND = "安和宁康泰顺丰盛裕达"
_STREETS = ("东门", "西桥", "南苑", "北街", "中路", "新村", "老渡", "前程", "后渠", "上坊")


@dataclass(frozen=True)
class Node:
    """One unit of the register above the branches."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True)
class Branch:
    """One branch with the date on which its sub-branch introduced the process, if any."""

    index: int
    code: str
    name: str
    parent: str
    city: str  # code of the city or of the directly managed unit
    group: str
    introduced: date | None
    opened: date
    weekend: bool
    head: str

    @property
    def email(self) -> str:
        """An address that can never be delivered (RFC 2606)."""
        return f"b{self.code}@example.invalid"


@dataclass(frozen=True)
class Province:
    """All nodes, and the branches in the order of their codes."""

    nodes: tuple[Node, ...]
    branches: tuple[Branch, ...]

    def name_of(self, code: str) -> str:
        """The name of a node or branch; KeyError if there is none."""
        return self._names[code]

    @cached_property
    def _names(self) -> dict[str, str]:
        above = {n.code: n.name for n in self.nodes}
        return above | {b.code: b.name for b in self.branches}

    @property
    def cities(self) -> list[str]:
        """Codes of the cities and directly managed units, each a reporting unit."""
        return sorted({b.city for b in self.branches})

    def of_city(self, code: str) -> list[Branch]:
        """The branches of one reporting unit."""
        return [b for b in self.branches if b.city == code]


def _city_codes(options: Options) -> list[str]:
    count = min(8, max(1, options.branches // 4))
    base = 100 * (options.province + 1)
    return [f"0{base + i + 1}" if i < 4 else f"{1000 + base + i + 1}" for i in range(count)]


def _clusters(options: Options) -> list[Node]:
    """The units that decide on the introduction: sub-branches, and directly managed units."""
    cities = _city_codes(options)
    direct = 2 if options.branches >= 24 else 0
    top, base = PROVINCES[options.province], 100 * (options.province + 1)
    wanted = max(len(cities), round(0.36 * options.branches))
    found = []
    for i in range(wanted):
        city = i % len(cities)
        number = i // len(cities) + 1
        name = f"{CITIES[options.province][city]}{_FIRST[number % 20]}{_SECOND[city]}支行"
        found.append(Node(f"{cities[city]}{number:02d}", name, "支行", cities[city]))
    found += [
        Node(f"{1091 + base + i}00", f"{top[1][:2]}{DIRECT[i]}", "省行直管机构", top[0])
        for i in range(direct)
    ]
    return found


def _sizes(options: Options, clusters: list[Node]) -> list[int]:
    """Branches of each cluster: three in a directly managed unit, the rest spread evenly."""
    direct = [c.level == "省行直管机构" for c in clusters]
    rest, subs = options.branches - 3 * sum(direct), len(clusters) - sum(direct)
    sizes, given = [], 0
    for is_direct in direct:
        if is_direct:
            sizes.append(3)
            continue
        sizes.append(rest // subs + (given < rest % subs))
        given += 1
    return sizes


def _introductions(options: Options, clusters: list[Node]) -> dict[str, date | None]:
    """The date of each cluster: early, in one of the quarters, after the last month, or never.

    Dates lie in the first ten days of a quarter's first month, before the round's first visit, so
    that a round is wholly before or wholly after.
    """
    chance = options.chance("introduction")
    first = options.first_month(options.quarters[0])
    inside = [options.first_month(q) for q in options.quarters[1:]] or [first]
    late = shift_month(options.last_month, 2)
    waves: list[date | None] = [None, date(int(late[:4]), int(late[5:]), 2)]
    waves += [date(int(first[:4]) - 1, m, 1 + m) for m in (3, 6)]
    for month, day in zip(inside, _days(inside, chance), strict=True):
        waves.append(date(int(month[:4]), int(month[5:]), day))
    weights = np.array([0.14, 0.06, 0.08, 0.08] + [0.64 / len(inside)] * len(inside))
    share = np.cumsum(weights / weights.sum())
    order = chance.permutation(len(clusters))
    positions = (np.arange(len(clusters)) + 0.5) / len(clusters)
    picks = np.searchsorted(share, positions)
    return {clusters[c].code: waves[int(w)] for c, w in zip(order, picks, strict=True)}


def _days(months: list[str], chance: np.random.Generator) -> list[int]:
    return [int(d) for d in chance.integers(1, 11, size=len(months))]


def _branch(
    options: Options, chance: np.random.Generator, index: int, cluster: Node, number: int,
    introduced: date | None,
) -> Branch:  # fmt: skip
    sub = cluster.level == "支行"
    stem = cluster.name.removesuffix("支行") if sub else cluster.name
    kind = str(chance.choice(GROUPS, p=_GROUP_SHARES))
    mark = "(社区)" if kind == "社区网点" else ""
    return Branch(
        index=index,
        code=f"{cluster.code}{number:02d}",
        name=f"{stem}{_STREETS[(number - 1) % 10]}{'' if number <= 10 else number}网点{mark}",
        parent=cluster.code,
        city=cluster.parent if sub else cluster.code,
        group=kind,
        introduced=introduced,
        opened=date(2001, 1, 1) + timedelta(days=int(chance.integers(0, 6000))),
        weekend=bool(chance.random() < 0.35),
        head=f"负责人{index + 1:03d}号",
    )


def make_province(options: Options) -> Province:
    """The province of `options`: nodes top down, branches sorted by code."""
    chance = options.chance("province")
    clusters = _clusters(options)
    introduced = _introductions(options, clusters)
    sized = sorted(zip(clusters, _sizes(options, clusters), strict=True), key=lambda c: c[0].code)
    branches: list[Branch] = []
    for cluster, size in sized:
        for number in range(1, size + 1):
            branches.append(
                _branch(options, chance, len(branches), cluster, number, introduced[cluster.code])
            )
    cities = [
        Node(code, f"{CITIES[options.province][i]}分行", "二级分行", PROVINCES[options.province][0])
        for i, code in enumerate(_city_codes(options))
    ]
    top = Node(*PROVINCES[options.province], "省行", "")
    return Province((top, *cities, *(c for c, _ in sized)), tuple(branches))
