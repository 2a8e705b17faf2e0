"""What a plan is made from: register, list of shoppers, visits of the year before, open ranks."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from audits.planning.model import Concern, Shopper, Site
from pipeline.folders import DataFolder
from pipeline.periods import business_days, days_of, last_month, months_of
from pipeline.planning.availability import free_half_days
from pipeline.publication import Publication, published
from pipeline.warehouse.store import Warehouse

FIRST_K = 10  # where only an interval is known: a decision is open if the place may be among these
_DECIDED = 0.05  # 确定 from 1 − this, 不可能 up to this (statistics: probability of the first k)
_CITY_LEVELS = ("二级分行", "省行直管机构")
_FEWEST = 3  # degrees of freedom that a stratum's own spread needs


@dataclass(frozen=True)
class Material:
    """What the plan is made of; `told`: what of the lists could not be used."""

    sites: list[Site]
    shoppers: list[Shopper]
    visited: frozenset[tuple[str, str]]
    names: Mapping[str, str]
    rank_of: str | None  # the publication whose ranks were used
    told: list[Concern]


def material(
    folder: DataFolder,
    warehouse: Warehouse,
    office: sqlite3.Connection,
    period: str,
    list_sha256: str,
) -> Material:
    """Everything for the plan of `period`; shoppers are the rows of the list with this SHA-256."""
    register = warehouse.live("branch")
    first = days_of(months_of(period)[0])[0]
    ranks = _newest_ranks(folder, period)
    sites = _sites(register, period, first, ranks)
    people = _people(office, list_sha256)
    shoppers, told = _shoppers(people, register, sites, period)
    outlets = register.filter(pl.col("level") == "网点")
    return Material(
        sites=sites,
        shoppers=shoppers,
        visited=_visited(warehouse, first),
        names=dict(outlets.select("branch_code", "branch_name").iter_rows()),
        rank_of=ranks.path.name if ranks else None,
        told=told,
    )


def _newest_ranks(folder: DataFolder, period: str) -> Publication | None:
    """The newest publication of a period that is over before `period` begins."""
    begins = months_of(period)[0]
    over = [p for p in published(folder) if last_month(p.period) < begins]
    # of one end the longer period holds more visits
    order = {p.path: (last_month(p.period), len(months_of(p.period)), p.revision) for p in over}
    return max(over, key=lambda p: order[p.path], default=None)


def _sites(
    register: pl.DataFrame, period: str, first: date, ranks: Publication | None
) -> list[Site]:
    parents = dict(register.select("branch_code", "parent_code").iter_rows())
    levels = dict(register.select("branch_code", "level").iter_rows())
    opens, spreads = _open_ranks(ranks), _spreads(ranks, register, parents, levels, first)
    found = []
    for row in register.filter(pl.col("level") == "网点").iter_rows(named=True):
        code = row["branch_code"]
        days = [
            d
            for month in months_of(period)
            for d in business_days(month, bool(row["weekend"]))
            if (row["opened"] is None or row["opened"] <= d)
            and (row["closed"] is None or d < row["closed"])
        ]
        city = _city(code, parents, levels)
        stratum = (city, row["peer_group"] or "", _introduced(row, first))
        found.append(
            Site(
                code=code,
                city=city,
                group=stratum[1],
                introduced=stratum[2],
                days=tuple(days),
                district=_district(row),
                open=opens.get(code, 1.0),
                spread=spreads.get(stratum),
            )
        )
    return found


def _introduced(row: Mapping[str, Any], first: date) -> bool:
    return row["introduced"] is not None and row["introduced"] <= first


def _district(row: Mapping[str, Any]) -> str:
    """The district; where the register does not say, the sub-branch stands for it."""
    return str(row.get("district") or row["parent_code"] or "")


def _city(code: str, parents: Mapping[str, str | None], levels: Mapping[str, str]) -> str:
    at: str | None = code
    for _ in range(len(parents)):
        at = parents.get(at or "")
        if at is None or levels.get(at) in _CITY_LEVELS:
            return at or ""
    return ""


def _open_ranks(ranks: Publication | None) -> dict[str, float]:
    """How open each branch's rank is, 0–1; a branch that is not in it has no rank yet: open."""
    if ranks is None:
        return {}
    rows = ranks.table("rank").filter(
        (pl.col("peer_group") == "all") & (pl.col("period") == ranks.period)
    )
    wanted = rows.select("scope", "p_first_k", "low", "high").iter_rows()
    return {scope: _openness(p, low, high) for scope, p, low, high in wanted}


def _openness(p: float | None, low: float | None, high: float | None) -> float:
    if p is not None:
        return 4 * p * (1 - p) if _DECIDED < p < 1 - _DECIDED else 0.0
    if low is not None and high is not None:
        return 1.0 if low <= FIRST_K <= high else 0.0
    return 1.0


def _spreads(
    ranks: Publication | None,
    register: pl.DataFrame,
    parents: Mapping[str, str | None],
    levels: Mapping[str, str],
    first: date,
) -> dict[tuple[str, str, bool], float]:
    """Pooled standard deviation of a visit within branches, by stratum, from scored visits."""
    if ranks is None:
        return {}
    of: dict[str, tuple[str, str, bool]] = {
        row["branch_code"]: (
            _city(row["branch_code"], parents, levels),
            row["peer_group"] or "",
            _introduced(row, first),
        )
        for row in register.iter_rows(named=True)
    }
    score = pl.col("score_before_veto")
    own = (
        ranks.table("visit_score")
        .filter((pl.col("status") == "ok") & score.is_not_null() & pl.col("scope").is_in(list(of)))
        .group_by("scope", "edition")
        .agg(squares=(score - score.mean()).pow(2).sum(), free=pl.len() - 1)
    )
    sums: dict[tuple[str, str, bool], tuple[float, int]] = {}
    for scope, squares, free in own.sort("scope", "edition").select(
        "scope", "squares", "free"
    ).iter_rows():  # fmt: skip
        had = sums.get(of[scope], (0.0, 0))
        sums[of[scope]] = (had[0] + squares, had[1] + free)
    return {s: (q / n) ** 0.5 for s, (q, n) in sums.items() if n >= _FEWEST}


def _visited(warehouse: Warehouse, first: date) -> frozenset[tuple[str, str]]:
    """(shopper, branch) of the year before: visits made, and planned ones not called off."""
    since = date(first.year - 1, first.month, 1)
    visit = warehouse.live("visit").select("shopper_id", "branch_code", day="visit_date")
    plan = warehouse.live("planned_visit")
    plan = plan.filter(pl.col("outcome").ne_missing("未完成"))
    plan = plan.select("shopper_id", "branch_code", day="planned_date")
    both = pl.concat([visit, plan], how="vertical_relaxed").drop_nulls()
    rows = both.filter((pl.col("day") >= since) & (pl.col("day") < first))
    return frozenset(rows.select("shopper_id", "branch_code").unique().iter_rows())


def _people(office: sqlite3.Connection, sha256: str) -> list[dict[str, Any]]:
    """The rows of this list, of each shopper the last."""
    exists = "SELECT 1 FROM sqlite_master WHERE name = 'shopper'"
    if office.execute(exists).fetchone() is None:
        return []
    rows = office.execute(
        "SELECT * FROM shopper WHERE substr(upload_id, 1, 64) = ? ORDER BY seq, row", (sha256,)
    )
    return list({row["shopper_id"]: dict(row) for row in rows}.values())


def _shoppers(
    people: Sequence[Mapping[str, Any]], register: pl.DataFrame, sites: Sequence[Site], period: str
) -> tuple[list[Shopper], list[Concern]]:
    by_code = {s.code: s for s in sites}
    known = {s.district for s in sites if s.district}
    days = [d for month in months_of(period) for d in days_of(month)]
    found, unread, homeless, lost = [], [], [], []
    for person in people:
        free = free_half_days(person.get("available"), days)
        if free is None:
            unread.append(person["shopper_id"])
            continue
        own = by_code.get(person.get("home_branch") or "")
        if person.get("home_branch") and own is None:
            lost.append(person["shopper_id"])
        lives = (person.get("district") or "").strip()
        if lives and lives not in known:
            homeless.append(person["shopper_id"])
        barred = {lives, own.district if own else ""} - {""}
        city = own.city if own else next((s.city for s in sites if s.district == lives), "")
        found.append(
            Shopper(
                id=person["shopper_id"],
                free=free,
                own_branch=person.get("home_branch") or "",
                districts=frozenset(barred),
                city=city,
                maximum=person.get("maximum_visits"),
            )
        )
    return found, _list_concerns(unread, homeless, lost)


def _list_concerns(
    unread: Sequence[str], homeless: Sequence[str], lost: Sequence[str]
) -> list[Concern]:
    """What could not be used of the list, by numbers: who it is stays in the list."""
    told = []
    if unread:
        told.append(
            Concern(
                "days_unread",
                f"{len(unread)} 名暗访员的“可用日期”看不懂，未安排。请写成“2026-10-01 至 "
                "2026-10-20；周一、周三”的样式；每天都行的留空。",
                f"The available days of {len(unread)} shoppers are not understood; they were "
                "not planned. Write 2026-10-01 至 2026-10-20；周一、周三 or leave it blank.",
            )
        )
    if homeless:
        told.append(
            Concern(
                "district_unknown",
                f"{len(homeless)} 名暗访员的“居住区县”在机构台账的“所在区县”中找不到，无法按居住地"
                "回避。请统一两处写法。",
                f"The districts of {len(homeless)} shoppers are not among the register's, so they "
                "cannot be kept out of their own. Write both alike (所在区县, 居住区县).",
            )
        )
    if lost:
        told.append(
            Concern(
                "home_unknown",
                f"{len(lost)} 名暗访员的“所属网点”不在机构台账中，无法回避本网点所在区县。"
                "请核对代码。",
                f"The own branches of {len(lost)} shoppers are not in the register, so their "
                "districts cannot be avoided. Check the codes.",
            )
        )
    return told
