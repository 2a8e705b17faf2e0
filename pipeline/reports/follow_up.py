"""The follow-up kit of a city (督办): letter, list of the unreported, ledger, text for a chat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from audits.actions import SEVERITY_WORDS, STATE_WORDS
from audits.scorecard import ROLES
from pipeline.periods import label
from pipeline.reports.blocks import Block, Document, Heading, Note, Sentence, Table, TableColumn
from pipeline.reports.figures import Language
from pipeline.reports.follow_up_words import word

NAMED = 20  # branches named in a chat; beyond that many are counted
LISTED = 20  # urgent actions in the letter; the ledger has all
_OWED = ("not_reported", "pending_correction")


@dataclass(frozen=True)
class CityKit:
    """What is to be chased in one city.

    `unreported`: rows [branch_code, branch_name, month, due, status]; `actions`: rows as of
    `mingcha action list`, settled ones of the period included; `answer_by`: day an answer is due;
    `items`: (edition, item) → wording 中/EN, with edition "" the newest.
    """

    city: str
    name: str
    period: str
    as_of: date
    answer_by: date
    unreported: Sequence[Mapping[str, Any]] = ()
    actions: Sequence[Mapping[str, Any]] = ()
    items: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @property
    def unsettled(self) -> list[Mapping[str, Any]]:
        return [a for a in self.actions if a["waits_for"]]

    @property
    def overdue(self) -> list[Mapping[str, Any]]:
        return [a for a in self.actions if a["overdue"]]

    @property
    def with_the_office(self) -> list[Mapping[str, Any]]:
        return [a for a in self.actions if a["waits_for"] == "office"]

    @property
    def recurring(self) -> list[Mapping[str, Any]]:
        return [a for a in self.unsettled if a["recurring"]]

    @property
    def anything(self) -> bool:
        """Whether there is anything to write a letter about."""
        return bool(self.unreported or self.unsettled)

    def numbers(self) -> dict[str, int]:
        """The figures that every part of the kit states."""
        owed = Counter(row["status"] for row in self.unreported)
        return {
            **{status: owed[status] for status in _OWED},
            "unsettled": len(self.unsettled),
            "overdue": len(self.overdue),
            "recurring": len(self.recurring),
            "office": len(self.with_the_office),
        }


def _document(kit: CityKit, lang: Language, id: str, blocks: list[Block], **more: Any) -> Document:
    day = kit.as_of.isoformat()
    return Document(
        id=id,
        title=word(lang, f"{id}_title", city=kit.name, period=label(kit.period, lang)),
        subtitle=word(lang, "subtitle", city=kit.name, period=label(kit.period, lang), day=day),
        issuer=word(lang, "issuer"),
        date=_day(kit.as_of, lang),
        period=kit.period,
        revision=0,
        language=lang,
        blocks=tuple(blocks),
        meta={"date": day},
        **more,
    )


def _day(day: date, lang: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else day.isoformat()


def letter(kit: CityKit, lang: Language = "zh") -> Document:
    """The letter of supervision (督办函): what is owed, what is overdue, and by when to answer."""
    numbers = kit.numbers()
    period = label(kit.period, lang)
    blocks: list[Block] = [
        Sentence(word(lang, "opening", period=period, day=_day(kit.as_of, lang))),
        Heading(word(lang, "reporting")),
    ]
    if kit.unreported:
        blocks += [Sentence(word(lang, "owed", period=period, **numbers)), _owed(kit, lang)]
    else:
        blocks.append(Sentence(word(lang, "all_reported", period=period)))
    blocks.append(Heading(word(lang, "rectifying")))
    blocks.append(Sentence(word(lang, "actions" if kit.unsettled else "no_actions", **numbers)))
    urgent = [a for a in kit.unsettled if a["overdue"] or a["recurring"]]
    if urgent:
        blocks.append(_actions(kit, lang, urgent[:LISTED], "urgent", _SHORT))
    if len(urgent) > LISTED:
        blocks.append(Sentence(word(lang, "rest", n=len(urgent) - LISTED)))
    blocks.append(Heading(word(lang, "wanted")))
    by = _day(kit.answer_by, lang)
    blocks += [Sentence(word(lang, f"wanted_{what}", by=by)) for what in _wanted(kit)]
    addressee = word(lang, "addressee", city=kit.name)
    return _document(kit, lang, "letter", blocks, addressee=addressee)


def _wanted(kit: CityKit) -> list[str]:
    """What the letter asks for: only what is owed."""
    asked = {
        "reporting": kit.unreported,
        "overdue": kit.overdue,
        "open": [a for a in kit.unsettled if a["waits_for"] == "branch" and not a["overdue"]],
        "recurring": kit.recurring,
    }
    return [what for what, owed in asked.items() if owed]


def unreported(kit: CityKit, lang: Language = "zh") -> Document:
    """The list of those who have not reported (未报送名单)."""
    said = word(lang, "owed", period=label(kit.period, lang), **kit.numbers())
    return _document(kit, lang, "unreported", [Note(said), _owed(kit, lang)])


def ledger(kit: CityKit, lang: Language = "zh") -> Document:
    """The ledger of actions with 销号 (整改台账)."""
    said = word(lang, "actions", **kit.numbers())
    table = _actions(kit, lang, list(kit.actions), "ledger_table", _LONG)
    return _document(kit, lang, "ledger", [Note(said), table])


def _owed(kit: CityKit, lang: Language) -> Table:
    rows = [
        {
            "month": row["month"],
            "code": row["branch_code"],
            "branch": row["branch_name"],
            "due": str(row["due"]),
            "status": word(lang, row["status"]),
        }
        for row in kit.unreported
    ]
    widths = {"month": 1.2, "code": 1.5, "branch": 2.6, "due": 1.5, "status": 1.2}
    columns = tuple(TableColumn(c, word(lang, f"c_{c}"), width=w) for c, w in widths.items())
    return Table(word(lang, "owed_table"), columns, rows, len(kit.unreported), id="unreported")


_SHORT = {"branch": 2.2, "item": 3.2, "severity": 0.9, "due": 2.0, "state": 1.2, "mark": 1.3}
_LONG = {
    "action": 2.6, "code": 1.2, "branch": 2.2, "item": 4.0, "severity": 0.8, "owner": 1.4,
    "round": 0.9, "issued": 1.2, "due": 1.2, "state": 1.0, "mark": 1.4, "measure": 3.0,
    "evidence": 1.6, "done": 1.2, "closed": 1.2,
}  # fmt: skip


def _actions(
    kit: CityKit,
    lang: Language,
    actions: Sequence[Mapping[str, Any]],
    title: str,
    widths: Mapping[str, float],
) -> Table:
    columns = tuple(TableColumn(c, word(lang, f"c_{c}"), width=w) for c, w in widths.items())
    rows = [{c: shown[c] for c in widths} for shown in (_shown(kit, a, lang) for a in actions)]
    return Table(word(lang, title), columns, rows, len(actions), id=title)


def _shown(kit: CityKit, action: Mapping[str, Any], lang: Language) -> dict[str, str]:
    which = 0 if lang == "zh" else 1
    own, any_edition = ((e, action["item_id"]) for e in (action["edition"], ""))
    wording = (kit.items.get(own) or kit.items.get(any_edition) or ("", ""))[which]
    severity, owner = action["severity"], action["owner"]
    marks = [word(lang, m) for m in ("overdue", "recurring") if action[m]]
    return {
        "action": action["action"],
        "code": action["branch_code"],
        "branch": action["branch_name"],
        "item": f"{action['item_id']} {wording}".strip(),
        "severity": SEVERITY_WORDS[severity][which] if severity else "",
        "owner": ROLES[owner][which] if owner in ROLES else owner,
        "round": action["round"],
        "issued": action["issued"],
        "due": action["due"],
        "state": STATE_WORDS[action["state"]][which],
        "mark": word(lang, "and").join(marks),
        "measure": action["measure"],
        "evidence": action["evidence"],
        "done": action["done"] or "",
        "closed": action["closed"] or "",
    }


def chat(kit: CityKit, lang: Language = "zh") -> str:
    """A text to be pasted into a chat as it is: no markup, short lines."""
    period, numbers = label(kit.period, lang), kit.numbers()
    lines = [word(lang, "chat_head", city=kit.name, day=_day(kit.as_of, lang))]
    for status in _OWED:
        own = Counter(r["branch_name"] for r in kit.unreported if r["status"] == status)
        if own:
            said = {"period": period, "n": len(own), "names": _names(list(own), lang)}
            lines.append(word(lang, f"chat_{status}", **said))
    if not kit.unreported:
        lines.append(word(lang, "all_reported", period=period))
    lines.append(word(lang, "chat_actions" if kit.unsettled else "no_actions", **numbers))
    late = Counter(str(a["branch_name"]) for a in kit.overdue)
    if late:
        counted = [word(lang, "chat_each", name=n, n=k) for n, k in late.most_common()]
        lines.append(word(lang, "chat_overdue", names=_names(counted, lang)))
    if kit.anything:
        lines.append(word(lang, "chat_wanted", by=_day(kit.answer_by, lang)))
    return "\n".join(lines) + "\n"


def _names(names: Sequence[str], lang: Language) -> str:
    told = word(lang, "and").join(names[:NAMED])
    rest = len(names) - NAMED
    return told + word(lang, "more", n=rest) if rest > 0 else told
