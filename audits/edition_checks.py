"""What is wrong with an edition, each told at its place: before anybody is judged by it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from audits.bridges import bridge_problems, reuse_problems
from audits.edition_problems import Problem, told
from audits.scorecard import HEAD_FIELDS, ROLES, STEPS, ZONES, Edition, Item
from audits.scoring import part_of

# An item id is the header of a column in a list of visits: letters first, a digit somewhere.
ITEM_ID = re.compile(r"(?=.*\d)[A-Za-z]{1,12}[A-Za-z0-9]*(?:[-._][A-Za-z0-9]+)*")
SECTION_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}")
EDITION_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-._][A-Za-z0-9]+)*")
FINEST = 10**8  # parts of a point; finer grades would leave the whole numbers of scoring
_PLACES = 3  # decimals of points that the fact tables keep


def problems(edition: Edition, others: Mapping[str, Edition] | None = None) -> list[Problem]:
    """Everything wrong with `edition`. `others`: the editions there are, by id; without them
    nothing is held against a former edition or against ids that others use.

    Points: in each section the base and the `earn` items must add up to the section for *every*
    value that a head field can take, so alternatives on one field (the four cases of 巧营销) count
    once.
    """
    found = [*_head_problems(edition), *_section_problems(edition)]
    for index, item in enumerate(edition.items):
        found += _item_problems(edition, index, item)
    found += bridge_problems(edition, others)
    if others is not None:
        found += reuse_problems(edition, others)
    return found


def check(edition: Edition) -> list[str]:
    """The same without other editions, one sentence each (中文 / English); empty if all is well."""
    return [f"{p.name}：{p.zh} / {p.en}" for p in problems(edition)]


def _head_problems(edition: Edition) -> Iterator[Problem]:
    def at(code: str, field: str, **words: Any) -> Problem:
        return told(code, "edition", 0, field, edition.id, **words)

    if not EDITION_ID.fullmatch(edition.id):
        yield at("edition_id", "id")
    if not edition.zh.strip() or not edition.en.strip():
        yield at("wording", "zh" if not edition.zh.strip() else "en")
    if edition.points != 100:
        yield at("total", "id", total=_plain(edition.points))
    if not 0 < edition.minimum_applicable <= 1:
        yield at("minimum", "minimum_applicable")
    if not 0 <= edition.veto_cap <= 100:
        yield at("cap", "veto_cap")
    parts = [part_of(i).denominator for i in edition.items if _gradable(i)]
    if math.lcm(1, *parts) > FINEST:
        yield at("too_fine", "id")


def _gradable(item: Item) -> bool:
    whole = item.kind != "count" or item.target is None or item.target >= 1
    return whole and (item.levels or 0) >= 0


def _section_problems(edition: Edition) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for index, section in enumerate(edition.sections):

        def at(
            code: str, field: str, index: int = index, name: str = section.id, **words: Any
        ) -> Problem:
            return told(code, "sections", index, field, name, **words)

        seen[section.id] += 1
        if seen[section.id] > 1:
            yield at("double", "id")
        if not SECTION_ID.fullmatch(section.id):
            yield at("section_id", "id")
        if not section.zh.strip() or not section.en.strip():
            yield at("wording", "zh" if not section.zh.strip() else "en")
        if section.base < 0 or _too_long(section.base):
            yield at("base", "base")
        yield from _sums(edition, index)


def _sums(edition: Edition, index: int) -> Iterator[Problem]:
    section = edition.sections[index]
    own = edition.items_of(section.id)
    if not own:
        yield told("section_empty", "sections", index, "id", section.id)
        return
    earning = [i for i in own if i.effect == "earn"]
    if not earning and section.base == 0:
        yield told("no_base", "sections", index, "base", section.id, points=_plain(section.points))
        return
    for case in _cases(earning):
        total = section.base + sum((i.points for i in earning if _possible(i, case)), Decimal(0))
        if total != section.points:
            where = "，".join(case.values()) or "—"
            words = {"total": _plain(total), "points": _plain(section.points), "where": where}
            yield told("section_sum", "sections", index, "points", section.id, **words)


def _cases(items: Iterable[Item]) -> list[dict[str, str]]:
    """Every combination of head-field values that the conditions of `items` tell apart."""
    fields = {c.field for i in items for c in i.depends_on if c.field in HEAD_FIELDS}
    cases: list[dict[str, str]] = [{}]
    for field in sorted(fields):
        cases = [{**case, field: value} for case in cases for value in HEAD_FIELDS[field]]
    return cases


def _possible(item: Item, case: Mapping[str, str]) -> bool:
    return all(case[c.field] in c.values for c in item.depends_on if c.field in case)


def _item_problems(edition: Edition, index: int, item: Item) -> Iterator[Problem]:
    def at(code: str, field: str, **words: Any) -> Problem:
        return told(code, "items", index, field, item.id, **words)

    if any(other.id == item.id for other in edition.items[:index]):
        yield at("double", "id")
    if item.id in {s.id for s in edition.sections}:
        yield at("id_of_section", "id")
    if not ITEM_ID.fullmatch(item.id):
        yield at("item_id", "id")
    if item.section not in {s.id for s in edition.sections}:
        yield at("no_section", "section", section=item.section)
    yield from _worth_problems(at, item)
    yield from _kind_problems(at, item)
    yield from _name_problems(at, item)
    yield from _condition_problems(at, edition, index)


def _worth_problems(at: Any, item: Item) -> Iterator[Problem]:
    if item.points < 0 or (item.points == 0 and item.veto is None):
        yield at("points", "points")
    elif _too_long(item.points):
        yield at("decimals", "points")
    if not item.zh.strip() or not item.en.strip():
        yield at("wording", "zh" if not item.zh.strip() else "en")
    if item.na_allowed and not (item.na_zh.strip() and item.na_en.strip()):
        yield at("na_words", "na_en" if item.na_zh.strip() else "na_zh")
    if item.veto is not None and item.effect != "deduct":
        yield at("veto_earns", "effect")


def _kind_problems(at: Any, item: Item) -> Iterator[Problem]:
    if item.kind == "ordinal" and not (item.levels and item.levels > 0):
        yield at("levels", "levels")
    if item.kind == "minutes" and not (item.target and item.target > 0):
        yield at("target", "target")
    if item.kind == "count" and item.effect == "earn" and not item.target:
        yield at("target", "target")
    if item.kind == "count" and item.target is not None and not _counts(item.target):
        yield at("target_whole", "target")
    if item.kind != "ordinal" and item.levels is not None:
        yield at("levels_idle", "levels")
    if item.kind in ("yes_no", "ordinal") and item.target is not None:
        yield at("target_idle", "target")


def _counts(target: Decimal) -> bool:
    return target == int(target) and target >= 0


def _name_problems(at: Any, item: Item) -> Iterator[Problem]:
    known = (("step", item.step, STEPS), ("role", item.role, ROLES), ("zone", item.zone, ZONES))
    for field, name, names in known:
        if name is not None and name not in names:
            choices = "、".join(zh for zh, _ in names.values())
            english = ", ".join(en for _, en in names.values())
            yield at("unknown_name", field, value=name, choices=choices, choices_en=english)


def _condition_problems(at: Any, edition: Edition, index: int) -> Iterator[Problem]:
    """A condition names a head field, or an earlier item that a row of this scope can see."""
    item = edition.items[index]
    places = {i.id: n for n, i in reversed(list(enumerate(edition.items)))}
    for condition in item.depends_on:
        head = HEAD_FIELDS.get(condition.field)
        if head is not None:
            wrong = [v for v in condition.values if v not in head]
            if wrong or not condition.values:
                yield at("no_such_value", "depends_on", other=condition.field,
                         value="、".join(wrong), choices="、".join(head),
                         choices_en=", ".join(head))  # fmt: skip
            continue
        if condition.field not in places:
            yield at("no_such_field", "depends_on", other=condition.field)
            continue
        named = edition.items[places[condition.field]]
        if _circle(edition, item.id):
            yield at("circle", "depends_on", path=" → ".join(_circle(edition, item.id)))
        elif places[condition.field] >= index:
            yield at("later", "depends_on", other=condition.field)
        if item.scope == "visit" and named.scope == "encounter":
            yield at("other_scope", "depends_on", other=condition.field)
        wrong = [v for v in condition.values if not _answerable(named, v)]
        if wrong or not condition.values:
            yield at("no_such_answer", "depends_on", other=condition.field, value="、".join(wrong))


def _circle(edition: Edition, start: str) -> list[str]:
    """The way along conditions from an item back to itself; empty if there is none."""
    items = {i.id: i for i in edition.items}
    ways = [[start]]
    met = set()
    while ways:
        way = ways.pop()
        for condition in items[way[-1]].depends_on:
            if condition.field == start:
                return [*way, start]
            if condition.field in items and condition.field not in met:
                met.add(condition.field)
                ways.append([*way, condition.field])
    return []


def _answerable(item: Item, value: str) -> bool:
    """Whether an item can have this answer, written as a number."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return False
    whole = number.is_finite() and number >= 0 and (item.kind == "minutes" or number == int(number))
    return whole and (item.best is None or number <= item.best)


def _too_long(points: Decimal) -> bool:
    return points != round(points, _PLACES)


def _plain(number: Decimal) -> str:
    """Without an exponent and idle zeros: 100, 1.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
