"""The section on what moved against chance: sections, headline metrics, cities, control charts."""

from __future__ import annotations

import polars as pl

from audits.statistics.words import explained
from pipeline.reports.blocks import Block, Note, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.movement import GAP, Movement, by_chance, movements, table
from pipeline.reports.saying import rare, say, whole
from pipeline.reports.words import word

HEADLINE = (
    "adherence", "adherence.open", "seven_steps_complete", "observed_speak_up", "speak_up_gap",
    "service_match", "wait_promise_kept", "veto_rate", "identification_rate", "referral_rate",
    "referral_success", "follow_up_rate", "profile_rate", "evening_meeting_rate", "satisfaction",
)  # fmt: skip
REGIONS = ("province", "city", "direct")


def moved(f: Figures, lang: Language) -> list[Block]:
    """Tables of movements with how many chance alone would give."""
    headline = named(f, lang, [m for m in HEADLINE if m in f.metrics])
    sections = _sections(f, lang)
    regions = cities(f)
    told = (
        ("headline", "headline_title", "metric", headline),
        ("sections", "section_title", "section", sections),
        ("cities_moved", "cities_title", "city", regions),
    )
    tables = [
        table(lang, id, word(lang, title), word(lang, part), rows)
        for id, title, part, rows in told
        if rows
    ]
    every = [m for _, _, _, rows in told for _, m in rows]
    said = by_chance(lang, [t.id for t in tables], every)
    return [say(lang, "how_to_read_moves"), *([said] if said else []), *tables, *signals(f, lang)]


def _sections(f: Figures, lang: Language) -> list[tuple[str, Movement]]:
    """(name of the section, its movement), in the order of the dictionary."""
    prefix = "adherence.section."
    names = dict(f.table("edition").select("section", f"section_{lang}").unique().iter_rows())
    return [
        (names.get(m.now.metric.removeprefix(prefix)) or name, m)
        for name, m in named(f, lang, parts(f, prefix))
    ]


def named(f: Figures, lang: Language, metrics: list[str]) -> list[tuple[str, Movement]]:
    """(name of the metric, its movement in the province), in order."""
    found = movements(f, metrics, [f.root])
    return [(metric_name(f, lang, m.now.metric), m) for m in found]


def metric_name(f: Figures, lang: Language, metric: str) -> str:
    """The name of a metric; that of the gap says which way round it is taken."""
    return word(lang, "gap_name") if metric == GAP else str(f.metrics[metric][lang] or metric)


def parts(f: Figures, prefix: str) -> list[str]:
    """The metrics of the dictionary that begin so, in order."""
    return sorted(m for m in f.metrics if m.startswith(prefix))


def cities(f: Figures) -> list[tuple[str, Movement]]:
    """Each city and direct institution with its movement of adherence, by code."""
    rows = f.scopes.filter(pl.col("level").is_in(["city", "direct"])).sort("scope")
    codes = rows["scope"].to_list()
    return [(f.name(m.now.scope), m) for m in movements(f, ["adherence"], codes)]


def signals(f: Figures, lang: Language) -> list[Block]:
    """Signals of control charts of the regions, beside how many chance alone would give."""
    charts = f.rows("chart", level=list(REGIONS), status="ok")
    if charts.is_empty():
        return [say(lang, "no_charts")]
    looked = f.count("chart", level=list(REGIONS), status="ok")
    query = looked.query
    found = Reckoned(charts.filter(pl.col("signals") > 0).height, f"{query} AND signals > 0")
    watched = say(lang, "charts_looked", n=whole(looked), means=say(lang, "signal_means"))
    said = _says(f, lang, found)
    frame = f.rows("signal", level="province", period=f.period)
    if frame.is_empty():
        return [watched, said]
    return [
        watched,
        said,
        Note(explained("chance_signals").sentence.of(lang)),
        _signal_table(f, lang, frame),
    ]


def signals_counted(f: Figures, lang: Language) -> list[Block]:
    """The same in a sentence, for a document that has no room for the series."""
    looked = f.count("chart", level=list(REGIONS), status="ok")
    if not looked.value:
        return [say(lang, "no_charts")]
    charts = f.rows("chart", level=list(REGIONS), status="ok")
    found = Reckoned(charts.filter(pl.col("signals") > 0).height, f"{looked.query} AND signals > 0")
    expected = rare(f.total("chart", "chance", level=list(REGIONS), status="ok"))
    return [say(lang, "signals_counted", n=whole(looked), found=whole(found), expected=expected)]


def _says(f: Figures, lang: Language, found: Reckoned) -> Sentence:
    expected = f.total("chart", "chance", level=list(REGIONS), status="ok")
    return say(lang, "chart_signals", found=whole(found), expected=rare(expected))


def _signal_table(f: Figures, lang: Language, frame: pl.DataFrame) -> Table:
    named = frame.join(f.scopes.select("scope", "name"), on="scope", how="left")
    named = named.join(
        f.table("metric").select("metric", pl.col(lang).alias("label")), on="metric", how="left"
    )
    # One row for each series: several rules may have seen the same thing.
    ordered = named.sort("metric", "signal", "at").unique("metric", keep="first").sort("metric")
    columns = (
        TableColumn("label", word(lang, "metric"), width=1.8),
        TableColumn(lang, word(lang, "reason"), width=4.6),
    )
    query = (
        "SELECT g.*, s.name, coalesce(m." + lang + ", g.metric) AS label FROM signal g "
        "LEFT JOIN scope s ON s.scope = g.scope LEFT JOIN metric m ON m.metric = g.metric "
        f"WHERE g.level = 'province' AND g.period = {quoted(f.period)} "
        "QUALIFY row_number() OVER (PARTITION BY g.metric ORDER BY g.signal, g.at) = 1 "
        "ORDER BY g.metric"
    )
    rows = [_told(f, lang, r) for r in ordered.to_dicts()]
    return Table(
        word(lang, "signal_title"),
        columns,
        rows,
        frame["metric"].n_unique(),
        id="signals",
        query=query,
    )


def _told(f: Figures, lang: Language, row: dict[str, object]) -> dict[str, object]:
    """A row of the table: the name has a column of its own and is not said again."""
    said = str(row[lang] or "").partition(word(lang, "colon"))
    return {**row, "label": _label(f, lang, row), lang: said[2] or said[0]}


def _label(f: Figures, lang: Language, row: dict[str, object]) -> str:
    """Name of the metric; of an item its wording."""
    metric = str(row["metric"])
    if not metric.startswith("item."):
        return str(row["label"] or metric)
    items = f.table("edition").filter(pl.col("item_id") == metric.removeprefix("item."))
    return str(items.sort("edition")[lang][-1]) if items.height else metric
