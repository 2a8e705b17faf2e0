"""The circular (通报): judgement, league, steps, items, metrics, reporting, restatements."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.periods import months_of
from pipeline.publication import Publication
from pipeline.reports import circular_tables as tables
from pipeline.reports import effect_section, rank_blocks, trust_blocks
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Evidence,
    Heading,
    Note,
    Sentence,
    Series,
)
from pipeline.reports.figures import Figures, Language, figures
from pipeline.reports.lasting import lasting
from pipeline.reports.procedure_blocks import procedure
from pipeline.reports.words import STEADY_PP, word
from pipeline.ruler import changed

ID = "circular"


def percent(evidence: Evidence) -> str:
    """A share as 87.3%, a missing one as a dash."""
    return "—" if evidence.value is None else f"{evidence.value * 100:.1f}%"


def change(now: Evidence, before: Evidence, language: Language) -> str:
    """The change between two shares in words."""
    if now.value is None or before.value is None:
        return word(language, "first_time")
    pp = (now.value - before.value) * 100
    if abs(pp) < STEADY_PP:
        return word(language, "steady")
    return word(language, "up" if pp > 0 else "down", pp=f"{abs(pp):.1f}")


def _overall(f: Figures, lang: Language) -> list[Block]:
    now, before = f.at("adherence"), f.at("adherence", period=f.former)
    visits, seen = _visited(f)
    first = word(
        lang,
        "s_adherence",
        period=tables.period_words(f.period, lang),
        value=percent(now),
        change=change(now, before, lang),
        visits=visits,
        branches=seen,
    )
    return [
        Heading(word(lang, "overall")),
        Sentence(first, (now, before)),
        *_ruler(f, lang),
        _sentence(
            f,
            lang,
            "s_rollout",
            rollout="rollout_coverage",
            steps="seven_steps_complete",
            observed="observed_speak_up",
            reported="reported_speak_up",
            gap="speak_up_gap",
        ),
        _sentence(
            f,
            lang,
            "s_veto",
            veto="veto_rate",
            rectified="rectified_on_time",
            upheld="appeal_upheld",
        ),
        *_trend_chart(f, lang),
    ]


def _ruler(f: Figures, lang: Language) -> list[Block]:
    """Where another edition took over since the period before began."""
    since, until = months_of(f.former)[0], months_of(f.period)[-1]
    return [
        Sentence(
            word(
                lang,
                "ruler",
                month=tables.period_words(r.first, lang),
                edition=r.edition.id,
                **r.changes,
            )
        )
        for r in changed(f.publication, "covert")
        if since < r.first <= until
    ]


def _visited(f: Figures) -> tuple[int, int]:
    """Covert visits with a score in the period itself, and the branches they went to."""
    table = f.publication.table("edition")
    covert = table.filter(pl.col("instrument") == "covert")["edition"].unique()
    made = f.publication.table("visit_score").filter(
        pl.col("period").is_in(months_of(f.period))
        & (pl.col("status") == "ok")
        & pl.col("edition").is_in(covert.to_list())
    )
    return made.height, made["scope"].n_unique()


def _sentence(f: Figures, lang: Language, key: str, **metrics: str) -> Sentence:
    """A sentence whose slots are published values; a gap is in points, not in percent."""
    evidence = {slot: f.at(metric) for slot, metric in metrics.items()}
    shown = {
        slot: percent(e).removesuffix("%") if e.metric.endswith("_gap") else percent(e)
        for slot, e in evidence.items()
    }
    return Sentence(word(lang, key, **shown), tuple(evidence.values()))


def _trend_chart(f: Figures, lang: Language) -> list[Block]:
    trend = [e for e in f.trend("adherence", 8) if e.value is not None]
    if len(trend) < 2:
        return []
    says = word(lang, "trend_says", n=len(trend), first=percent(trend[0]), last=percent(trend[-1]))
    return [
        Chart(
            title=word(lang, "trend_title"),
            says=says,
            kind="line",
            categories=[e.period for e in trend],
            series=(Series(word(lang, "adherence_axis"), [e.value for e in trend]),),
            unit=word(lang, "adherence_axis"),
            format="percent",
            id="trend",
        )
    ]


def _cities(f: Figures, lang: Language) -> list[Block]:
    rows = pl.concat([f.by_scope("adherence", level) for level in ("city", "direct")])
    rows = rows.filter(pl.col("value").is_not_null()).sort("value", descending=True)
    if rows.is_empty():
        return []
    low, high = rows["value"][-1], rows["value"][0]
    return [
        Chart(
            title=word(lang, "city_title"),
            says=word(lang, "league_says", low=f"{low:.1%}", high=f"{high:.1%}"),
            kind="bar",
            categories=rows["name"].to_list(),
            series=(Series(word(lang, "adherence_axis"), rows["value"].to_list()),),
            unit=word(lang, "adherence_axis"),
            format="percent",
            id="cities",
        )
    ]


def _reporting(f: Figures, lang: Language) -> list[Block]:
    missing = tables.missing(f, lang)
    n = len({row["scope"] for row in missing.rows})
    slots = {"on_time": "reporting_on_time", "first": "first_pass", "coverage": "visit_coverage"}
    blocks: list[Block] = [
        Heading(word(lang, "reporting")),
        _sentence(f, lang, "s_reporting", **slots),
        Sentence(word(lang, "missing", n=n) if n else word(lang, "none_missing")),
    ]
    return [*blocks, missing] if n else blocks


def _restated(f: Figures, lang: Language) -> list[Block]:
    table = tables.restatements(f, lang)
    said = word(lang, "restatement", n=len(table.rows)) if table.rows else None
    sentence = Sentence(said or word(lang, "no_restatement"))
    return [Heading(word(lang, "restated")), sentence, *([table] if table.rows else [])]


def _method(f: Figures, lang: Language) -> Appendix:
    manifest = f.publication.manifest
    slots: dict[str, Any] = {
        "period": f.period,
        "revision": f.publication.revision,
        "hash": str(manifest["content_hash"])[:16],
    }
    own = [Note(word(lang, f"method_{i}", **slots)) for i in (1, 2, 3)]
    notes = [*own[:2], *rank_blocks.method(lang), own[2]]
    told = (*notes, *effect_section.method(f, lang), tables.dictionary(f, lang))
    return Appendix(word(lang, "method"), told)


def circular(publication: Publication, lang: Language = "zh") -> Document:
    """The circular of a publication as blocks."""
    f = figures(publication)
    day = str(publication.manifest["created_at"])[:10]
    stage = word(lang, str(publication.manifest["stage"]))
    blocks: list[Block] = [
        *_overall(f, lang),
        Heading(word(lang, "league")),
        *rank_blocks.notes(f, lang),
        *_cities(f, lang),
        rank_blocks.league(f, lang),
        *rank_blocks.rewards(f, lang),
        Heading(word(lang, "steps")),
        tables.steps(f, lang),
        Heading(word(lang, "items")),
        tables.items(f, lang),
        *lasting(f, lang),
        Heading(word(lang, "business")),
        tables.business(f, lang),
        *effect_section.blocks(f, lang),
        *_reporting(f, lang),
        *procedure(f, lang),
        *trust_blocks.trust(f, lang),
        *_restated(f, lang),
        _method(f, lang),
    ]
    return Document(
        id=ID,
        title=word(lang, "title", period=tables.period_words(f.period, lang)),
        subtitle=word(lang, "subtitle", revision=publication.revision, stage=stage),
        issuer=word(lang, "issuer"),
        date=tables.date_words(day, lang),
        period=f.period,
        revision=publication.revision,
        language=lang,
        blocks=tuple(blocks),
        meta={"date": day},
    )
