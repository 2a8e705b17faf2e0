"""The section of the circular on what the introduction did (导入成效)."""

from __future__ import annotations

from typing import Any

import polars as pl

from audits.statistics.effect import FALSE_RATE
from audits.statistics.words import explained
from pipeline.publishing.effect_words import change
from pipeline.reports.blocks import Block, Heading, Note, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.saying import fill, rare, whole
from pipeline.reports.words import word

STATISTIC = "effect"
_SPAN = ("estimate", "low", "high")
_JUDGED = ("effective", "no_effect")


def blocks(f: Figures, lang: Language) -> list[Block]:
    """Heading, what was found in sentences, and a table of the metrics that have a verdict."""
    heads = _heads(f)
    if heads.is_empty():
        return []
    said = explained(STATISTIC)
    judged = heads.filter(pl.col("verdict").is_in(_JUDGED))
    counts = {
        slot: whole(f.count("effect", kind="group", verdict=v))
        for slot, v in (("effective", "effective"), ("none", "no_effect"))
    }
    unknown = whole(f.count("effect", kind="group", verdict="insufficient"))
    told: list[Block] = [
        Heading(said.name.of(lang)),
        Sentence(said.sentence.of(lang)),
        fill(said.phrases["summary"].of(lang), insufficient=unknown, **counts),
    ]
    if judged.is_empty():
        return told
    n = f.count("effect", kind="group", verdict=list(_JUDGED))
    luck = n.query.replace("count(*)", f"{FALSE_RATE!r} * count(*)")
    expected = rare(Reckoned(judged.height * FALSE_RATE, luck))
    chance = fill(said.phrases["chance"].of(lang), metrics=whole(n), expected=expected)
    return [*told, chance, _table(judged, lang)]


def method(f: Figures, lang: Language) -> list[Block]:
    """The two paragraphs for the annex; nothing where the publication has no effect."""
    if _heads(f).is_empty():
        return []
    return [Note(paragraph) for paragraph in explained(STATISTIC).method.of(lang)]


def _heads(f: Figures) -> pl.DataFrame:
    rows = f.table("effect")
    if "kind" not in rows.columns:  # made before there was such a section
        return rows.clear()
    words = f.table("metric").select("metric", "zh", "en", "unit")
    heads = rows.filter(pl.col("kind") == "group").join(words, on="metric", how="left")
    return heads.sort("verdict", "metric")


def _table(judged: pl.DataFrame, lang: Language) -> Table:
    said = explained(STATISTIC)
    rows: list[dict[str, Any]] = [
        {
            "metric": head[lang] or head["metric"],
            "verdict": said.phrase(head["verdict"], lang),
            **{k: change(head[k], head["unit"], lang, [head[c] for c in _SPAN]) for k in _SPAN},
            "n": head["n"],
            "clusters": head["clusters"],
        }
        for head in judged.to_dicts()
    ]
    columns = (
        TableColumn("metric", word(lang, "metric"), width=2.4),
        TableColumn("verdict", word(lang, "verdict"), width=1.6),
        TableColumn("estimate", word(lang, "mean_change"), width=1.4),
        TableColumn("low", word(lang, "interval_low"), width=1.4),
        TableColumn("high", word(lang, "interval_high"), width=1.4),
        TableColumn("n", word(lang, "introduced_branches"), "integer", 0),
        TableColumn("clusters", word(lang, "units_compared"), "integer", 0),
    )
    query = (
        "SELECT e.*, m.zh, m.en, m.unit FROM effect e LEFT JOIN metric m ON m.metric = e.metric "
        "WHERE e.kind = 'group' AND e.verdict IN ('effective', 'no_effect') "
        "ORDER BY e.verdict, e.metric"
    )
    title = word(lang, "effect_title")
    note = word(lang, "effect_note")
    return Table(title, columns, rows, judged.height, note, "effect", query)
