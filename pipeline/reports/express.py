"""The monthly express (月度快报): two pages, no league; works for any period.

Signals of single series and how actions are counted stand in the circular.
"""

from __future__ import annotations

from pipeline.publication import Publication
from pipeline.reports.blocks import Block, Document, Note
from pipeline.reports.circular import section
from pipeline.reports.coverage_blocks import long, owing, reported
from pipeline.reports.figures import Figures, Language, figures
from pipeline.reports.follow_blocks import actions
from pipeline.reports.frame import document, taken_from, titled
from pipeline.reports.movement import by_chance, table
from pipeline.reports.movement_blocks import named, signals_counted
from pipeline.reports.overall import former_circular, headline, ruler, tiers, visited
from pipeline.reports.practice_blocks import items
from pipeline.reports.procedure_blocks import awaiting
from pipeline.reports.saying import join, say
from pipeline.reports.standing import strip
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word

ID = "express"
_METRICS = (
    "adherence", "seven_steps_complete", "observed_speak_up", "reported_speak_up",
    "speak_up_gap", "identification_rate", "referral_rate", "evening_meeting_rate",
)  # fmt: skip


def express(publication: Publication, lang: Language = "zh") -> Document:
    """The express of a publication as blocks."""
    f = figures(publication)
    first: list[Block] = [
        join(lang, headline(f, lang), visited(f, lang)),
        *awaiting(f, lang),
        *ruler(f, lang),
        *former_circular(f, lang),
        tiers(f, lang),
    ]
    blocks: list[Block] = [
        *section(lang, "overall", first),
        *section(lang, "movement", _moved(f, lang)),
        *section(lang, "express_steps", _steps(f, lang)),
        *section(lang, "items", items(f, lang, thresholds().items_express)),
        *section(lang, "express_owed", [reported(f, lang), *_owed(f, lang)]),
        *section(lang, "express_actions", [actions(f, lang, base=False)]),
        Note(word(lang, "express_note")),
        taken_from(f, lang),
    ]
    return document(f, lang, ID, titled(f, lang, "express_title"), blocks, layout="brief")


def _moved(f: Figures, lang: Language) -> list[Block]:
    told = named(f, lang, [m for m in _METRICS if m in f.metrics])
    title, part = word(lang, "headline_title"), word(lang, "metric")
    chance = by_chance(lang, ["headline"], [m for _, m in told])
    shown = [table(lang, "headline", title, part, told)]
    return [*([chance] if chance else []), *shown, *signals_counted(f, lang)]


def _steps(f: Figures, lang: Language) -> list[Block]:
    shown = strip(f, lang, f.root)
    return [shown] if any(c.value is not None for c in shown.cells) else [say(lang, "s_no_steps")]


def _owed(f: Figures, lang: Language) -> list[Block]:
    """Who owes a sheet, where the list is short; else how many."""
    told = owing(f, lang)
    return [*told[:1], say(lang, "express_long")] if long(f) else told
