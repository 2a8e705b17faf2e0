"""Tables of the reported metrics and of their definitions."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.metrics import metrics
from pipeline.reports.blocks import Block, Evidence, Quantity, Reckoned, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.movement import by_chance, movements, verdict_word
from pipeline.reports.movement_blocks import metric_name
from pipeline.reports.saying import as_unit, rounded
from pipeline.reports.words import word

_SMALL = 0.1
_MOST = 6  # decimals; what is apart by less is told in words
_WHOLE = ("户", "次", "人", "笔", "项", "家")  # units of things, which are counted


def business(f: Figures, lang: Language) -> list[Block]:
    """The undivided metrics of the dictionary for the province, now and before, and the judgement
    of those that are ratios."""
    entries = _in_order(_undivided(f))
    moved = movements(f, [e["metric"] for e in entries], [f.root])
    rows = []
    for entry, m in zip(entries, moved, strict=True):
        unit = entry["unit"]
        found: dict[str, Evidence | Reckoned] = {"value": m.now, "before": m.before}
        low = {} if m.low is None or m.high is None else {"low": m.low.value, "high": m.high.value}
        rows.append(
            {
                "metric": metric_name(f, lang, entry["metric"]),
                "unit": unit_word(unit, lang),
                "value": quantity(m.now.value, unit),
                "before": quantity(m.before.value, unit),
                "verdict": verdict_word(lang, m, f.status(m.now)),
                **low,
                "evidence": found,
            }
        )
    columns = (
        TableColumn("metric", word(lang, "metric"), width=3),
        TableColumn("unit", word(lang, "unit")),
        TableColumn("value", word(lang, "value"), "decimal", 2, 1.4),
        TableColumn("before", word(lang, "before"), "decimal", 2, 1.4),
        TableColumn("verdict", word(lang, "judged"), width=1.4),
    )
    table = Table(word(lang, "business_title"), columns, rows, len(entries), id="metrics")
    said = by_chance(lang, ["metrics"], moved)
    return [*([said] if said else []), table]


def quantity(stored: float | None, unit: str) -> Quantity:
    """A value with as many decimals as tell it from nothing: 0.0043 is not 0.00."""
    value = as_unit(stored, unit)
    if unit in _WHOLE:
        return Quantity(value, "count", 0)
    small = value is not None and 0 < abs(value) < _SMALL
    return Quantity(value, "decimal", 4 if small else 2)


def apart(a: float | None, b: float | None, unit: str) -> tuple[Quantity, Quantity] | None:
    """Two stored values that are not the same, both with so many decimals that they print apart.

    None where `_MOST` decimals do not show it.
    """
    one, other = quantity(a, unit), quantity(b, unit)
    for digits in range(max(one.digits, other.digits), _MOST + 1):
        if digits:
            one, other = (Quantity(q.value, "decimal", digits) for q in (one, other))
        if _printed(one) != _printed(other):
            return one, other
    return None


def _printed(quantity: Quantity) -> str | None:
    value = quantity.value
    return None if value is None else f"{rounded(float(value), quantity.digits) + 0}"


def _undivided(f: Figures) -> pl.DataFrame:
    return f.table("metric").filter(~pl.col("metric").str.contains(r"\."))


def _in_order(dictionary: pl.DataFrame) -> list[dict[str, Any]]:
    """The entries by family, as the dictionary is declared; unknown (older) ones come last."""
    order = {id: i for i, id in enumerate(metrics())}
    entries = dictionary.sort("metric").to_dicts()
    return sorted(entries, key=lambda e: order.get(e["metric"], len(order)))


def unit_word(unit: str, lang: Language) -> str:
    words = (
        {"ratio": "倍", "pp": "百分点", "‱": "每万笔"}
        if lang == "zh"
        else {
            "户": "customers",
            "万元": "10,000 yuan",
            "分": "points",
            "pp": "% points",
            "‱": "per 10,000",
        }
    )
    return words.get(unit, unit)


def dictionary(f: Figures, lang: Language) -> Table:
    """Name, unit, formula and kind of every undivided metric."""
    entries = _undivided(f)
    rows = [
        {
            "metric": metric_name(f, lang, e["metric"]),
            "unit": unit_word(e["unit"], lang),
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
