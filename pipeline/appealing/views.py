"""Who sees what of an appeal: counts are everybody's, words and evidence are not.

The office sees all. The branch sees its own appeals, the union all of them with names masked, and
nobody but the office reads a shopper's name or id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from audits.appeals import OPEN, Appeal
from audits.procedure import Actor
from pipeline.office.proceedings import Entry
from pipeline.persons import Masker

_OFFICE = ("office", "head")


def counts(appeals: Iterable[Appeal]) -> dict[str, int]:
    """Appeals filed, by what came of them. Those withdrawn are counted apart."""
    states = Counter("pending" if a.state in OPEN else a.state for a in appeals)
    told = {s: states[s] for s in ("upheld", "partly", "rejected", "pending")}
    return {"filed": sum(told.values()), **told, "withdrawn": states["withdrawn"]}


def visible(appeals: Iterable[Appeal], actor: Actor) -> list[Appeal]:
    """The appeals that somebody may read."""
    if actor.role in (*_OFFICE, "union"):
        return list(appeals)
    if actor.role == "branch":
        return [a for a in appeals if a.contested and a.contested.branch == actor.branch]
    return []


def public(
    appeal: Appeal,
    entries: Sequence[Entry],
    actor: Actor,
    masker: Masker,
    applied: bool,
) -> dict[str, Any]:
    """The documented JSON of one appeal (schemas/appeal.schema.json), as `actor` may read it."""
    about = appeal.contested
    if about is None:
        raise ValueError(f"appeal {appeal.number} is about nothing")
    words = _words(entries, actor, masker)
    return {
        "appeal": appeal.number,
        "state": appeal.state,
        "period": about.period,
        "branch": about.branch,
        "visit": about.visit,
        "visit_date": None if about.visit_date is None else about.visit_date.isoformat(),
        "round": about.round,
        "item": about.item,
        "encounters": list(about.encounters),
        "filed": None if appeal.filed is None else appeal.filed.isoformat(),
        "until": None if appeal.until is None else appeal.until.isoformat(),
        "outcome": appeal.outcome,
        "answers": [{"encounter": e, "answer": a} for e, a in appeal.answers],
        "decided": None if appeal.decided is None else appeal.decided.isoformat(),
        "without_union": appeal.by_head,
        "applied": applied,
        "evidence": _file(entries, "evidence"),
        "masked_evidence": _file(entries, "masked"),
        "acts": words,
    }


def _words(entries: Sequence[Entry], actor: Actor, masker: Masker) -> list[dict[str, Any]]:
    whole = actor.role in _OFFICE
    return [
        {
            "record": e.seq,
            "event": e.event,
            "actor": e.actor.name if whole else "",
            "role": e.actor.role,
            "day": e.day.isoformat(),
            "reason": _masked(e, actor, masker),
        }
        for e in entries
    ]


def _masked(entry: Entry, actor: Actor, masker: Masker) -> str:
    said = str(entry.said.get("reason", ""))
    if actor.role in _OFFICE:
        return said
    own = actor.role == "branch" and entry.actor.role == "branch"
    return masker.shoppers(said) if own else masker.people(said)


def _file(entries: Sequence[Entry], name: str) -> Mapping[str, Any] | None:
    """The newest file of that name: the branch's evidence, or the office's masked copy."""
    files = [e.said[name] for e in entries if name in e.said]
    return files[-1] if files else None


def evidence_for(entries: Sequence[Entry], appeal: Appeal, actor: Actor) -> Any:
    """The file that `actor` may see: the original, the masked copy, or None."""
    own = appeal.contested is not None and actor.branch == appeal.contested.branch
    if actor.role in _OFFICE or (actor.role == "branch" and own):
        return _file(entries, "evidence")
    return _file(entries, "masked") if actor.role == "union" else None
