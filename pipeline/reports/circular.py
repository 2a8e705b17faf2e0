"""The circular (通报): for a month, a quarter or a year."""

from __future__ import annotations

import polars as pl

from pipeline.publication import Publication
from pipeline.reports import circular_tables, effect_section, rank_blocks
from pipeline.reports.blocks import Appendix, Block, Chart, Document, Heading, Note, Series
from pipeline.reports.coverage_blocks import coverage, long, missing
from pipeline.reports.figures import Figures, Language, figures
from pipeline.reports.follow_blocks import follow_up
from pipeline.reports.frame import document, source, titled
from pipeline.reports.lasting import claims, lasting
from pipeline.reports.movement_blocks import moved
from pipeline.reports.overall import MAIN, overall
from pipeline.reports.practice_blocks import conduct, items, practice
from pipeline.reports.procedure_blocks import check, rounds
from pipeline.reports.restated_blocks import restated
from pipeline.reports.saying import say, share
from pipeline.reports.steps_blocks import steps_and_zones
from pipeline.reports.thresholds import thresholds
from pipeline.reports.trust_blocks import trust
from pipeline.reports.words import word

ID = "circular"


def circular(publication: Publication, lang: Language = "zh") -> Document:
    """The circular of a publication as blocks."""
    f = figures(publication)
    blocks: list[Block] = [
        *section(lang, "overall", overall(f, lang)),
        *section(lang, "league", _league(f, lang)),
        *section(lang, "movement", moved(f, lang)),
        *section(lang, "steps", steps_and_zones(f, lang)),
        *section(lang, "practice", _practice(f, lang)),
        *section(lang, "lasting", lasting(f, lang)),
        *effect_section.blocks(f, lang),
        *section(lang, "claims", claims(f, lang)),
        *section(lang, "business", circular_tables.business(f, lang)),
        *section(lang, "follow_up", follow_up(f, lang)),
        *section(lang, "reporting", coverage(f, lang)),
        *section(lang, "procedure", [*rounds(f, lang), *check(f, lang)]),
        *trust(f, lang),
        *section(lang, "restated", restated(f, lang)),
        *_annexes(f, lang),
    ]
    return document(f, lang, ID, titled(f, lang, "title"), blocks)


def section(lang: Language, heading: str, blocks: list[Block]) -> list[Block]:
    """The blocks under their heading; no heading where there are none."""
    return [Heading(word(lang, heading)), *blocks] if blocks else []


def _league(f: Figures, lang: Language) -> list[Block]:
    if f.rows("rank", period=f.period).is_empty():
        return [say(lang, "s_no_ranks"), *cities(f, lang)]
    title = word(lang, "league_title")
    return [
        *rank_blocks.notes(f, lang),
        rank_blocks.groups(f, lang),
        *rank_blocks.rewards(f, lang),
        *cities(f, lang),
        say(lang, "league_where", title=title),
    ]


def _practice(f: Figures, lang: Language) -> list[Block]:
    worst = items(f, lang, thresholds().items_worst)
    return [*practice(f, lang), *worst, *conduct(f, lang)]


def cities(f: Figures, lang: Language) -> list[Block]:
    """Adherence of cities and direct institutions as a chart, the best first."""
    rows = pl.concat([f.by_scope(MAIN, level) for level in ("city", "direct")])
    rows = rows.filter(pl.col("value").is_not_null() & (pl.col("status") == "ok"))
    if rows.height < 2:
        return []
    rows = rows.sort(["value", "scope"], descending=[True, False])
    told = [f.at(MAIN, code) for code in rows["scope"]]
    axis = word(lang, "adherence_axis")
    said = say(lang, "league_says", low=share(told[-1]), high=share(told[0]))
    return [
        Chart(
            title=word(lang, "city_title"),
            says=said.text,
            kind="bar",
            categories=[f.name(e.scope) for e in told],
            series=(Series(axis, [e.value for e in told]),),
            unit=axis,
            format="percent",
            id="cities",
            evidence=tuple(told),
        )
    ]


def _annexes(f: Figures, lang: Language) -> list[Block]:
    ranked = not f.rows("rank", period=f.period).is_empty()
    title = word(lang, "league_title")
    league = [Appendix(title, (rank_blocks.league(f, lang),))] if ranked else []
    owed = [Appendix(word(lang, "missing_title"), (missing(f, lang),))] if long(f) else []
    notes = [Note(word(lang, f"method_{i}")) for i in (1, 2, 6, 4, 5)]
    method = (
        *notes,
        *rank_blocks.method(lang),
        *effect_section.method(f, lang),
        source(f, lang),
        circular_tables.dictionary(f, lang),
    )
    return [*league, *owed, Appendix(word(lang, "method_title"), method)]
