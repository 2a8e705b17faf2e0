"""The union's report on fairness (工会公平性报告): nothing in it points to a shopper."""

from __future__ import annotations

import polars as pl

from audits.calibration import LEAST_VISITS
from pipeline.publication import Publication
from pipeline.reports import rank_blocks, trust_blocks
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Document,
    Note,
    Reckoned,
    Table,
    TableColumn,
)
from pipeline.reports.circular import section
from pipeline.reports.coverage_blocks import visits, visits_by
from pipeline.reports.figures import Figures, Language, figures
from pipeline.reports.follow_blocks import appealed, outcome
from pipeline.reports.frame import document, source, titled
from pipeline.reports.names import node_name
from pipeline.reports.overall import tiers, visited
from pipeline.reports.procedure_blocks import awaiting, check, rounds
from pipeline.reports.register import OUTCOMES
from pipeline.reports.saying import say, whole
from pipeline.reports.words import word

ID = "fairness"
_STATUSES = ("ok", "below_floor", "constant", "other_days", "insufficient")


def fairness(publication: Publication, lang: Language = "zh") -> Document:
    """The report of a publication as blocks."""
    f = figures(publication)
    agreed: list[Block] = [
        *trust_blocks.paired(f, lang),
        *trust_blocks.needed(f, lang),
        *_agreement(f, lang),
        *_severity(f, lang),
        *trust_blocks.items(f, lang),
    ]
    left_out = trust_blocks.excluded(f, lang) or [say(lang, "s_none_excluded")]
    sure: list[Block] = [
        *rank_blocks.sureness(f, lang, tiers(f, lang)),
        *trust_blocks.reliability(f, lang),
        *(rank_blocks.rewards(f, lang) or [say(lang, "s_no_rewards")]),
    ]
    blocks: list[Block] = [
        *section(
            lang, "fairness_visits", [visited(f, lang), *visits(f, lang), *_by_group(f, lang)]
        ),
        *section(lang, "fairness_agreement", agreed or [say(lang, "s_no_pairs")]),
        *section(lang, "fairness_appeals", [*appealed(f, lang), *_appeals(f, lang)]),
        *section(lang, "fairness_awaiting", [*awaiting(f, lang)]),
        *section(lang, "fairness_excluded", left_out),
        *section(lang, "procedure", [*rounds(f, lang), *check(f, lang)]),
        *section(lang, "fairness_sure", sure),
        Note(word(lang, "fairness_note")),
        Appendix(
            word(lang, "method_title"),
            (Note(word(lang, "method_6")), *rank_blocks.method(lang), source(f, lang)),
        ),
    ]
    return document(f, lang, ID, titled(f, lang, "fairness_title"), blocks)


def _groups(f: Figures, lang: Language) -> list[tuple[str, str]]:
    rows = f.scopes.filter(pl.col("level") == "peer_group").sort("scope")
    return [(code, node_name(f, lang, code)) for code in rows["scope"]]


def _by_group(f: Figures, lang: Language) -> list[Block]:
    """Was each kind of branch visited alike?"""
    groups = [code for code, _ in _groups(f, lang)]
    return visits_by(f, lang, groups, ("peer", "by_group_title", "by_group"))


def _agreement(f: Figures, lang: Language) -> list[Block]:
    """How many items two shoppers judge alike."""
    if f.table("item_agreement").is_empty():
        return []
    counts = {s: whole(f.count("item_agreement", status=s)) for s in _STATUSES}
    judged = f.count("item_agreement", status=["ok", "below_floor"])
    every = {"all": whole(f.count("item_agreement")), "judged": whole(judged)}
    said = say(lang, "s_agreement", **every, **counts)
    weak = f.rows("item_agreement", status="below_floor")
    return [said, *([_weak(f, lang, weak)] if weak.height else [])]


def _weak(f: Figures, lang: Language, weak: pl.DataFrame) -> Table:
    wording = f.table("edition").select("edition", "item_id", "zh", "en").unique()
    told = weak.join(wording, on=["edition", "item_id"], how="left").sort("item_id", "edition")
    rows = [{**r, "item": r[lang] or r["item_id"]} for r in told.to_dicts()]
    columns = (
        TableColumn("item_id", word(lang, "item_id")),
        TableColumn("item", word(lang, "item"), width=4),
        TableColumn("pairs", word(lang, "pairs"), "count", 0),
        TableColumn("raw", word(lang, "raw"), "percent"),
        TableColumn("alpha", word(lang, "alpha"), "decimal", 2),
        TableColumn("ac1", word(lang, "ac1"), "decimal", 2),
    )
    query = (
        "SELECT a.*, e.zh, e.en FROM item_agreement a LEFT JOIN edition e "
        "USING (edition, item_id) WHERE a.status = 'below_floor' ORDER BY a.item_id, a.edition"
    )
    title, note = word(lang, "weak_title"), word(lang, "weak_note")
    return Table(title, columns, rows, weak.height, note, "weak", query)


def _severity(f: Figures, lang: Language) -> list[Block]:
    """How many shoppers differ from the others: a number, and only of enough of them."""
    judged = f.count("shopper_calibration", distinct="shopper", status="ok")
    if (judged.value or 0) < LEAST_VISITS:
        return []
    differ = f.count("shopper_calibration", distinct="shopper", status="ok", differs=True)
    return [say(lang, "s_severity", n=whole(judged), differ=whole(differ))]


def _appeals(f: Figures, lang: Language) -> list[Block]:
    """Appeals filed in the period, by kind of branch and how they ended."""
    slots = dict(zip(("upheld", "partly", "rejected", "pending"), OUTCOMES, strict=True))
    rows = []
    for code, name in _groups(f, lang):
        found: dict[str, Reckoned] = {
            "branches": f.count("scope_member", scope=code),
            "filed": outcome(f, "", code),
            **{k: outcome(f, kind, code) for k, kind in slots.items()},
        }
        if found["filed"].value:
            values = {k: v.value for k, v in found.items()}
            rows.append({"part": name, **values, "evidence": found})
    if not rows:
        return []
    columns = (
        TableColumn("part", word(lang, "peer"), width=2.2),
        *(
            TableColumn(k, word(lang, f"appeals_{k}"), "count", 0, total=k != "branches")
            for k in ("branches", "filed", *slots)
        ),
    )
    return [Table(word(lang, "appeals_title"), columns, rows, len(rows), id="appeals")]
