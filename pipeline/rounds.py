"""Rounds (轮次) on record: drafted, shown, opened, countersigned, sealed (audits.rounds).

A round that nobody drafted is not judged: its scorecards are taken as ever, and publications say
that it is not on record. One that was drafted takes scorecards only while it runs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from audits.procedure import Actor
from audits.round_steps import Step, ahead
from audits.rounds import Act, Round, Rules, after, completed
from audits.scorecard import Edition
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, proceedings
from pipeline.office.editions import known as known_editions
from pipeline.office.ledger import canonical
from pipeline.office.proceedings import ROUND, Entry
from pipeline.office.rounds import standing
from pipeline.proceeding import PATIENCE, USAGE, at_work, is_open, today
from pipeline.settings import Settings, load_settings
from pipeline.sheets.declaration import ROUND as NAMED
from pipeline.stores import Stores


def act(
    folder: DataFolder,
    id: str,
    event: str,
    actor: Actor,
    *,
    reason: str = "",
    editions: Sequence[str] = (),
    branches: Sequence[str] = (),
) -> dict[str, Any]:
    """Does one step of a round, or refuses it (Fault: 1 refused, 2 no such round or edition)."""
    if not re.fullmatch(NAMED, id):
        raise _no_round(id)
    with at_work(folder, PATIENCE) as (stores, settings):
        connection = stores.office.connection
        round = standing(connection).get(id, Round(id))
        wanted = Act(event, actor, today(), reason.strip(), branches=tuple(branches))
        wanted = _informed(stores, round, wanted, editions)
        done = completed(round, wanted, rules_of(settings), is_open)
        with stores.office.transaction() as writing:
            proceedings.record(writing, ROUND, id, done)
        return public(after(round, done), proceedings.entries(connection, ROUND, id))


def rules_of(settings: Settings) -> Rules:
    """The office's rules for rounds."""
    return Rules(settings.show_days, settings.countersign_days, settings.deadlock == "head")


def _informed(stores: Stores, round: Round, act: Act, editions: Sequence[str]) -> Act:
    """The act with what it has to be judged by: texts of editions, visits still missing."""
    if act.event == "draft":
        _refuse_unknown(stores, act.branches)
        return replace(act, editions=_digests(stores, editions))
    if act.event == "open":
        return replace(act, editions=_digests(stores, round.edition_ids))
    if act.event == "seal":
        return replace(act, missing=missing(stores, round.id))
    return act


def _digests(stores: Stores, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    known = known_editions(stores.office.connection)
    unknown = [n for n in names if n not in known]
    if unknown:
        raise Fault(
            f"没有评分标准版本“{unknown[0]}”。现有：{'、'.join(known)}。",
            f"There is no edition {unknown[0]!r}: {', '.join(known)}.",
            USAGE,
        )
    return tuple((name, digest(known[name])) for name in dict.fromkeys(names))


def _refuse_unknown(stores: Stores, branches: Sequence[str]) -> None:
    """A round of branches that nobody knows would take no card, and concern nobody's own branch."""
    register = stores.warehouse.live("branch") if branches else None
    known = set() if register is None else set(register["branch_code"])
    for code in branches:
        if code not in known:
            raise Fault(
                f"网点名册中没有网点“{code}”。请核对代码（保留前面的 0），或先报送名册。",
                f"There is no branch {code!r} in the register. Check the code (leading zeros), "
                "or send the register first.",
                USAGE,
            )


def digest(edition: Edition) -> str:
    """SHA-256 of what an edition says."""
    return hashlib.sha256(canonical(edition.model_dump(mode="json")).encode()).hexdigest()


def missing(stores: Stores, round: str) -> int:
    """Planned visits of a round that were not made: by branch, planned less stored."""
    found = stores.warehouse.query(
        "WITH planned AS (SELECT branch_code, count(DISTINCT plan_id) AS n FROM planned_visit"
        f" WHERE round = '{round}' GROUP BY ALL),"
        " made AS (SELECT branch_code, count(DISTINCT visit_id) AS n FROM visit"
        f" WHERE round = '{round}' GROUP BY ALL)"
        " SELECT coalesce(sum(greatest(p.n - coalesce(m.n, 0), 0)), 0)"
        " FROM planned AS p LEFT JOIN made AS m USING (branch_code)"
    )
    return int(found.item())


def listed(folder: DataFolder, id: str | None = None) -> list[dict[str, Any]]:
    """The rounds on record by id, or one of them. Fault (2): no such round. Creates nothing."""
    found: list[dict[str, Any]] = []
    if folder.office.is_file():
        with Office.open(folder) as office:
            rounds = standing(office.connection)
            entries = proceedings.entries(office.connection, ROUND)
        for name in sorted(rounds if id is None else rounds.keys() & {id}):
            own = [e for e in entries if e.subject == name]
            found.append(public(rounds[name], own))
    if id is not None and not found:
        raise _no_round(id)
    return found


def steps(folder: DataFolder) -> dict[str, list[Step]]:
    """The steps ahead of every round on record, by id, as of today. Creates nothing."""
    if not folder.office.is_file():
        return {}
    rules = rules_of(load_settings(folder))
    with Office.open(folder) as office:
        found = standing(office.connection)
    return {id: ahead(round, rules, is_open, today()) for id, round in found.items()}


def first_steps(folder: DataFolder) -> list[Step]:
    """The steps of a round that would be drafted today."""
    return ahead(Round("new"), rules_of(load_settings(folder)), is_open, today())


def editions(folder: DataFolder) -> dict[str, Edition]:
    """Every edition by id, as it is now. Creates nothing."""
    if not folder.office.is_file():
        return known_editions(None)
    with Office.open(folder) as office:
        return known_editions(office.connection)


def _no_round(id: str) -> Fault:
    return Fault(
        f"没有轮次“{id}”。轮次按季度命名，如 2026Q3；用 mingcha round list 查看，"
        "mingcha round draft 立项。",
        f"There is no round {id!r}. Rounds are named after their quarter, like 2026Q3; see "
        "mingcha round list, and begin one with mingcha round draft.",
        USAGE,
    )


def public(round: Round, entries: Sequence[Entry]) -> dict[str, Any]:
    """The documented JSON of one round (schemas/round.schema.json)."""
    days = ("shown", "opened", "until", "running", "sealed")
    told = {d: _iso(getattr(round, d)) for d in days}
    return {
        "round": round.id,
        "state": round.state,
        "editions": list(round.edition_ids),
        "branches": list(round.branches),
        **told,
        "without_union": round.decided,
        "missing": round.missing,
        "acts": [_act(e) for e in entries],
    }


def _act(entry: Entry) -> dict[str, Any]:
    return {
        "record": entry.seq,
        "event": entry.event,
        "actor": entry.actor.name,
        "role": entry.actor.role,
        "day": entry.day.isoformat(),
        "reason": entry.said.get("reason", ""),
    }


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())


def published(rounds: Mapping[str, Round], visited: Sequence[str]) -> list[dict[str, Any]]:
    """What a manifest says of the rounds its visits belong to: no names of people."""
    told = []
    for name in sorted(visited):
        round = rounds.get(name, Round(name))
        told.append(
            {
                "round": name,
                "state": round.state,
                "editions": list(round.edition_ids),
                "without_union": round.decided,
                "sealed": _iso(round.sealed),
                "missing": round.missing,
            }
        )
    return told
