"""A slow, plain reading of domain §2 with Fractions: no frames, no units, one visit at a time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from audits.scorecard import Edition, Item

Answers = Mapping[tuple[int, str], float | str | None]  # (encounter, item) -> answer, "na", None


def rounded(value: Fraction, places: int) -> Decimal:
    """Half-even rounding by long division, independent of the code under test."""
    with localcontext() as context:
        context.prec = 200
        quotient = Decimal(value.numerator) / Decimal(value.denominator)
        return quotient.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def applies(edition: Edition, item: Item, place: int, answers: Answers, head: Any) -> bool:
    for condition in item.depends_on:
        if condition.field in head:
            if head[condition.field] not in condition.values:
                return False
            continue
        other = edition.item(condition.field)
        where = 0 if other.scope == "visit" else place
        given = answers.get((where, other.id))
        if given is None or given == "na" or not applies(edition, other, where, answers, head):
            return False
        if float(given) not in [float(v) for v in condition.values]:
            return False
    return True


def fraction_earned(item: Item, answer: float) -> Fraction:
    if item.kind == "yes_no":
        return Fraction(1 if answer > 0 else 0)
    if item.kind == "minutes":
        return Fraction(1 if Fraction(answer) <= Fraction(item.target or 0) else 0)
    most = item.levels if item.kind == "ordinal" else int(item.target or 0)
    return min(Fraction(int(answer)), Fraction(most or 0)) / Fraction(most or 1)


def taken_off(item: Item, answer: float) -> Fraction:
    """How many times its points a deduction takes away."""
    if item.kind == "yes_no":
        return Fraction(1 if answer > 0 else 0)
    if item.kind == "minutes":
        return Fraction(1 if Fraction(answer) > Fraction(item.target or 0) else 0)
    if item.kind == "ordinal":
        return min(Fraction(int(answer)), Fraction(item.levels or 0)) / Fraction(item.levels or 1)
    most = int(answer) if item.target is None else min(int(answer), int(item.target))
    return Fraction(most)


def verdict(
    edition: Edition, earned: Fraction, applicable: Fraction, blank: int, veto: int | None
) -> tuple[str, Fraction | None, Fraction | None]:
    """Status, score before veto, score."""
    status = "incomplete" if blank else "ok"
    least = Fraction(edition.minimum_applicable) * Fraction(edition.points)
    if status == "ok" and applicable < least:
        status = "insufficient"
    before = 100 * earned / applicable if status == "ok" else None
    after = before
    if before is not None and veto == 2:
        after = Fraction(0)
    elif before is not None and veto == 1:
        after = min(before, Fraction(edition.veto_cap))
    return status, before, after


def deducted(item: Item, answer: float, loss: dict[str, Fraction], vetoes: list[int]) -> None:
    """Adds what a deduction takes away, and its veto if it happened."""
    times = taken_off(item, answer)
    loss[item.section] += Fraction(item.points) * times
    if item.veto is not None and times > 0:
        vetoes.append(item.veto)


def score_visit(edition: Edition, head: Any, answers: Answers) -> dict[str, Any]:
    """score, score_before_veto (Fractions or None), coverage, veto, status of one visit."""
    counters = sorted({place for place, _ in answers if place > 0})
    gain: dict[str, Fraction] = {s.id: Fraction(0) for s in edition.sections}
    loss, whole = dict(gain), dict(gain)
    blank, vetoes, touched = 0, [], set()
    for item in edition.items:
        places = [0] if item.scope == "visit" else counters
        alive = [p for p in places if applies(edition, item, p, answers, head)]
        alive = [p for p in alive if answers.get((p, item.id)) != "na"]
        touched |= {item.section} if alive else set()
        for place in alive:
            answer = answers.get((place, item.id))
            share = Fraction(item.points) / len(alive)
            if item.effect == "earn":
                whole[item.section] += share
            if answer is None:
                blank += 1
            elif item.effect == "earn":
                gain[item.section] += share * fraction_earned(item, float(answer))
            else:
                deducted(item, float(answer), loss, vetoes)
    for section in edition.sections:
        if section.id in touched:
            gain[section.id] += Fraction(section.base)
            whole[section.id] += Fraction(section.base)
    earned = sum((max(Fraction(0), gain[s] - loss[s]) for s in gain), Fraction(0))
    applicable = sum(whole.values(), Fraction(0))
    coverage = applicable / Fraction(edition.points)
    veto = max(vetoes, default=None)
    status, before, after = verdict(edition, earned, applicable, blank, veto)
    return {
        "score": after,
        "score_before_veto": before,
        "coverage": coverage,
        "veto": veto,
        "status": status,
        "sections": {s: max(Fraction(0), gain[s] - loss[s]) for s in gain},
    }
