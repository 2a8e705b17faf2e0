"""Appeals (申诉) on record: filed with evidence, proposed, agreed, carried out (audits.appeals).

    file → propose (rehearsed on the stored card) → agree → corrections of the contested cells

An upheld appeal changes an answer as a correction does: the archived card is read anew with the
cell saying what was decided. The next revision restates what moved and names the appeal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from audits.appeals import Act, Appeal, Contested, Rules, after, completed
from audits.procedure import Actor
from pipeline import archive
from pipeline.appealing import contested as answers
from pipeline.appealing import evidence, sentences, views
from pipeline.corrections import Prepared, carried_out
from pipeline.folders import DataFolder
from pipeline.office import Office, checks, proceedings, shoppers
from pipeline.office import corrections as records
from pipeline.office.appeals import standing
from pipeline.office.proceedings import APPEAL, Entry
from pipeline.persons import Masker
from pipeline.proceeding import PATIENCE, at_work, is_open, today
from pipeline.publication import open_publication
from pipeline.publishing.inputs import editions_of
from pipeline.settings import Settings
from pipeline.stores import Stores
from pipeline.warehouse.store import Warehouse

OFFICE = Actor("office", "office")


def rules_of(settings: Settings) -> Rules:
    """The office's rules for appeals."""
    return Rules(settings.propose_days, settings.union_days, settings.deadlock == "head")


def file(
    folder: DataFolder,
    period: str,
    item: str,
    actor: Actor,
    reason: str,
    *,
    visit: str | None = None,
    encounters: Sequence[int] = (),
    proof: Path | None = None,
) -> dict[str, Any]:
    """Files an appeal of the actor's branch; its JSON. Fault: 1 refused, 2 nothing to appeal."""
    with at_work(folder, PATIENCE) as (stores, settings):
        connection = stores.office.connection
        check = checks.standing(connection).get(period)
        last = check.until if check else None
        known = standing(connection)
        number = max(known, default=0) + 1
        branch = actor.branch or ""
        wanted = Act(
            "file", actor, today(), reason.strip(), Contested(period, branch, "", item, ())
        )
        publication = open_publication(folder, period)
        if publication is not None and actor.role == "branch":
            about = answers.contested(publication, branch, item, visit, encounters)
            wanted = replace(wanted, contested=about, last=last)
        earlier = _earlier(known, wanted.contested)
        done = completed(Appeal(number), wanted, rules_of(settings), is_open, earlier)
        more = {"evidence": evidence.taken(folder, proof, settings.evidence_mb)} if proof else {}
        _record(stores, number, done, **more)
        return _told(stores, number, actor)


def _earlier(known: Mapping[int, Appeal], about: Contested | None) -> Appeal | None:
    for appeal in known.values():
        own = appeal.contested
        if own is None or about is None or appeal.state == "withdrawn":
            continue
        if (own.visit, own.item) == (about.visit, about.item):
            return appeal
    return None


def propose(
    folder: DataFolder,
    number: int,
    outcome: str,
    actor: Actor,
    reason: str,
    *,
    given: Sequence[str] = (),
    masked: Path | None = None,
) -> dict[str, Any]:
    """Proposes an outcome, rehearsed on the stored card. Fault: 1 refused, 2 no such appeal."""
    with at_work(folder, PATIENCE) as (stores, settings):
        appeal = _found(stores, number)
        wanted = Act("propose", actor, today(), reason.strip(), outcome=outcome)
        wanted, _ = _rehearsed(stores, appeal, wanted, given)
        done = completed(appeal, wanted, rules_of(settings), is_open)
        more = {"masked": evidence.taken(folder, masked, settings.evidence_mb)} if masked else {}
        _record(stores, number, done, **more)
        return _told(stores, number, actor)


def decide(
    folder: DataFolder,
    number: int,
    event: str,
    actor: Actor,
    reason: str = "",
    *,
    outcome: str = "",
    given: Sequence[str] = (),
) -> dict[str, Any]:
    """`agree` (the union) or `decide` (the head, in a deadlock), and carries it out.

    For `decide` without an outcome the standing proposal holds. Fault as :func:`propose`.
    """
    with at_work(folder, PATIENCE) as (stores, settings):
        appeal = _found(stores, number)
        wanted = Act(event, actor, today(), reason.strip(), outcome=outcome or appeal.outcome)
        wanted, made = _rehearsed(stores, appeal, wanted, given, standing=not outcome)
        done = completed(appeal, wanted, rules_of(settings), is_open)
        _record(stores, number, done)
        if made is not None:
            _carry_out(stores, after(appeal, done), made)
        return _told(stores, number, actor)


def step(
    folder: DataFolder, number: int, event: str, actor: Actor, reason: str = ""
) -> dict[str, Any]:
    """`object` or `withdraw`. Fault: 1 refused, 2 no such appeal."""
    with at_work(folder, PATIENCE) as (stores, settings):
        appeal = _found(stores, number)
        wanted = Act(event, actor, today(), reason.strip())
        done = completed(appeal, wanted, rules_of(settings), is_open)
        _record(stores, number, done)
        return _told(stores, number, actor)


def _found(stores: Stores, number: int) -> Appeal:
    appeal = standing(stores.office.connection).get(number)
    if appeal is None:
        raise sentences.no_appeal(number)
    return appeal


def _rehearsed(
    stores: Stores, appeal: Appeal, act: Act, given: Sequence[str], standing: bool = False
) -> tuple[Act, Prepared | None]:
    """The act with its answers and what they do. Whoever may not act rehearses nothing."""
    if appeal.contested is None or not appeal.open or act.outcome not in ("upheld", "partly"):
        texts = tuple((0, text) for text in given)  # none belong there: told by the procedure
        return replace(act, answers=texts), None
    if standing and not given:
        chosen = appeal.answers
    else:
        editions = editions_of(stores.warehouse.live("edition"))
        chosen = answers.answers_of(appeal, editions, act.outcome, given)
    made, effect = answers.rehearsed(stores, appeal.contested, chosen)
    return replace(act, answers=chosen, effect=effect), made


def _record(stores: Stores, number: int, act: Act, **more: Any) -> None:
    with stores.office.transaction() as connection:
        proceedings.record(connection, APPEAL, str(number), act, **more)


def _carry_out(stores: Stores, appeal: Appeal, made: Prepared) -> None:
    word = {"upheld": "成立 upheld", "partly": "部分成立 partly upheld"}[appeal.state]
    reason = f"申诉 appeal {appeal.number}：{word}"
    carried_out(stores, made, reason, "appeals", appeal=appeal.number)


def finish(stores: Stores) -> None:
    """Carries out what was decided and, after a kill, not carried out."""
    connection = stores.office.connection
    done = applied(connection)
    for number, appeal in sorted(standing(connection).items()):
        if appeal.state in ("upheld", "partly") and number not in done and appeal.contested:
            made, _ = answers.rehearsed(stores, appeal.contested, appeal.answers)
            if made is not None:
                _carry_out(stores, appeal, made)


def applied(connection: sqlite3.Connection) -> set[int]:
    """Appeals whose corrections are in force."""
    rows = records.listed(connection)
    return {r["appeal"] for r in rows if r["appeal"] and r["state"] == records.IN_FORCE}


def listed(folder: DataFolder, actor: Actor = OFFICE, number: int | None = None) -> dict[str, Any]:
    """`{"appeals", "counts"}` as `actor` may read them. Fault (2): no such appeal for them."""
    if not folder.office.is_file():
        found: dict[int, Appeal] = {}
        told: list[dict[str, Any]] = []
    else:
        with Office.open(folder) as office:
            found = standing(office.connection)
            told = _listed(folder, office.connection, found, actor, number)
    if number is not None and not told:
        raise sentences.no_appeal(number)
    return {"appeals": told, "counts": views.counts(found.values())}


def _listed(
    folder: DataFolder,
    connection: sqlite3.Connection,
    found: Mapping[int, Appeal],
    actor: Actor,
    number: int | None,
) -> list[dict[str, Any]]:
    shown = [a for a in views.visible(found.values(), actor) if number in (None, a.number)]
    if not shown:
        return []
    with Warehouse(folder, read_only=True) as warehouse:
        masker = masker_of(connection, warehouse)
    done, entries = applied(connection), proceedings.entries(connection, APPEAL)
    return [
        views.public(a, _own(entries, a.number), actor, masker, a.number in done) for a in shown
    ]


def _own(entries: Sequence[Entry], number: int) -> list[Entry]:
    return [e for e in entries if e.subject == str(number)]


def masker_of(connection: sqlite3.Connection, warehouse: Warehouse) -> Masker:
    """Knows the shoppers (listed, or who went) and the heads of branches by name."""
    listed, register = shoppers.live(connection), warehouse.live("branch")
    went = warehouse.query(
        "SELECT shopper_id FROM visit UNION SELECT shopper_id FROM planned_visit"
    )
    ids = {*went["shopper_id"].drop_nulls(), *listed["shopper_id"].drop_nulls()}
    names = listed["name"].drop_nulls() if "name" in listed.columns else ()
    heads = register["head"].drop_nulls() if "head" in register.columns else ()
    return Masker(ids, names, heads)


def _told(stores: Stores, number: int, actor: Actor) -> dict[str, Any]:
    connection = stores.office.connection
    appeal = standing(connection)[number]
    entries = proceedings.entries(connection, APPEAL, str(number))
    masker = masker_of(connection, stores.warehouse)
    return views.public(appeal, entries, actor, masker, number in applied(connection))


def proof(folder: DataFolder, number: int, actor: Actor) -> Path:
    """Where the evidence lies that `actor` may see. Fault: 1 none, or not for them; 2 no appeal."""
    found: Mapping[int, Appeal] = {}
    entries: list[Entry] = []
    if folder.office.is_file():
        with Office.open(folder) as office:
            found = standing(office.connection)
            entries = proceedings.entries(office.connection, APPEAL, str(number))
    appeal = found.get(number)
    if appeal is None or appeal not in views.visible([appeal], actor):
        raise sentences.no_appeal(number)
    file = views.evidence_for(entries, appeal, actor)
    if file is None:
        any_file = any("evidence" in e.said for e in entries)
        raise sentences.evidence_denied() if any_file else sentences.no_evidence(number)
    return archive.path_of(folder, file["sha256"], file["extension"])
