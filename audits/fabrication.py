"""Signals that a visit was not made (疑似未实地暗访), each with its reason in words.

A signal asks a person to look; it never decides. Of one shopper five things are looked at: same
answer vector, copied comments, too short a stay, scores without any spread, impossible travel.
Each is held against the *other* shoppers of the same time and has a p-value; all p-values of a
time are adjusted together (Holm), so that with honest shoppers only, one false accusation is
expected in a hundred looks. A floor of size stands beside each p-value: a small oddity is none,
however many visits make it significant.

`visits` [visit_id, branch_code, parent, city, edition, visit_date, time_in, time_out, shopper,
score]; `answers` [visit_id, encounter, item_id, answer, full, reason], answered places only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any

import numpy as np
import polars as pl
import scipy  # its parts are loaded when they are used: statistics take most of a second

from audits.calibration import holm
from audits.likeness import Likeness, chances, matrix, pairs_of

ALPHA = 0.01  # false accusations per look at one time, over all shoppers and signals
SAME_SHARE, SAME_PLACES = 0.97, 30  # equal answers, of so many places that both saw
COPIED_SHARE, COPIED_LEAST, COPIED_BRANCHES = 0.8, 8, 3
SHORT_SHARE = 0.5  # of the others' usual stay
SPREAD_SHARE, SPREAD_VISITS = 0.25, 5
# Minutes from door to door, from the tree: same sub-branch, same city, another city.
TRAVEL = (5, 15, 45)
SIGNALS: dict[str, tuple[str, str]] = {
    "same_answers": ("答案雷同", "same answers"),
    "copied_comments": ("评语雷同", "copied comments"),
    "short_stay": ("停留过短", "too short a stay"),
    "no_spread": ("得分无差异", "scores without spread"),
    "travel": ("行程不可能", "impossible travel"),
}


@dataclass(frozen=True)
class Hit:
    """One signal about one visit. `adjusted`: p among all looks of the time."""

    visit_id: str
    signal: str
    shopper: str
    p: float
    adjusted: float
    zh: str
    en: str


@dataclass(frozen=True)
class _Look:
    """One shopper, one signal: its p-value, and what is to be said of which visits."""

    shopper: str
    signal: str
    p: float
    told: tuple[tuple[str, str, str], ...]  # visit_id, 中文, English


def hits(visits: pl.DataFrame, answers: pl.DataFrame) -> list[Hit]:
    """Every visit that somebody should look at, with the reasons; sorted by visit and signal."""
    known = visits.filter(pl.col("shopper").is_not_null()).sort("visit_id")
    looks = [
        look
        for (_,), part in sorted(known.group_by("edition"), key=lambda g: str(g[0]))
        for look in (*_same_answers(part, answers), *_short(part), *_spread(part))
    ]
    looks += [*_copied(known, answers), *_travel(known)]
    adjusted = holm([look.p for look in looks])
    found = [
        Hit(visit, look.signal, look.shopper, look.p, a, zh, en)
        for look, a in zip(looks, adjusted, strict=True)
        # Two visits at once cannot both be right: asked about without proof, as a slip in a time.
        if a < ALPHA or look.signal == "travel"
        for visit, zh, en in look.told
    ]
    order = list(SIGNALS)
    return sorted(found, key=lambda h: (h.visit_id, order.index(h.signal), h.zh))


def _shoppers(part: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Each shopper with the own rows, by name."""
    parts = part.partition_by("shopper", as_dict=True, maintain_order=True)
    return sorted(((str(s), own) for (s,), own in parts.items()), key=lambda p: p[0])


# --- same answers --------------------------------------------------------------------------------


def _same_answers(part: pl.DataFrame, answers: pl.DataFrame) -> Iterator[_Look]:
    """Pairs of a shopper's visits to different branches that agree far beyond their two scores.

    Expected are the equal answers of two honest visits with these two shares of full answers and
    these items' shares (logits added). Two looks, the smaller p doubled: the one pair most alike
    (normal tail, times the pairs), and the mean over all pairs against the other shoppers' means.
    """
    ids, values, full = matrix(part, answers)
    if len(ids) < 4:
        return
    chance = chances(full)
    row = {visit: at for at, visit in enumerate(ids)}
    told_of = part.select("visit_id", "branch_code", "visit_date").to_dicts()
    about = {r["visit_id"]: r for r in told_of}
    tried = {}
    for shopper, own in _shoppers(part):
        mine = [row[v] for v in own["visit_id"] if v in row]
        likened = pairs_of([ids[at] for at in mine], values[mine], chance[mine])
        tried[shopper] = [
            p for p in likened
            if p.shared >= SAME_PLACES
            and about[p.first]["branch_code"] != about[p.second]["branch_code"]
        ]  # fmt: skip
    means = {s: float(np.mean([p.z for p in pairs])) for s, pairs in tried.items() if pairs}
    for shopper, pairs in tried.items():
        twins = [p for p in pairs if p.equal >= SAME_SHARE * p.shared]
        found = [1.0]
        if twins:
            found.append(len(pairs) * float(scipy.stats.norm.sf(max(p.z for p in twins))))
        if 2 * len(twins) >= len(pairs) > 0:
            found.append(_apart(means, shopper, len(pairs)))
        told = tuple(_twin_told(about, one, pair) for one, pair in _nearest(twins))
        yield _Look(shopper, "same_answers", min(1.0, 2 * min(found)), told)


def _apart(means: dict[str, float], shopper: str, pairs: int) -> float:
    """How far a shopper's mean lies above the other shoppers': normal tail; 1 with few of them."""
    others = np.array([m for s, m in means.items() if s != shopper])
    if len(others) < 3:
        return 1.0
    spread = max(_robust(others), pairs**-0.5)
    return float(scipy.stats.norm.sf((means[shopper] - float(np.median(others))) / spread))


def _nearest(twins: list[Likeness]) -> list[tuple[str, Likeness]]:
    """For each visit with a twin the most alike one."""
    best: dict[str, Likeness] = {}
    for pair in sorted(twins, key=lambda p: (-p.z, p.first, p.second)):
        best.setdefault(pair.first, pair)
        best.setdefault(pair.second, pair)
    return sorted(best.items(), key=lambda b: b[0])


def _twin_told(
    about: dict[str, dict[str, Any]], visit: str, pair: Likeness
) -> tuple[str, str, str]:
    twin = about[pair.second if visit == pair.first else pair.first]
    where, on, chance = twin["branch_code"], twin["visit_date"], round(pair.expected)
    return (
        visit,
        (
            f"与同一人另一次暗访（{where}，{on}）的检查结果 {pair.shared} 项中 "
            f"{pair.equal} 项相同，按两次的得分，偶然相同的约为 {chance} 项。"
        ),
        (
            f"{pair.equal} of {pair.shared} answers equal those of another visit by the same "
            f"person ({where}, {on}); about {chance} would by chance, given the two scores."
        ),
    )


# --- copied comments -----------------------------------------------------------------------------


def _copied(visits: pl.DataFrame, answers: pl.DataFrame) -> Iterator[_Look]:
    """One text for nearly everything, in many branches, where other shoppers vary theirs.

    p: binomial, with the chance that two comments of one *other* shopper are the same text.
    """
    plain = pl.col("reason").str.normalize("NFKC").str.replace_all(r"[\s\p{P}]", "")
    texts = (
        answers.filter(pl.col("reason").is_not_null())
        .with_columns(text=plain)
        .filter(pl.col("text") != "")
        .join(visits.select("visit_id", "branch_code", "shopper"), on="visit_id")
    )
    alike = {s: _repeats(own) for s, own in _shoppers(texts)}
    for shopper, own in _shoppers(texts):
        others = [a for s, a in alike.items() if s != shopper and a is not None]
        top = own.group_by("text").len().sort("len", "text", descending=[True, False]).row(0)
        said = own.filter(pl.col("text") == top[0])
        if not others or own.height < 2:
            continue
        p = float(scipy.stats.binom.sf(top[1] - 2, own.height - 1, float(np.mean(others))))
        p = min(1.0, p * own["text"].n_unique())
        big = (
            top[1] >= max(COPIED_LEAST, COPIED_SHARE * own.height)
            and said["branch_code"].n_unique() >= COPIED_BRANCHES
        )
        yield _Look(shopper, "copied_comments", p if big else 1.0, tuple(_copied_told(own, said)))


def _repeats(own: pl.DataFrame) -> float | None:
    """Chance that two comments of one shopper are the same text."""
    n = own.height
    if n < 2:
        return None
    counts = own.group_by("text").len()["len"].to_numpy()
    return float((counts * (counts - 1)).sum() / (n * (n - 1)))


def _copied_told(own: pl.DataFrame, said: pl.DataFrame) -> Iterator[tuple[str, str, str]]:
    words, branches = said["reason"][0], said["branch_code"].n_unique()
    for (visit,), part in said.group_by("visit_id"):
        yield (
            str(visit),
            (
                f"本次 {part.height} 处评语同为“{words}”；同一人 {own.height} 处评语中 "
                f"{said.height} 处用这一句，涉及 {branches} 个网点。"
            ),
            (
                f"{part.height} comments of this visit are the same sentence ({words}); so are "
                f"{said.height} of {own.height} comments by the same person, in {branches} "
                "branches."
            ),
        )


# --- stay and spread -----------------------------------------------------------------------------


def _minutes(at: time | None) -> float:
    return float("nan") if at is None else at.hour * 60 + at.minute + at.second / 60


def _stay(part: pl.DataFrame) -> np.ndarray:
    """Minutes between coming and going; NaN where one is not known."""
    pairs = zip(part["time_in"], part["time_out"], strict=True)
    return np.array([_minutes(out) - _minutes(came) for came, out in pairs], dtype=float)


def _short(part: pl.DataFrame) -> Iterator[_Look]:
    """A mean stay far below the other shoppers'; how much they differ themselves counts."""
    stays = {s: _stay(own) for s, own in _shoppers(part)}
    stays = {s: v[~np.isnan(v)] for s, v in stays.items()}
    for shopper, own in _shoppers(part):
        mine = stays[shopper]
        others = [v for s, v in stays.items() if s != shopper and len(v)]
        if not len(mine) or len(others) < 3:
            continue
        usual = float(np.median(np.concatenate(others)))
        within = max(_robust(np.concatenate(others)), 5.0)
        between = max(0.0, _robust(np.array([v.mean() for v in others])) ** 2)
        z = (mine.mean() - usual) / np.sqrt(within**2 / len(mine) + between)
        short = mine.mean() < SHORT_SHARE * usual
        p = float(scipy.stats.norm.cdf(z)) if short else 1.0
        yield _Look(shopper, "short_stay", p, tuple(_short_told(own, usual)))


def _robust(values: np.ndarray) -> float:
    """Standard deviation from the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _short_told(own: pl.DataFrame, usual: float) -> Iterator[tuple[str, str, str]]:
    for visit, minutes in zip(own["visit_id"], _stay(own), strict=True):
        if minutes < SHORT_SHARE * usual:
            yield (
                visit,
                f"在网点内只停留 {minutes:.0f} 分钟，其他暗访员一般为 {usual:.0f} 分钟。",
                (
                    f"Only {minutes:.0f} minutes in the branch; other shoppers usually stay "
                    f"{usual:.0f}."
                ),
            )


def _spread(part: pl.DataFrame) -> Iterator[_Look]:
    """A shopper's scores hardly differ between branches, the others' do: F test, lower tail."""
    scored = part.filter(pl.col("score").is_not_null())
    scores = scored["score"].cast(pl.Float64).to_numpy()
    whose = scored["shopper"].to_numpy()
    for shopper, own in _shoppers(scored):
        mine, theirs = scores[whose == shopper], scores[whose != shopper]
        if len(mine) < SPREAD_VISITS or len(theirs) < 3 * SPREAD_VISITS:
            continue
        # The lesser of two measures: a few odd visits of others must not make mine look alike.
        usual = max(min(float(theirs.std(ddof=1)), _robust(theirs)), 1e-6)
        ratio = float(mine.var(ddof=1)) / usual**2
        small = np.sqrt(ratio) < SPREAD_SHARE
        p = float(scipy.stats.f.cdf(ratio, len(mine) - 1, len(theirs) - 1)) if small else 1.0
        low, high = mine.min(), mine.max()
        zh = (
            f"同一人 {len(mine)} 次暗访的得分都在 {low:.1f}—{high:.1f} 之间（标准差 "
            f"{mine.std(ddof=1):.1f} 分），其他暗访员的标准差为 {usual:.1f} 分。"
        )
        en = (
            f"All {len(mine)} scores by the same person lie between {low:.1f} and {high:.1f} "
            f"(standard deviation {mine.std(ddof=1):.1f}; the other shoppers' "
            f"{usual:.1f})."
        )
        yield _Look(shopper, "no_spread", p, tuple((v, zh, en) for v in own["visit_id"]))


# --- travel --------------------------------------------------------------------------------------


def _travel(visits: pl.DataFrame) -> Iterator[_Look]:
    """Two visits of one day with less time between them than the way takes.

    p: as many slips in times as the other shoppers show (Poisson, half a slip added).
    """
    found = {s: (_impossible(own), own.height) for s, own in _shoppers(visits)}
    for shopper, (clashes, _) in found.items():
        slips = sum(len(c) for s, (c, _) in found.items() if s != shopper) + 0.5
        rate = slips / max(sum(n for s, (_, n) in found.items() if s != shopper), 1)
        p = (
            float(scipy.stats.poisson.sf(len(clashes) - 1, found[shopper][1] * rate))
            if clashes
            else 1.0
        )
        told = tuple(t for a, b, gap, way in clashes for t in _travel_told(a, b, gap, way))
        yield _Look(shopper, "travel", min(p, 1.0), told)


def _impossible(own: pl.DataFrame) -> list[tuple[dict[str, Any], dict[str, Any], float, int]]:
    """Successive visits of a day: both, minutes between going and coming, minutes of the way."""
    rows = own.drop_nulls(["visit_date", "time_in", "time_out"]).sort("visit_date", "time_in")
    found, before = [], None
    for row in rows.iter_rows(named=True):
        if before is not None and before["visit_date"] == row["visit_date"]:
            gap, way = _minutes(row["time_in"]) - _minutes(before["time_out"]), _way(before, row)
            if gap < way:
                found.append((before, row, gap, way))
        before = row
    return found


def _way(a: dict[str, Any], b: dict[str, Any]) -> int:
    """Least minutes between two branches."""
    if a["branch_code"] == b["branch_code"]:
        return 0
    near = (a["parent"] == b["parent"], a["city"] == b["city"])
    return TRAVEL[0] if near[0] else TRAVEL[1] if near[1] else TRAVEL[2]


def _travel_told(
    a: dict[str, Any], b: dict[str, Any], gap: float, way: int
) -> Iterator[tuple[str, str, str]]:
    for one, other in ((a, b), (b, a)):
        yield (
            one["visit_id"],
            (
                f"同一人当日另一次暗访在 {other['branch_code']}（{other['time_in']:%H:%M}—"
                f"{other['time_out']:%H:%M}），两次间隔 {gap:.0f} 分钟，路上至少要 {way} 分钟；"
                "不是时间填错，就是有一次没有到场。"
            ),
            (
                f"The same person visited {other['branch_code']} that day "
                f"({other['time_in']:%H:%M}-{other['time_out']:%H:%M}): {gap:.0f} minutes between, "
                f"the way takes at least {way}. Either a time is wrong or one visit was not made."
            ),
        )
