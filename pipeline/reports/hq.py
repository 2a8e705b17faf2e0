"""The trend brief for HQ (总行趋势简报): the province and its regions, no branch by name."""

from __future__ import annotations

from audits.statistics.adoption import STATUSES
from pipeline.publication import Publication
from pipeline.reports import circular_tables, effect_section, rank_blocks
from pipeline.reports.blocks import Appendix, Block, Document, Note
from pipeline.reports.circular import cities, section
from pipeline.reports.coverage_blocks import reported
from pipeline.reports.figures import Figures, Language, figures
from pipeline.reports.follow_blocks import actions
from pipeline.reports.frame import document, source, titled
from pipeline.reports.lasting import claims
from pipeline.reports.movement_blocks import moved
from pipeline.reports.overall import (
    former_circular,
    headline,
    rollout,
    ruler,
    said,
    steps_and_words,
    tiers,
    trend,
    visited,
)  # fmt: skip
from pipeline.reports.procedure_blocks import awaiting
from pipeline.reports.restated_blocks import restated
from pipeline.reports.saying import join, say, whole
from pipeline.reports.words import word

ID = "hq"
_TRENDS = ("adherence", "observed_speak_up", "referral_rate")


def hq(publication: Publication, lang: Language = "zh") -> Document:
    """The brief of a publication as blocks."""
    f = figures(publication)
    first: list[Block] = [
        join(lang, headline(f, lang), visited(f, lang)),
        *awaiting(f, lang),
        *ruler(f, lang),
        *former_circular(f, lang),
        join(lang, rollout(f, lang), *steps_and_words(f, lang)),
    ]
    lines = [block for m in _TRENDS for block in trend(f, lang, m, f"trend_{m}")]
    blocks: list[Block] = [
        *section(lang, "overall", said(first)),
        *section(lang, "hq_trends", [*lines, *cities(f, lang)]),
        *section(lang, "movement", moved(f, lang)),
        *section(lang, "lasting", _adopted(f, lang)),
        *effect_section.blocks(f, lang),
        *section(lang, "claims", claims(f, lang)),
        *section(lang, "business", circular_tables.business(f, lang)),
        *section(lang, "hq_sure", _sure(f, lang)),
        *section(lang, "hq_data", [reported(f, lang), actions(f, lang), *restated(f, lang)]),
        _annex(f, lang),
    ]
    return document(f, lang, ID, titled(f, lang, "hq_title"), blocks)


def _adopted(f: Figures, lang: Language) -> list[Block]:
    own = {"period": f.period}
    every = f.count("adoption", **own)
    if not every.value:
        return []
    counts = {s: whole(f.count("adoption", status=s, **own)) for s in STATUSES}
    return [say(lang, "s_adoption", all=whole(every), **counts)]


def _sure(f: Figures, lang: Language) -> list[Block]:
    return rank_blocks.sureness(f, lang, tiers(f, lang))


def _annex(f: Figures, lang: Language) -> Appendix:
    notes = [Note(word(lang, f"method_{i}")) for i in (1, 2, 6, 4)]
    dictionary = circular_tables.dictionary(f, lang)
    return Appendix(word(lang, "method_title"), (*notes, source(f, lang), dictionary))
