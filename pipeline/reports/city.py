"""The digest of a city (二级分行简报): its own branches, for its own manager."""

from __future__ import annotations

from typing import Any

from pipeline.publication import Publication
from pipeline.reports.blocks import Block, Document, Note, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.branch_rows import ALL, Branches, branches
from pipeline.reports.circular import section
from pipeline.reports.coverage_blocks import owing, reported
from pipeline.reports.figures import PRESENT, Language, quoted
from pipeline.reports.follow_blocks import follow_up
from pipeline.reports.frame import document, taken_from, titled
from pipeline.reports.lasting import claims, lasting
from pipeline.reports.overall import covert, headline
from pipeline.reports.practice_blocks import items
from pipeline.reports.rank_blocks import counted_since
from pipeline.reports.saying import join, say, share, whole
from pipeline.reports.standing import post_name
from pipeline.reports.steps_blocks import steps_and_zones
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word

ID = "city"


def city(publication: Publication, lang: Language, code: str) -> Document:
    """The digest of one city or direct institution as blocks."""
    b = branches(publication)
    f = b.f
    blocks: list[Block] = [
        *section(lang, "overall", _overall(b, lang, code)),
        *section(lang, "city_branches", [_tiers(b, lang, code), _table(b, lang, code)]),
        *section(lang, "steps", steps_and_zones(f, lang, code)),
        *section(lang, "items", items(f, lang, thresholds().items_express, code)),
        *section(lang, "lasting", lasting(f, lang, code)),
        *section(lang, "claims", claims(f, lang, code)),
        *section(lang, "follow_up", [*follow_up(f, lang, code), *_late(b, lang, code)]),
        *section(lang, "reporting", [reported(f, lang, code), *owing(f, lang, code)]),
        Note(word(lang, "city_note")),
        taken_from(f, lang),
    ]
    title = titled(f, lang, "city_digest_title", name=f.name(code))
    return document(f, lang, ID, title, blocks)


def _overall(b: Branches, lang: Language, code: str) -> list[Block]:
    f = b.f
    own: dict[str, Any] = {"period": f.months, "status": "ok", "edition": covert(f)}
    seen = say(
        lang,
        "s_visited",
        visits=whole(f.count("visit_score", within=code, **own)),
        branches=whole(f.count("visit_score", distinct="scope", within=code, **own)),
    )
    own_value, whole_value = f.at("adherence", code), f.at("adherence")
    both = own_value.value is not None and whole_value.value is not None
    province = say(lang, "s_province", value=share(whole_value)) if both else None
    return [join(lang, headline(f, lang, code), province, seen)]


def _tiers(b: Branches, lang: Language, code: str) -> Sentence:
    ranked = {"period": b.f.period, "peer_group": ALL}
    known = b.f.count("rank", within=code, low=PRESENT, **ranked)
    if not known.value:
        return say(lang, "s_tiers_none")
    tiers = ("above", "average", "below")
    counts = {t: whole(b.f.count("rank", within=code, tier=t, **ranked)) for t in tiers}
    return say(lang, "s_city_tiers", of=whole(known), **counts)


def _table(b: Branches, lang: Language, code: str) -> Table:
    """Every branch of the node, ranked or not."""
    f = b.f
    own = f.rows("scope_member", scope=code)["branch_code"].sort().to_list()
    inside = f"(SELECT branch_code FROM scope_member WHERE scope = {quoted(code)})"
    query = (
        "SELECT s.scope, s.name, r.score, r.low, r.high, r.visits, "
        "(SELECT count(*) FROM fact_corrective_action a WHERE a.branch_code = s.scope "
        f"AND {b.waiting('a.')}) AS open, "
        "(SELECT count(*) FROM fact_corrective_action a WHERE a.branch_code = s.scope "
        f"AND {b.waiting('a.')} AND a.due_date <= DATE '{b.day}') AS late "
        f"FROM scope s LEFT JOIN rank r ON r.scope = s.scope AND r.period = {quoted(f.period)} "
        f"AND r.peer_group = 'all' WHERE s.level = 'branch' AND s.scope IN {inside} "
        "ORDER BY s.scope"
    )
    rows = [_row(b, lang, branch) for branch in own]
    columns = (
        TableColumn("name", word(lang, "branch"), width=3.6),
        TableColumn("tier", word(lang, "tier"), width=1.3),
        TableColumn("score", word(lang, "score"), "points", 1, 0.9),
        TableColumn("interval", word(lang, "interval"), width=1.2),
        TableColumn("visits", word(lang, "visits"), "count", 0, 0.8),
        TableColumn("status", word(lang, "city_adoption"), width=1.2),
        TableColumn("open", word(lang, "city_open"), "count", 0, 0.9, total=True),
        TableColumn("late", word(lang, "actions_late"), "count", 0, 0.9, total=True),
    )
    title = word(lang, "city_branches_title")
    note = counted_since(lang, (b.ranks.get(code, {}) for code in own))
    return Table(title, columns, rows, len(own), note, "branches", query)


def _row(b: Branches, lang: Language, code: str) -> dict[str, Any]:
    rank = b.ranks.get(code, {})
    status = b.adoption.get(code, {}).get("status")
    open_ = b.actions.get(code, [])
    low = rank.get("low")
    return {
        "scope": code,
        "name": b.f.name(code),
        "tier": word(lang, f"tier_{rank['tier']}") if rank.get("tier") else "",
        "score": rank.get("score"),
        "interval": "" if low is None else f"{low}–{rank['high']}",
        "visits": rank.get("visits"),
        "status": word(lang, f"adoption_{status}") if status else "",
        "open": len(open_),
        "late": sum(b.late(a) for a in open_),
    }


def _late(b: Branches, lang: Language, code: str) -> list[Block]:
    """The actions of the node that are overdue, the oldest first, so many as are to be read."""
    own = b.f.rows("scope_member", scope=code)["branch_code"].to_list()
    late = [a for c in own for a in b.actions.get(c, []) if b.late(a)]
    if not late:
        return []
    shown = sorted(late, key=lambda a: (a["due_date"], a["issue_id"]))[: thresholds().missing_shown]
    place = (
        "branch_code IN (SELECT branch_code FROM scope_member WHERE scope = "
        f"{quoted(code)}) AND {b.waiting()} AND due_date <= DATE '{b.day}'"
    )
    query = (
        "SELECT a.*, s.name FROM fact_corrective_action a LEFT JOIN scope s "
        f"ON s.scope = a.branch_code WHERE {place} ORDER BY due_date, issue_id LIMIT {len(shown)}"
    )
    rows = [
        {
            **a,
            "name": b.f.name(a["branch_code"]),
            "item": a[lang] or a["item_id"],
            "post": post_name(lang, a["role"]),
        }
        for a in shown
    ]
    columns = (
        TableColumn("due_date", word(lang, "status_due"), "date", width=1.3),
        TableColumn("name", word(lang, "branch"), width=2.4),
        TableColumn("item", word(lang, "item"), width=4),
        TableColumn("post", word(lang, "post"), width=1.5),
    )
    table = Table(word(lang, "city_late_title"), columns, rows, len(shown), id="late", query=query)
    rest = Reckoned(
        len(late) - len(shown),
        f"SELECT count(*) - {len(shown)} FROM fact_corrective_action WHERE {place}",
    )
    return [table, *([say(lang, "onepager_more", n=whole(rest))] if rest.value else [])]
