"""Bridges between editions: which item lives on as which, so that trends cross them knowingly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from audits.edition_problems import Problem, told
from audits.scorecard import Bridge, Edition, Item

# What a shopper is asked. An item bridged as the same has all of it unchanged; its weight,
# section, post and zone may change, since they change no answer.
_ASKED = {
    "zh": ("中文表述", "the Chinese wording"),
    "en": ("英文表述", "the English wording"),
    "kind": ("题型", "the kind"),
    "effect": ("计分方式", "the effect"),
    "scope": ("范围", "the scope"),
    "levels": ("最高级", "the levels"),
    "target": ("满分标准", "the target"),
}
Relation = Literal["same", "reworded", "split", "dropped"]
_LOOSENESS: dict[Relation, int] = {"same": 0, "reworded": 1, "split": 2, "dropped": 3}
_SHOWN = 6  # ids that a sentence names


def line(edition: Edition, editions: Mapping[str, Edition]) -> list[Edition]:
    """The edition and those before it, newest first. A circle ends the walk."""
    found, at = [edition], edition
    while at.former is not None and at.former in editions:
        at = editions[at.former]
        if at in found:
            break
        found.append(at)
    return found


def next_edition(edition: Edition, id: str) -> Edition:
    """A copy to edit: called `id`, following `edition`, every item bridged as the same.

    It holds as it is: its title says that it is a draft, and it begins with the year after the
    former one, until somebody writes the right day.
    """
    same = tuple(Bridge(former=i.id, relation="same", items=(i.id,)) for i in edition.items)
    told = {
        "zh": f"{edition.zh}（{id} 底稿）",
        "en": f"{edition.en} (draft of {id})",
        "valid_from": date(edition.valid_from.year + 1, 1, 1),
    }
    return edition.model_copy(update={"id": id, "former": edition.id, "bridge": same, **told})


def bridge_problems(edition: Edition, others: Mapping[str, Edition] | None) -> Iterator[Problem]:
    """What is wrong with the bridge; with `others` also against the former edition itself."""
    ids = {i.id for i in edition.items}
    seen: set[str] = set()
    for index, bridge in enumerate(edition.bridge):

        def at(
            code: str, field: str, index: int = index, bridge: Bridge = bridge, **w: Any
        ) -> Problem:
            return told(code, "bridge", index, field, bridge.former, **w)

        if edition.former is None:
            yield at("former_missing", "former")
        if bridge.former in seen:
            yield at("bridge_double", "former")
        seen.add(bridge.former)
        unknown = [i for i in bridge.items if i not in ids]
        if unknown:
            yield at("bridge_unknown", "items", items="、".join(unknown))
        elif (bridge.relation == "dropped") != (not bridge.items):
            yield at("bridge_dropped", "relation")
        elif (bridge.relation == "split") != (len(bridge.items) > 1) and bridge.items:
            yield at("bridge_many", "relation")
        elif bridge.relation == "same" and bridge.items != (bridge.former,):
            yield at("bridge_renamed", "items", item=bridge.items[0])
    if others is not None and edition.former is not None:
        yield from _against_former(edition, others)


def _against_former(edition: Edition, others: Mapping[str, Edition]) -> Iterator[Problem]:
    def at(code: str, field: str, **words: Any) -> Problem:
        return told(code, "edition", 0, field, edition.id, former=edition.former, **words)

    former = others.get(edition.former or "")
    if former is None or former.id == edition.id:
        circle = former is not None or edition.former == edition.id
        path = f"{edition.id} → {edition.former}"
        yield at("former_circle", "former", path=path) if circle else at("former_unknown", "former")
        return
    before = line(former, others)
    if any(e.former == edition.id for e in before):
        path = " → ".join([edition.id, *(e.id for e in before), edition.id])
        yield at("former_circle", "former", path=path)
        return
    if former.instrument != edition.instrument:
        yield at("former_instrument", "former")
    if edition.valid_from <= former.valid_from:
        yield at("former_date", "valid_from", day=former.valid_from.isoformat())
    yield from _items_against(edition, former)


def _items_against(edition: Edition, former: Edition) -> Iterator[Problem]:
    old = {i.id: i for i in former.items}
    new = {i.id: i for i in edition.items}
    for index, bridge in enumerate(edition.bridge):
        was = old.get(bridge.former)
        if was is None:
            yield told(
                "bridge_stranger", "bridge", index, "former", bridge.former, former=former.id
            )
        elif bridge.relation == "same" and len(bridge.items) == 1 and bridge.items[0] in new:
            now = new[bridge.items[0]]
            for field in _changed(was, now):
                what, what_en = _ASKED[field]
                words = {"item": now.id, "what": what, "what_en": what_en}
                yield told("bridge_changed", "bridge", index, "relation", bridge.former, **words)
                break
    missing = [i for i in old if i not in {b.former for b in edition.bridge}]
    if missing:
        shown = "、".join(missing[:_SHOWN]) + ("…" if len(missing) > _SHOWN else "")
        yield told("bridge_incomplete", "edition", 0, "former", edition.id, items=shown)


def _changed(was: Item, now: Item) -> Iterator[str]:
    yield from (field for field in _ASKED if getattr(was, field) != getattr(now, field))


def reuse_problems(edition: Edition, others: Mapping[str, Edition]) -> Iterator[Problem]:
    """Ids of items and sections that mean something else in another edition.

    Along the line of editions an item keeps its id where the bridges carry it on as the same or
    reworded; anywhere else the id is taken. A section may keep its id along the line.
    """
    before = line(edition, others)[1:]
    every = {**others, edition.id: edition}
    after = {e.id for e in every.values() if edition in line(e, every)}
    related = after | {e.id for e in before}
    for other in sorted(others.values(), key=lambda e: e.id):
        if other.id == edition.id:
            continue
        carried = _carried(edition, before, other) if other in before else None
        for index, item in enumerate(edition.items):
            if carried is not None and item.id in carried:
                continue
            if other.id in related and other not in before:
                continue  # a later one: it was held against this edition when it came
            for was in (i for i in other.items if i.id == item.id):
                words = {"edition": other.id, "words": was.zh, "words_en": was.en}
                yield told("reused", "items", index, "id", item.id, **words)
        if other.id not in related:
            yield from _sections_reused(edition, other)


def _carried(edition: Edition, before: list[Edition], other: Edition) -> set[str]:
    """Ids of `edition` that its bridges carry on, unchanged in name, all the way from `other`."""
    kept: set[str] | None = None
    for newer in [edition, *before]:
        if newer.id == other.id:
            break
        own = {
            b.former
            for b in newer.bridge
            if b.relation in ("same", "reworded") and b.items == (b.former,)
        }
        kept = own if kept is None else kept & own
    return kept or set()


def _sections_reused(edition: Edition, other: Edition) -> Iterator[Problem]:
    there = {s.id: s for s in other.sections}
    for index, section in enumerate(edition.sections):
        was = there.get(section.id)
        if was is not None:
            words = {"edition": other.id, "words": was.zh, "words_en": was.en}
            yield told("section_reused", "sections", index, "id", section.id, **words)


@dataclass(frozen=True)
class Ancestor:
    """What an item was in an edition. `relation`: how near it is to the item asked about: `same`,
    `reworded` or `split`, the loosest of all the bridges between them."""

    edition: str
    item: str
    relation: Relation


def ancestry(item: str, edition: Edition, editions: Mapping[str, Edition]) -> list[Ancestor]:
    """The item itself and what it was in the editions before, newest first.

    A new item has no past; what was dropped is nobody's past. Of a split item every part has the
    former whole before it.
    """
    found = [Ancestor(edition.id, item, "same")]
    for newer, older in pairwise(line(edition, editions)):
        last = [a for a in found if a.edition == newer.id]
        for bridge in newer.bridge:
            heirs = [a for a in last if a.item in bridge.items]
            if heirs:
                loosest = max((heirs[0].relation, bridge.relation), key=_LOOSENESS.__getitem__)
                found.append(Ancestor(older.id, bridge.former, loosest))
    return found


def counted(edition: Edition) -> dict[str, int]:
    """How many items are the same, reworded, split and dropped against the former, and new."""
    relations = Counter(b.relation for b in edition.bridge)
    old = {item for b in edition.bridge for item in b.items}
    new = 0 if edition.former is None else sum(i.id not in old for i in edition.items)
    return {r: relations[r] for r in ("same", "reworded", "split", "dropped")} | {"new": new}
