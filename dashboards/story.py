"""A period in five sentences: rules with thresholds, no figure without its place of origin.

Pure: plain figures in, sentences out. What is fetched for them is in `views/overview.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboards.formats import exact, written
from dashboards.words import Words
from pipeline.periods import label
from pipeline.reports.saying import rare_words

# So improbable that chance alone gives so many, a list is called longer than chance makes it.
UNLIKELY = 0.05


@dataclass(frozen=True)
class Opens:
    """Where a figure comes from: a value (`metric` of `scope`) or a page by its id."""

    label: str
    page: str = ""
    metric: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Said:
    """One sentence, its subject (`topic` names the icon), and what it opens."""

    topic: str
    text: str
    opens: tuple[Opens, ...] = ()


@dataclass(frozen=True)
class Level:
    """One value. `moved`: how it compares with the period before, in the words of the circular;
    `signal`: whether the control chart of its series has one, which is no verdict on that."""

    value: float | None
    period: str
    moved: str = ""
    signal: bool = False


@dataclass(frozen=True)
class Places:
    """How the branches of a scope are told apart."""

    branches: int
    above: int = 0
    average: int = 0
    below: int = 0
    unranked: int = 0


@dataclass(frozen=True)
class Losses:
    """What lost most. `item` is empty for who may not see items."""

    step: str = ""
    step_value: float | None = None
    item: str = ""
    share: float = 0.0
    branches: int = 0


@dataclass(frozen=True)
class Found:
    """How many of a list there are, and how many chance alone would put on it."""

    count: int = 0
    chance: float = 0.0


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody; None is what the viewer does not see."""

    reports: int | None = None
    actions: int | None = None
    overdue: int | None = None
    to_check: int | None = None
    appeals: int | None = None
    confirmed: tuple[int, int] | None = None
    until: str = ""
    register: dict[str, int] | None = None  # at the end of the period, as the circular counts


def more_than_chance(found: Found) -> bool:
    """Whether so many or more are less than UNLIKELY to come by chance (Poisson tail)."""
    if found.count == 0:
        return False
    term = total = math.exp(-found.chance)
    for k in range(1, found.count):
        term *= found.chance / k
        total += term
    return 1 - total < UNLIKELY


def level(words: Words, now: Level) -> str:
    """How high adherence is, against the period before, and whether the change means anything."""
    if now.value is None:
        return words("overview.no_level", period=label(now.period, words.lang))
    said = words(
        "overview.level",
        period=label(now.period, words.lang),
        value=written(words, now.value, "%"),
        moved=now.moved,
    )
    return words.joined([said, words("overview.signal")]) if now.signal else said


def places(words: Words, found: Places) -> str:
    """How many branches can be told from the average at all."""
    if found.above + found.average + found.below == 0:
        return words("overview.no_places", branches=found.branches)
    slots = {"branches": found.branches, "above": found.above, "below": found.below}
    said = words("overview.places", average=found.average, **slots)
    return said + (words("overview.unranked", count=found.unranked) if found.unranked else "")


def losses(words: Words, found: Losses) -> str:
    """The weakest step, and the item that lost most."""
    said = []
    if found.step_value is not None:
        value = written(words, found.step_value, "%")
        said.append(words("overview.step", step=found.step, value=value))
    if found.item:
        share = f"{100 * found.share:.0f}%"
        slots = {"item": found.item, "share": share, "branches": found.branches}
        said.append(words("overview.item", **slots))
    return words.joined(said) or words("overview.no_losses")


def changes(words: Words, worse: Found, warned: Found) -> str:
    """What moved for the worse, and whether that is more than chance makes."""
    said = [
        words("overview.signals", found=worse.count, chance=rare_words(worse.chance)),
        words("overview.warned", found=warned.count, chance=rare_words(warned.chance)),
    ]
    more = more_than_chance(worse) or more_than_chance(warned)
    said.append(words("overview.more" if more else "overview.not_more"))
    return words.joined(said)


def waiting(words: Words, found: Waiting) -> str:
    """What is due, of what the viewer sees; what there is none of is not counted out."""
    said = []
    if found.confirmed and found.until:
        done, every = found.confirmed
        said.append(words("overview.check", until=found.until, done=done, all=every))
    if found.reports:
        said.append(words("overview.reports", count=found.reports))
    if found.actions:
        slots = {"count": found.actions, "overdue": found.overdue, "check": found.to_check}
        said.append(words("overview.actions", **slots))
    if found.register and (found.register["due"] or found.register["open"]):
        said.append(words("overview.register", **found.register))
    if found.appeals:
        said.append(words("overview.appeals", count=found.appeals))
    return words.joined(said) or words("overview.nothing_due")


@dataclass(frozen=True)
class Branch:
    """Where one branch stands. `tier` in words; empty without one. `of`: how many are ranked."""

    visits: int
    of: int = 0
    low: int | None = None
    high: int | None = None
    tier: str = ""
    why_not: str = ""  # a sentence, where there is no interval
    since: str = ""  # from which month on visits were counted


def visits_since(words: Words, count: int, since: str | None) -> str:
    """How many visits, and from when on: a page has counts of other times as well."""
    if not since:
        return words("visits.counted", count=count)
    return words("visits.since", count=count, since=label(since, words.lang))


def standing(words: Words, own: Branch) -> str:
    """Interval and tier, in words."""
    if own.low is None or own.high is None:
        return own.why_not
    visits = visits_since(words, own.visits, own.since)
    slots = {"of": own.of, "low": own.low, "high": own.high}
    return words("overview.standing", tier=own.tier, visits=visits, **slots)


def own_changes(words: Words, found: list[str], looked_at: int, status: str) -> str:
    """What changed at one branch beyond chance: the sentences of its signals, and its adoption."""
    said = list(found[:2])
    if len(found) > 2:
        said.append(words("overview.more_signals", count=len(found) - 2))
    if not found:
        said.append(words("overview.quiet" if looked_at else "overview.too_short"))
    return words.joined([*said, status])


def own_losses(words: Words, item: str, lost: float, share: float, step: str) -> str:
    """What lost most at one branch."""
    if not item:
        return words("overview.own_nothing_lost")
    slots = {"item": item, "lost": exact(lost), "share": f"{100 * share:.0f}%"}
    said = words("overview.own_lost", **slots)
    return words.joined([said, step])


def own_waiting(words: Words, *, until: str, confirmed: bool, actions: int, overdue: int,
                due: str, appeals: int) -> str:  # fmt: skip
    """What is due at one branch."""
    said = []
    if until:
        said.append(
            words("overview.confirmed" if confirmed else "overview.to_confirm", until=until)
        )
    if actions:
        key = "overview.own_overdue" if overdue else "overview.own_actions"
        said.append(words(key, count=actions, overdue=overdue, due=due))
    if appeals:
        said.append(words("overview.own_appeals", count=appeals))
    return words.joined(said) or words("overview.nothing_due")


def own_plan(words: Words, *, item: str, worth: float, post: str, next_tier: str) -> str:
    """What a branch can do first."""
    if not item:
        return next_tier or words("overview.keep")
    said = words("overview.plan", item=item, worth=exact(worth), post=post)
    return words.joined([said, next_tier])


ICONS: dict[str, str] = {
    "level": ":material/speed:",
    "standing": ":material/leaderboard:",
    "lost": ":material/trending_down:",
    "changed": ":material/monitor_heart:",
    "due": ":material/event:",
    "plan": ":material/checklist:",
}
