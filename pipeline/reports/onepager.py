"""One page per branch (一页三改): where it stands, three things to put right, what is due."""

from __future__ import annotations

from typing import Any

from pipeline.publication import Publication
from pipeline.reports.blocks import (
    Block,
    Document,
    Evidence,
    Heading,
    Note,
    Reckoned,
    Sentence,
    Table,
    TableColumn,
)
from pipeline.reports.branch_rows import Branches, branches
from pipeline.reports.figures import Language, quoted
from pipeline.reports.frame import document
from pipeline.reports.saying import clipped, exact, join, period_words, points, say, share, whole
from pipeline.reports.standing import STEPS, post_name, standing, step_name, strip
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import known, word

ID = "onepager"


def onepager(publication: Publication, lang: Language, code: str) -> Document:
    """The page of one branch."""
    b = branches(publication)
    blocks: list[Block] = [
        Heading(word(lang, "onepager_place")),
        *_awaiting(b, lang, code),
        join(lang, standing(b, lang, code), _status(b, lang, code)),
        Heading(word(lang, "onepager_steps")),
        *_steps(b, lang, code),
        Heading(word(lang, "onepager_three")),
        *_three(b, lang, code),
        Heading(word(lang, "onepager_due")),
        *_due(b, lang, code),
        Note(word(lang, "onepager_note")),
    ]
    title = word(
        lang, "onepager_title", branch=b.f.name(code), period=period_words(b.f.period, lang)
    )
    return document(b.f, lang, ID, title, blocks, layout="onepage")


def _waiting(b: Branches, code: str) -> int:
    """Visits of the branch in the period that office and union have not decided on together."""
    at = (b.f.publication.manifest.get("reviews") or {}).get("at") or {}
    return int(at.get(code, 0))


def _awaiting(b: Branches, lang: Language, code: str) -> list[Block]:
    """That scores and facts stand provisionally; never which visit it is, nor why it waits."""
    if not _waiting(b, code):
        return []
    return [say(lang, "onepager_awaiting", n=whole(b.f.told("reviews", "at", code)))]


def _status(b: Branches, lang: Language, code: str) -> Sentence | None:
    row = b.adoption.get(code)
    if row is None:
        return None
    return say(lang, "onepager_status", status=word(lang, f"adoption_{row['status']}"))


def _steps(b: Branches, lang: Language, code: str) -> list[Block]:
    found = [(s, b.f.at(f"adherence.step.{s}", code)) for s in STEPS]
    known = [(s, e) for s, e in found if e.value is not None]
    if not known:
        return [say(lang, "s_no_steps")]
    if all(found.value == 1 for _, found in known):  # none is the weakest
        return [strip(b.f, lang, code), say(lang, "onepager_all_done")]
    return [strip(b.f, lang, code), _weakest(b, lang, known)]


def _weakest(b: Branches, lang: Language, known: list[tuple[str, Evidence]]) -> Sentence:
    """The step that is lowest as it is printed; where several are, all of them."""
    least = share(min((e for _, e in known), key=lambda e: e.value or 0.0))
    lowest = [(step, e) for step, e in known if share(e).text == least.text]
    if len(lowest) > 1:
        names = word(lang, "and").join(f"“{step_name(lang, step)}”" for step, _ in lowest)
        return say(lang, "onepager_weakest_tied", steps=names, value=least)
    step, e = lowest[0]
    said = {"value": share(e), "province": share(b.f.at(e.metric))}
    return say(lang, "onepager_weakest", step=step_name(lang, step), **said)


def _three(b: Branches, lang: Language, code: str) -> list[Block]:
    worst = b.worst.get(code, [])
    if not worst:
        return [say(lang, "onepager_nothing_lost" if code in b.lost else "onepager_not_seen")]
    columns = (
        TableColumn("number", word(lang, "number"), "integer", 0, 0.5),
        TableColumn("item", word(lang, "onepager_item"), width=3.2),
        TableColumn("fact", word(lang, "onepager_fact"), width=3.6),
        TableColumn("post", word(lang, "post"), width=1.4),
    )
    doubted = bool(_waiting(b, code))
    rows = [_row(lang, i, item, doubted) for i, item in enumerate(worst, 1)]
    table = Table(
        word(lang, "onepager_three"), columns, rows, len(worst), id="three", query=_query(b, code)
    )
    talks = [_talk(lang, i, item) for i, item in enumerate(worst, 1)]
    return [_worth(b, lang, code, worst), table, say(lang, "onepager_how"), *talks]


def _query(b: Branches, code: str) -> str:
    return (
        "SELECT row_number() OVER (ORDER BY r.lost DESC, r.item_id) AS number, r.* "
        "FROM item_result r JOIN edition e USING (edition, item_id) "
        f"WHERE r.scope = {quoted(code)} AND r.period = {quoted(b.f.period)} AND r.lost > 0 "
        "AND (e.instrument = 'covert' OR NOT EXISTS (SELECT 1 FROM item_result x JOIN edition y "
        f"USING (edition, item_id) WHERE x.scope = {quoted(code)} AND "
        f"x.period = {quoted(b.f.period)} AND y.instrument = 'covert')) "
        f"ORDER BY number LIMIT {thresholds().items_branch}"
    )


def _worth(b: Branches, lang: Language, code: str, worst: list[dict[str, Any]]) -> Sentence:
    part, whole_ = sum(r["lost"] for r in worst), b.lost[code]["lost"]
    lost = exact(Reckoned(part, f"SELECT sum(lost) FROM ({_query(b, code)})"))
    if len(worst) < thresholds().items_branch:
        n = whole(Reckoned(len(worst), f"SELECT count(*) FROM ({_query(b, code)})"))
        return say(lang, "onepager_share_fewer", n=n, lost=lost)
    every = _query(b, code).rsplit(" LIMIT ", 1)[0]
    query = f"SELECT (SELECT sum(lost) FROM ({_query(b, code)})) / sum(lost) FROM ({every})"
    return say(lang, "onepager_share", lost=lost, share=share(Reckoned(part / whole_, query), 0))


def _row(lang: Language, number: int, item: dict[str, Any], doubted: bool) -> dict[str, Any]:
    return {
        "number": number,
        "item": wording(lang, item),
        "fact": _fact(lang, item, doubted),
        "post": post_name(lang, item["role"]),
        **{k: item[k] for k in ("item_id", "lost", "applicable", "answers")},
    }


def wording(lang: Language, item: dict[str, Any]) -> str:
    """An item's wording, cut to what a page has room for; its id where it has none."""
    length = thresholds().item_length * (1 if lang == "zh" else 2)
    return clipped(item[lang] or item["zh"] or item["item_id"], length)


def _fact(lang: Language, item: dict[str, Any], doubted: bool) -> str:
    """What was answered, then what was written. What may be of a visit that awaits review is never
    quoted: it is not known to have been seen."""
    length = thresholds().reasons_length * (1 if lang == "zh" else 2)
    reasons = clipped(("；" if lang == "zh" else "; ").join(item["reasons"] or []), length)
    undone = item["applicable"] and item["lost"] >= item["applicable"]
    kind = "undone" if undone else "fact" if item["applicable"] else "deducted"
    left = doubted and reasons
    key = f"onepager_{kind}_{'left' if left else 'said' if reasons else 'bare'}"
    never = word(lang, "onepager_never_once" if item["answers"] == 1 else "onepager_never")
    shown = {"lost": points(item["lost"]), "full": points(item["applicable"]), "never": never}
    return word(lang, key, n=item["answers"], reasons=reasons, **shown)


def _talk(lang: Language, place: int, item: dict[str, Any]) -> Sentence:
    """What is practised in the second minute, and by whom."""
    return say(
        lang,
        "onepager_talk",
        number=_ordinal(lang, place),
        post=post_name(lang, item["role"]),
        item=wording(lang, item),
        drill=word(lang, _drill(item)),
    )


_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth")


def _ordinal(lang: Language, place: int) -> str:
    return "一二三四五"[place - 1] if lang == "zh" else _ORDINALS[place - 1]


def _drill(item: dict[str, Any]) -> str:
    """How the item is practised: its own drill, else that of its step or section."""
    if not item["applicable"]:
        return "drill_deduct"
    own = (f"drill_{tried}" for tried in (item["item_id"], item["step"], item["section"]) if tried)
    return next((key for key in own if key in known()), "drill_other")


def _due(b: Branches, lang: Language, code: str) -> list[Block]:
    own = b.actions.get(code, [])
    if not own:
        return [say(lang, "onepager_no_actions")]
    place = f"branch_code = {quoted(code)} AND {b.waiting()}"
    query = f"SELECT count(*) FROM fact_corrective_action WHERE {place}"
    late = sum(b.late(a) for a in own)
    said = say(
        lang,
        "onepager_actions",
        n=whole(Reckoned(len(own), query)),
        late=whole(Reckoned(late, f"{query} AND due_date <= DATE '{b.day}'")),
    )
    shown = own[: thresholds().actions_named]
    rest = Reckoned(
        len(own) - len(shown), f"{query.replace('count(*)', f'count(*) - {len(shown)}')}"
    )
    first = Reckoned(len(shown), query.replace("count(*)", f"least(count(*), {len(shown)})"))
    more = say(lang, "onepager_more", shown=whole(first), n=whole(rest)) if rest.value else None
    return [join(lang, said, more), _actions(b, lang, place, shown)]


def _actions(b: Branches, lang: Language, place: str, own: list[dict[str, Any]]) -> Table:
    columns = (
        TableColumn("due_date", word(lang, "status_due"), "date", width=1.3),
        TableColumn("item", word(lang, "onepager_item"), width=4.4),
        TableColumn("post", word(lang, "post"), width=1.5),
        TableColumn("state", word(lang, "state"), width=1.1),
    )
    rows = [
        {
            "due_date": a["due_date"],
            "item": wording(lang, a),
            "post": post_name(lang, a["role"]),
            "state": word(lang, f"onepager_{_urgency(b, a)}"),
        }
        for a in own
    ]
    query = (
        f"SELECT * FROM fact_corrective_action WHERE {place} ORDER BY due_date, issue_id "
        f"LIMIT {len(own)}"
    )
    return Table(word(lang, "onepager_due"), columns, rows, len(own), id="due", query=query)


def _urgency(b: Branches, action: dict[str, Any]) -> str:
    if b.late(action):
        return "overdue"
    return "soon" if action["due_date"] and action["due_date"] <= b.soon else "open"
