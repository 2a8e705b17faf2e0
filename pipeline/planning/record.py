"""A plan on record: what it was made from and what came out; who goes where, apart from it.

The record of the plan names no shopper. Beside it stands one record for each shopper with the ids
of the own visits, so that a person can be erased and the plan still stands.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from audits.planning.model import Plan, PlanRules
from pipeline.office import ledger
from pipeline.office.ledger import Act, canonical
from pipeline.planning.books import plan_id
from pipeline.planning.inputs import Material

ACT, PEOPLE = "plan", "plan.people"


def digest(value: Any) -> str:
    """SHA-256 over canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def inputs_digest(material: Material, rules: PlanRules, asked: Mapping[str, Any]) -> str:
    """What a plan was made from: equal digests give equal plans."""
    people = [
        {**asdict(s), "free": sorted([d.isoformat(), h] for d, h in s.free)}
        | {"districts": sorted(s.districts)}
        for s in sorted(material.shoppers, key=lambda s: s.id)
    ]
    sites = [
        {**asdict(s), "days": [d.isoformat() for d in s.days]}
        for s in sorted(material.sites, key=lambda s: s.code)
    ]
    return digest([sites, people, sorted(map(list, material.visited)), asdict(rules), dict(asked)])


def plan_digest(plan: Plan) -> str:
    """Equal digests are equal plans, to the shopper and the half-day."""
    return digest([{**asdict(v), "day": v.day.isoformat()} for v in plan.visits])


def known(connection: sqlite3.Connection, inputs: str, made: str) -> int | None:
    """The number of the record of this very plan, if it is there already."""
    same = [
        seq
        for seq, said in ledger.payloads(connection, ACT)
        if (said["inputs"], said["plan"]) == (inputs, made)
    ]
    return same[-1] if same else None


def put_down(
    connection: sqlite3.Connection,
    said: Mapping[str, Any],
    plan: Plan,
    period: str,
    edition: str,
    actor: str,
) -> int:
    """Records the plan, then who goes where; the plan's number. In a transaction."""
    (head,) = ledger.append(connection, [Act(ACT, dict(said), actor)])
    own: dict[str, list[str]] = {}
    for visit in plan.visits:
        own.setdefault(visit.shopper, []).append(plan_id(period, edition, visit.number))
    ledger.append(connection, _people(head.seq, own, actor))
    return head.seq


def _people(seq: int, own: Mapping[str, Sequence[str]], actor: str) -> list[Act]:
    return [
        Act(PEOPLE, {"plan": seq, "shopper_id": shopper, "visits": list(visits)}, actor)
        for shopper, visits in sorted(own.items())
    ]
