"""The tables of the circular, each a block with the rows it should have."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline import periods
from pipeline.metrics import metrics
from pipeline.reports.blocks import Quantity, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.words import word

_WAN = 10_000


def period_words(period: str, lang: Language) -> str:
    """2026Q3 as 2026年第三季度; English keeps the code."""
    if lang == "en":
        return period
    kind = periods.kind_of(period)
    if kind == "quarter":
        return f"{period[:4]}年第{'一二三四'[int(period[5]) - 1]}季度"
    return f"{period[:4]}年{int(period[5:7])}月" if kind == "month" else f"{period}年"


def date_words(day: str, lang: Language) -> str:
    """An ISO date as 2026年10月9日."""
    year, month, date = day.split("-")
    return f"{year}年{int(month)}月{int(date)}日" if lang == "zh" else day


def _compared(
    f: Figures, metrics: list[tuple[str, str]], lang: Language
) -> list[dict[str, object]]:
    rows = []
    for metric, label in metrics:
        now, before = f.at(metric).value, f.at(metric, period=f.former).value
        both = now is not None and before is not None
        change = now - before if both else None  # type: ignore[operator]
        rows.append({"part": label, "value": now, "before": before, "change": change})
    return rows


def steps(f: Figures, lang: Language) -> Table:
    """Adherence by section and by step, now and before, of the province."""
    dictionary = f.publication.table("metric")
    parts = dictionary.filter(pl.col("metric").str.contains(r"^adherence\.(section|step)\.")).sort(
        "metric"
    )
    named = [(m, n) for m, n in parts.select("metric", lang).iter_rows()]
    rows = _compared(f, named, lang)
    columns = (
        TableColumn("part", word(lang, "part"), width=3),
        TableColumn("value", word(lang, "value"), "percent"),
        TableColumn("before", word(lang, "before"), "percent"),
        TableColumn("change", word(lang, "change"), "pp"),
    )
    return Table(word(lang, "step_title"), columns, rows, len(named), id="steps")


def items(f: Figures, lang: Language) -> Table:
    """The ten items that lost the largest share of their points in the province."""
    results = f.publication.table("item_result").filter(pl.col("period") == f.period)
    branches = f.scopes.filter(pl.col("level") == "branch").select("scope")
    wording = f.publication.table("edition").select("edition", "item_id", "zh", "en").unique()
    worst = (
        results.join(branches, on="scope", how="semi")
        .group_by("edition", "item_id")
        .agg(pl.col("lost").sum(), pl.col("applicable").sum(), pl.col("answers").sum())
        .filter(pl.col("applicable") > 0)
        .with_columns((pl.col("lost") / pl.col("applicable")).alias("share"))
        .join(wording, on=["edition", "item_id"], how="left")
        .sort(["share", "item_id"], descending=[True, False])
        .head(10)
    )
    columns = (
        TableColumn("item_id", word(lang, "item_id")),
        TableColumn(lang, word(lang, "item"), width=4.5),
        TableColumn("share", word(lang, "lost"), "percent"),
        TableColumn("answers", word(lang, "answers"), "integer", 0, total=True),
    )
    return Table(word(lang, "item_title"), columns, worst.to_dicts(), worst.height, id="items")


def business(f: Figures, lang: Language) -> Table:
    """The undivided metrics of the dictionary for the province, now and before."""
    dictionary = f.publication.table("metric").filter(~pl.col("metric").str.contains(r"\."))
    rows = []
    for entry in _in_order(dictionary):
        unit = entry["unit"]
        values = (f.at(entry["metric"]).value, f.at(entry["metric"], period=f.former).value)
        now, before = (_quantity(v, unit) for v in values)
        rows.append(
            {"metric": entry[lang], "unit": _unit(unit, lang), "value": now, "before": before}
        )
    columns = (
        TableColumn("metric", word(lang, "metric"), width=3),
        TableColumn("unit", word(lang, "unit")),
        TableColumn("value", word(lang, "value"), "decimal", 2, 1.4),
        TableColumn("before", word(lang, "before"), "decimal", 2, 1.4),
    )
    return Table(word(lang, "business_title"), columns, rows, dictionary.height, id="metrics")


def _in_order(dictionary: pl.DataFrame) -> list[dict[str, Any]]:
    """The entries by family, as the dictionary is declared; unknown (older) ones come last."""
    order = {id: i for i, id in enumerate(metrics())}
    entries = dictionary.sort("metric").to_dicts()
    return sorted(entries, key=lambda e: order.get(e["metric"], len(order)))


def _unit(unit: str, lang: Language) -> str:
    words = (
        # ‱ is in few fonts: it would be a box on many a screen.
        {"ratio": "倍", "‱": "每万"}
        if lang == "zh"
        else {"户": "customers", "万元": "10k yuan", "分": "points", "‱": "per 10k"}
    )
    return words.get(unit, unit)


def _quantity(value: float | None, unit: str) -> Quantity:
    """A stored value in its unit: shares × 100, money in 10,000 yuan, customers whole."""
    if value is not None and unit in ("%", "pp"):
        value *= 100
    if value is not None and unit == "万元":
        value /= _WAN
    # A sum of a thousand and more has no use for cents; a yield per head has.
    size = abs(value or 0)
    digits = 0 if size >= 1000 else 4 if 0 < size < 0.1 else 2
    return Quantity(value, "count" if unit == "户" else "decimal", digits)


def missing(f: Figures, lang: Language) -> Table:
    """Branch × month that is not reported or awaits correction."""
    months = periods.months_of(f.period)
    coverage = f.publication.table("coverage").filter(
        pl.col("period").is_in(months)
        & pl.col("status").is_in(["not_reported", "pending_correction"])
    )
    frame = coverage.join(f.scopes.select("scope", "name"), on="scope", how="left")
    rows = [
        {**row, "status": word(lang, row["status"])}
        for row in frame.sort("period", "scope").iter_rows(named=True)
    ]
    columns = (
        TableColumn("scope", word(lang, "scope"), width=1.5),
        TableColumn("name", word(lang, "branch"), width=2.6),
        TableColumn("period", word(lang, "month")),
        TableColumn("due", word(lang, "due"), "date", width=1.4),
        TableColumn("status", word(lang, "status")),
    )
    return Table(word(lang, "missing_title"), columns, rows, coverage.height, id="missing")


def restatements(f: Figures, lang: Language) -> Table:
    """What this revision changed of the former one, for the publication's own period."""
    table = f.publication.table("restatement").filter(pl.col("period") == f.period)
    names = f.publication.table("metric").select("metric", pl.col(lang).alias("label"))
    frame = table.join(names, on="metric", how="left").sort("metric", "scope")
    columns = (
        TableColumn("label", word(lang, "metric"), width=2),
        TableColumn("scope", word(lang, "scope"), width=1.4),
        TableColumn("former_value", word(lang, "former"), "decimal", 4),
        TableColumn("value", word(lang, "value"), "decimal", 4),
        TableColumn("cause", word(lang, "cause"), width=3),
    )
    rows = frame.to_dicts()
    return Table(word(lang, "restated_title"), columns, rows, table.height, id="restatements")


def dictionary(f: Figures, lang: Language) -> Table:
    """Name, unit, formula and kind of every undivided metric."""
    entries = f.publication.table("metric").filter(~pl.col("metric").str.contains(r"\."))
    rows = [
        {
            "metric": e[lang],
            "unit": _unit(e["unit"], lang),
            "formula": e[f"formula_{lang}"],
            "kind": word(lang, "observed" if e["observed"] else "self"),
        }
        for e in _in_order(entries)
    ]
    columns = (
        TableColumn("metric", word(lang, "metric"), width=2),
        TableColumn("formula", word(lang, "formula"), width=4),
        TableColumn("unit", word(lang, "unit")),
        TableColumn("kind", word(lang, "kind"), width=1.2),
    )
    return Table(word(lang, "dictionary_title"), columns, rows, entries.height, id="dictionary")
