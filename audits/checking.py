"""The check period (核对期, domain §6): preview → branches confirm or appeal → formal.

A preview opens it; while it lasts, branches confirm their figures or appeal an item; formal
publication waits for its end unless the head decides otherwise on record. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from audits.procedure import (
    Actor,
    Calendar,
    Refused,
    known_event,
    last_day,
    refuse_role,
    refuse_silence,
)

EVENTS: dict[str, tuple[str, str]] = {
    "open": ("预发布", "publish a preview"),
    "confirm": ("确认核对无误", "confirm the figures"),
    "waive": ("提前正式通报", "publish formally before the check period ends"),
}
WHO: dict[str, tuple[str, ...]] = {
    "open": ("office", "head"),
    "confirm": ("branch",),
    "waive": ("head",),
}


@dataclass(frozen=True)
class Act:
    """One step. `branches`: those of the preview that opens the period; `branch`: who confirms."""

    event: str
    actor: Actor
    day: date
    reason: str = ""
    revision: int = 0
    branches: tuple[str, ...] = ()
    branch: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Check:
    """The check period of one period. `confirmed`: branch and the day of its word."""

    period: str
    opened: date | None = None
    until: date | None = None
    revision: int = 0
    branches: int = 0
    confirmed: tuple[tuple[str, date], ...] = ()
    waived: date | None = None
    reason: str = ""


def completed(
    check: Check,
    act: Act,
    days: int,
    works: Calendar,
    branches: Collection[str] = (),
    appeals: Collection[int] = (),
) -> Act:
    """The act with the last day of the period it opens; Refused if it may not be done.

    `days`: working days of the check period; `branches`: those that the publication tells of;
    `appeals`: numbers of the confirming branch's appeals about this period that still wait.
    """
    words = known_event(EVENTS, act.event)
    refuse_role(act.actor, WHO[act.event], words)
    if act.event == "open":
        return replace(act, until=last_day(act.day, days, works))
    if act.event == "waive":
        refuse_silence(act.reason, words)
        return act
    _refuse_confirming(check, act, branches)
    _refuse_contradiction(check, act.branch, appeals)
    return act


def _refuse_confirming(check: Check, act: Act, branches: Collection[str]) -> None:
    if act.actor.branch != act.branch:
        raise Refused(
            "other_branch",
            "只能确认本网点的数字。请用本网点的身份办理。",
            "Only the own branch's figures can be confirmed. Act for that branch.",
        )
    if act.branch not in branches:
        raise Refused(
            "unknown_branch",
            f"{check.period} 的发布中没有网点 {act.branch}。请核对代码（保留前面的 0）。",
            f"Branch {act.branch} is not in the publication of {check.period}. Check the code "
            "(leading zeros).",
        )
    if check.until is None:
        raise _not_shown(check.period)
    if act.day > check.until:
        raise Refused(
            "late",
            f"{check.period} 的核对期已于 {check.until} 结束，不再受理确认。",
            f"The check period of {check.period} ended on {check.until}; it is too late.",
        )
    for branch, day in check.confirmed:
        if branch == act.branch:
            raise Refused(
                "again",
                f"网点 {branch} 已于 {day} 确认，无须再办。",
                f"Branch {branch} confirmed on {day}; nothing more is needed.",
            )


def _refuse_contradiction(check: Check, branch: str, appeals: Collection[int]) -> None:
    """Nobody says "no objection" while the own objection stands."""
    if not appeals:
        return
    listed = sorted(appeals)
    raise Refused(
        "appealed",
        f"网点 {branch} 对 {check.period} 的申诉（{'、'.join(map(str, listed))} 号）尚未了结，"
        "不能同时确认没有异议。请等申诉有结果，或先撤回申诉。",
        f"Branch {branch} has appealed {check.period} (no. {', '.join(map(str, listed))}) and the "
        "appeal is not settled: it cannot say at the same time that it objects to nothing. "
        "Wait for the outcome, or withdraw the appeal first.",
    )


def _not_shown(period: str) -> Refused:
    return Refused(
        "not_shown",
        f"{period} 还没有预发布，没有可核对的数字。请先预发布：mingcha publish --stage preview",
        f"{period} has not been published as a preview; there is nothing to check. "
        "First: mingcha publish --stage preview",
    )


def refuse_formal(check: Check, day: date) -> None:
    """Refuses a formal publication before the check period is over; a waiver lifts that."""
    if check.waived is not None:
        return
    if check.until is None:
        raise _not_shown(check.period)
    if day <= check.until:
        raise Refused(
            "checking",
            f"{check.period} 的核对期到 {check.until} 为止（已核对 {len(check.confirmed)}/"
            f"{check.branches}），其后才能正式通报。确须提前的，由负责人写明理由："
            "--early 理由 --as 姓名/head",
            f"The check period of {check.period} lasts until {check.until} "
            f"({len(check.confirmed)}/{check.branches} confirmed); the formal circular comes "
            "after it. If it really cannot wait, the head says why: --early REASON --as NAME/head",
        )


def after(check: Check, act: Act) -> Check:
    """The check period after an act that was found in order. A new preview begins it anew."""
    if act.event == "open":
        return Check(check.period, act.day, act.until, act.revision, len(act.branches))
    if act.event == "confirm":
        return replace(check, confirmed=(*check.confirmed, (act.branch, act.day)))
    return replace(check, waived=act.day, reason=act.reason)
