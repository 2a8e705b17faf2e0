"""What a plan could not do, each as a sentence that says why and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from audits.planning.model import Concern, Site
from audits.planning.reach import REASONS, Reach

_SHOWN = 10


def _some(codes: Sequence[str]) -> tuple[str, str]:
    more, more_en = ("…", ", …") if len(codes) > _SHOWN else ("", "")
    return "、".join(codes[:_SHOWN]) + more, ", ".join(codes[:_SHOWN]) + more_en


def below_minimum(sites: Sequence[Site], occasions: int, minimum: int) -> list[Concern]:
    """Fewer visits than branches × minimum."""
    need = minimum * len(sites)
    if occasions >= need:
        return []
    return [
        Concern(
            "below_minimum",
            f"{len(sites)} 个网点每个至少 {minimum} 次需要 {need} 次，本计划只有 {occasions} 次：按"
            "地区和类别抽取，其余网点本轮不暗访。请增加次数或降低最低次数。",
            f"{len(sites)} branches with {minimum} visits each need {need}; there are {occasions}. "
            "They are drawn over cities and classes, the other branches get none. Plan more visits "
            "or lower the minimum.",
        )
    ]


def capacity(reach: Reach, wanted: int) -> list[Concern]:
    """More visits than the shoppers together can make."""
    most = int(reach.capacity.sum())
    if wanted <= most:
        return []
    return [
        Concern(
            "capacity",
            f"需要 {wanted} 次，暗访员合计最多 {most} 次，缺 {wanted - most} 次。"
            "请增加暗访员、提高每轮上限或放宽可用日期。",
            f"{wanted} visits are wanted; the shoppers together can make {most}, "
            f"{wanted - most} too few. Add shoppers, raise their limits or widen their days.",
        )
    ]


# Why visits are left out: whoever may go is nobody, or too few, or full. Slots: n branches, their
# codes, why pairs are barred, lost visits.
_UNMET = {
    "nobody": (
        "{n} 个网点没有任何暗访员可以去（{why}）：{codes}。请增加暗访员。",
        "No shopper may go to {n} branches ({why}): {codes}. Add shoppers.",
    ),
    "too_few": (
        (
            "{n} 个网点可派的暗访员少于应去次数（同一人一年内不去第二次；{why}）：{codes}。"
            "请增加暗访员或减少次数。"
        ),
        (
            "For {n} branches fewer shoppers may go than visits are due (nobody goes twice within "
            "a year; {why}): {codes}. Add shoppers or plan fewer visits."
        ),
    ),
    "full": (
        (
            "可派的暗访员名额已满，{n} 个网点共少 {lost} 次：{codes}。"
            "请提高每轮上限或增加可去这些网点的暗访员。"
        ),
        (
            "The shoppers who may go are full: {lost} visits of {n} branches are left out: "
            "{codes}. Raise limits, or add shoppers who may go there."
        ),
    ),
}


def unmet(
    sites: Sequence[Site], reach: Reach, demand: np.ndarray, short: np.ndarray
) -> list[Concern]:
    """Visits that nobody can make, by why: nobody may go there, or those who may are full."""
    able = reach.allowed.sum(axis=1)
    reason = np.select([able == 0, able < demand], ["nobody", "too_few"], "full")
    found = []
    for id, texts in _UNMET.items():
        rows = np.flatnonzero((short > 0) & (reason == id)).tolist()
        if rows:
            codes = tuple(sites[i].code for i in rows)
            lost = int(short[rows].sum())
            slots = zip(_why(reach, rows), _some(codes), strict=True)
            said = [
                text.format(n=len(rows), lost=lost, why=why, codes=some)
                for text, (why, some) in zip(texts, slots, strict=True)
            ]
            found.append(Concern(id, said[0], said[1], codes))
    return found


def _why(reach: Reach, rows: Sequence[int]) -> tuple[str, str]:
    """How many pairs each reason bars, most first."""
    counted = Counter(int(r) for r in reach.barred[rows].ravel() if r)
    order = sorted(counted, key=lambda r: (-counted[r], r))
    return (
        "，".join(f"{REASONS[r][0]} {counted[r]} 对" for r in order),
        ", ".join(f"{REASONS[r][1]}: {counted[r]} pairs" for r in order),
    )


def too_many(wanted: int, planned: int) -> list[Concern]:
    """Visits left over when every branch has all the shoppers it may have."""
    if planned >= wanted:
        return []
    return [
        Concern(
            "too_many",
            f"要求 {wanted} 次，受“同一人一年内不去第二次”和回避限制，"
            f"最多只能安排 {planned} 次（名额不足的另计）。请增加暗访员或减少次数。",
            f"{wanted} visits were asked for; with nobody going twice within a year and the barred "
            f"pairs, at most {planned} can be placed, less those for which shoppers are full. Add "
            "shoppers or plan fewer visits.",
        )
    ]


def no_day(codes: Sequence[str]) -> list[Concern]:
    """Visits whose shopper has no half-day left on which the branch is open."""
    if not codes:
        return []
    zh, en = _some(sorted(codes))
    return [
        Concern(
            "no_day",
            f"{len(codes)} 次暗访找不到合适的日期（所派暗访员其余时间与网点营业日不合）：{zh}。"
            "请放宽这些暗访员的可用日期。",
            f"No day was found for {len(codes)} visits (what the shopper has left does not meet "
            f"the branch's business days): {en}. Widen the shoppers' days.",
            tuple(sorted(codes)),
        )
    ]


def pairs(wanted: int, made: int) -> list[Concern]:
    """Fewer paired visits than the share asked for."""
    if made >= wanted:
        return []
    return [
        Concern(
            "pairs",
            f"应有 {wanted} 对双人暗访，只安排出 {made} 对：次数不够，或没有两人共同的日期。"
            "双人暗访太少时，无法估计评分的一致性。",
            f"{wanted} paired visits are due, {made} could be placed: too few visits, or no day "
            "common to two shoppers. With too few pairs agreement cannot be estimated.",
        )
    ]


def islands(count: int, with_history: int) -> list[Concern]:
    """The graph falls apart: severity cannot be told from quality between its parts."""
    if count <= 1:
        return []
    held, held_en = (
        ("连同上一年的暗访则连成一片。", "Together with last year's visits it holds together.")
        if with_history == 1
        else (
            f"连同上一年的暗访仍分成 {with_history} 片。",
            f"With last year's visits there are still {with_history}.",
        )
    )
    return [
        Concern(
            "islands",
            f"网点与暗访员的关系图分成互不相连的 {count} 片：各片之间无法区分是暗访员偏严还是"
            f"网点较差。{held}请增加双人暗访或让部分暗访员跨地区。",
            f"The graph of branches and shoppers falls into {count} islands: between them a severe "
            f"shopper cannot be told from a poor branch. {held_en} Plan more paired visits, or let "
            "some shoppers go to other cities.",
        )
    ]


def counted(concerns: Sequence[Concern]) -> Mapping[str, int]:
    """Concerns by kind."""
    return Counter(c.kind for c in concerns)
