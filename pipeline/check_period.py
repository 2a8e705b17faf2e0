"""The check period: branches confirm their figures between preview and formal publication."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import Any

from audits.checking import Act, Check, completed, refuse_formal
from audits.procedure import Actor
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import appeals, checks
from pipeline.proceeding import REFUSED, at_desk, is_open, today
from pipeline.publication import Publication, open_publication
from pipeline.settings import Settings
from pipeline.stores import Stores


def confirm(folder: DataFolder, period: str, branch: str, actor: Actor) -> dict[str, Any]:
    """A branch confirms; the state of the check period as JSON. Fault: 1 refused."""
    with at_desk(folder) as (_, connection, settings):
        check = checks.standing(connection).get(period, Check(period))
        publication = open_publication(folder, period)
        known = branches_of(publication) if publication else []
        wanted = Act("confirm", actor, today(), branch=branch)
        waiting = appealed(connection, period, branch)
        done = completed(check, wanted, settings.check_days, is_open, known, waiting)
        checks.record(connection, period, done)
        return public(checks.standing(connection)[period])


def appealed(connection: sqlite3.Connection, period: str, branch: str) -> list[int]:
    """Numbers of a branch's appeals about a period that still wait for an answer."""
    return [
        number
        for number, appeal in appeals.standing(connection).items()
        if appeal.open
        and appeal.contested is not None
        and (appeal.contested.branch, appeal.contested.period) == (branch, period)
    ]


def branches_of(publication: Publication) -> list[str]:
    """The branches that a publication tells of."""
    nodes = publication.table("scope")
    return nodes.filter(nodes["level"] == "branch")["scope"].to_list()


def listed(folder: DataFolder, period: str) -> dict[str, Any]:
    """The check period of a period as JSON, whatever its state. Creates nothing."""
    from pipeline.office import Office

    if not folder.office.is_file():
        return public(Check(period))
    with Office.open(folder) as office:
        return public(checks.standing(office.connection).get(period, Check(period)))


def public(check: Check) -> dict[str, Any]:
    """The documented JSON (schemas/confirm.schema.json); the manifest carries it without names."""
    return {
        "period": check.period,
        "opened": _iso(check.opened),
        "until": _iso(check.until),
        "revision": check.revision,
        "confirmed": len(check.confirmed),
        "branches": check.branches,
        "waived": check.reason if check.waived else None,
        "by_branch": [{"branch": b, "day": d.isoformat()} for b, d in check.confirmed],
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def refuse_early(
    stores: Stores, settings: Settings, period: str, early: str, actor: Actor | None
) -> None:
    """Refuses a formal publication before its time; with `early` the head waives that on record.

    Fault (1): it is too early, or whoever waives may not. Without check days nothing waits.
    """
    if not settings.check_days:
        return
    check = checks.standing(stores.office.connection).get(period, Check(period))
    if early:
        if actor is None:
            raise Fault(
                "提前正式通报须写明由谁决定：--as 姓名/head",
                "To publish formally before time, say who decides: --as NAME/head",
                REFUSED,
            )
        waiving = completed(check, Act("waive", actor, today(), early), 0, is_open)
        with stores.office.transaction() as connection:
            checks.record(connection, period, waiving)
        return
    refuse_formal(check, today())


def refuse_early_again(
    stores: Stores, settings: Settings, periods: Sequence[str], early: str, actor: Actor | None
) -> None:
    """Refuses to renew formal publications of `periods` whose check period is not over.

    A waiver of before does not hold: it was for figures that are others now. With `early` the head
    waives again, on record. Fault (1) as :func:`refuse_early`.
    """
    known = checks.standing(stores.office.connection)
    ends = {p: known[p].until for p in periods if p in known}
    waiting = {p: end for p, end in ends.items() if end is not None and today() <= end}
    if not settings.check_days or not waiting:
        return
    if not early:
        zh = "、".join(f"{p}（核对期到 {end} 为止）" for p, end in waiting.items())
        en = ", ".join(f"{p} (check period until {end})" for p, end in waiting.items())
        raise Fault(
            f"未发布：--cascade 会把已正式通报的 {zh} 换成另一些数字再次正式通报，"
            "以前的提前决定不适用于新的数字。请去掉 --cascade，待核对期满再重发；"
            "确须提前的，由负责人再写明理由："
            "--early 理由 --as 姓名/head",
            f"Nothing published: --cascade would make {en} formal again with other figures, and an "
            "earlier waiver was not for these. Leave out --cascade and renew it after the check "
            "period; if it really cannot wait, the head says why once more: --early REASON --as "
            "NAME/head",
            REFUSED,
        )
    for period in waiting:
        refuse_early(stores, settings, period, early, actor)


def opened(settings: Settings, period: str, revision: int, branches: int) -> Check | None:
    """The check period that a preview of today opens; None where the office has none."""
    if not settings.check_days:
        return None
    act = Act("open", Actor("office", "office"), today())
    until = completed(Check(period), act, settings.check_days, is_open).until
    return Check(period, act.day, until, revision, branches)
