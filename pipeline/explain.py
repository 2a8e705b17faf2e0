"""Explain (溯源): a published value back to formula, components, rows and cells.

Everything is read from the publication. With the data folder at hand, `value` of a cell is what
the archived original says there, and `corrected` the correction that was in force when it was
published; without it, `value` is the typed fact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from audits.scorecard import Edition
from pipeline.explaining.cells_behind import ROW, cells_behind, fact_table, keys_of
from pipeline.explaining.originals import (
    LEDGER,
    Original,
    action_records,
    corrected_cells,
    neutral_name,
    not_as_received,
    original_texts,
    originals,
)
from pipeline.explaining.reasons import owed_behind, reason
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.lineage import rows_behind
from pipeline.marts import marts
from pipeline.marts.world import Settings
from pipeline.measure import world_of
from pipeline.metrics import metrics
from pipeline.metrics.declaration import Component, Metric
from pipeline.publication import Publication
from pipeline.publishing.cells import OFFICE
from pipeline.publishing.inputs import editions_of
from pipeline.publishing.stale import facts_of

USAGE, FAILED = 2, 1
NAMES = {
    ("ratio", 2): ("numerator", "denominator"),
    ("amount", 1): ("amount",),
    ("difference", 2): ("minuend", "subtrahend"),
    ("difference", 4): ("numerator", "denominator", "less_numerator", "less_denominator"),
    ("ratio_of_ratios", 4): ("numerator", "denominator", "by_numerator", "by_denominator"),
}


@dataclass(frozen=True)
class _Page:
    """What all components of one explanation share."""

    facts: Mapping[str, pl.DataFrame]
    folder: DataFolder | None
    known: dict[str, Original]  # by sha256
    corrected: Mapping[tuple[str, str, str], Any]  # by sha256, sheet, cell
    records: Mapping[tuple[str, str], int]  # of the office's own actions: by id and cell


def explain(
    publication: Publication,
    metric: str,
    scope: str,
    period: str,
    *,
    folder: DataFolder | None = None,
) -> dict[str, Any]:
    """The explanation of one published value, as the JSON of design §5.

    `folder`: for those who may see file names and originals (the office). Fault: 2 no such metric,
    scope or period in the publication; 1 the rows do not add up to the published components.
    """
    published = _published(publication, metric, scope, period)
    until = int(publication.manifest["ledger_head"]["seq"])
    corrected = corrected_cells(folder, until)
    records = action_records(folder)
    page = _Page(facts_of(publication), folder, originals(folder), corrected, records)
    editions = editions_of(page.facts["edition"])
    declared = metrics(editions)[metric]
    parts = _rows(publication, page.facts, editions, declared, scope, period)
    components = [_component(page, declared, i, rows) for i, rows in enumerate(parts)]
    _must_add_up(declared, components, published)
    owed = owed_behind(publication, declared, scope, period)
    return {
        "metric": metric,
        "scope": scope,
        "period": period,
        "revision": publication.revision,
        **{k: published[k] for k in ("value", "numerator", "denominator", "status")},
        "unit": declared.unit,
        "name": {"zh": declared.zh, "en": declared.en},
        "formula": {"zh": declared.formula_zh, "en": declared.formula_en},
        "reason": reason(publication, declared, published, owed),
        "owed": owed,
        "damaged": _not_as_received(page, components),
        "components": components,
    }


def _not_as_received(page: _Page, components: list[dict[str, Any]]) -> list[str]:
    if page.folder is None:
        return []
    cells = (c for part in components for row in part["rows"] for c in row["cells"])
    return not_as_received(page.folder, page.known, (c["sha256"] for c in cells))


def _published(publication: Publication, metric: str, scope: str, period: str) -> dict[str, Any]:
    values = publication.table("metric_value")
    found = values.filter(
        (pl.col("metric") == metric) & (pl.col("scope") == scope) & (pl.col("period") == period)
    )
    if found.height:
        return found.row(0, named=True)
    missing = next(
        (
            (zh, en, given)
            for column, zh, en, given in (
                ("metric", "指标", "metric", metric),
                ("scope", "机构或同类组", "scope", scope),
                ("period", "期间", "period", period),
            )
            if not values[column].eq(given).any()
        ),
        ("组合", "value", f"{metric} {scope} {period}"),
    )
    zh, en, given = missing
    name = publication.path.name
    raise Fault(
        f"发布 {name} 中没有{zh}“{given}”。可用 mingcha metrics 查看已发布的数值。",
        f"There is no {en} {given!r} in publication {name}. "
        "`mingcha metrics` lists what is published.",
        USAGE,
    )


def _rows(
    publication: Publication,
    facts: Mapping[str, pl.DataFrame],
    editions: Mapping[str, Edition],
    metric: Metric,
    scope: str,
    period: str,
) -> list[pl.DataFrame]:
    """The mart rows behind each part of the metric, as `measure` saw them when publishing."""
    periods = publication.table("metric_value")["period"].unique().to_list()
    until = world_of(facts, periods, editions).until
    settings = Settings(due_business_day=publication.manifest["due_business_day"])
    members = publication.table("scope_member")
    return rows_behind(
        facts, members, metric, scope, period, editions, until=until, settings=settings
    )


def _component(page: _Page, metric: Metric, index: int, rows: pl.DataFrame) -> dict[str, Any]:
    part = metric.parts[index]
    table = fact_table(part)
    cells = cells_behind(rows, part, page.facts)
    told: dict[int, list[dict[str, Any]]] = {}
    for row, cell in _cells(page, cells, page.facts[table].schema):
        told.setdefault(row, []).append(cell)
    months = rows["month"].n_unique() if part.mean and rows.height else 1
    return {
        "name": NAMES[(metric.form, len(metric.parts))][index],
        # Exact, as in `measure`: Decimal or whole numbers, divided once.
        "value": float(rows["value"].sum() or 0) / months if rows.height else None,
        "window": part.window,
        "mart": part.mart,
        "fact": table,
        "mean_over_months": months if part.mean else None,
        "sources": list(part.sources),
        "rows": [
            {**row, "cells": told.get(i, [])} for i, row in enumerate(_shown(rows, part).to_dicts())
        ],
    }


def _shown(rows: pl.DataFrame, part: Component) -> pl.DataFrame:
    """[branch_code, month, value] and what else names the row: visit, encounter, item, issue."""
    named = ["branch_code", "month", *marts()[part.mart].grain, *(own for _, own in keys_of(part))]
    plain = [c for c in dict.fromkeys(named) if not isinstance(rows.schema.get(c), pl.List)]
    texts = [
        pl.col(c).cast(pl.String) if rows.schema[c].is_temporal() else pl.col(c)
        for c in plain
        if c in rows.columns and c != "value"
    ]
    return rows.select(*texts, pl.col("value").cast(pl.Float64))


def _cells(
    page: _Page, cells: pl.DataFrame, schema: Mapping[str, pl.DataType]
) -> list[tuple[int, dict[str, Any]]]:
    if page.folder is not None:
        texts = original_texts(page.folder, page.known, cells["sha256"].unique().to_list())
    else:
        texts = pl.DataFrame(schema=dict.fromkeys(("sha256", "sheet", "cell", "text"), pl.String))
    full = cells.join(texts, on=["sha256", "sheet", "cell"], how="left", maintain_order="left")
    return [(row[ROW], _cell(page, row, schema[row["column"]])) for row in full.to_dicts()]


def _cell(page: _Page, row: Mapping[str, Any], type: pl.DataType) -> dict[str, Any]:
    fact = _typed(row["fact"], type)
    sha256 = row["sha256"]
    corrected = page.corrected.get((sha256, row["sheet"], row["cell"]))
    text = "" if corrected and row["text"] is None else row["text"]  # a blank one was filled
    original = page.known.get(sha256)
    return {
        "column": row["column"],
        "file": _file_of(page, row),
        "file_period": original.period if original else None,
        "received_at": original.received_at if original else None,
        "sha256": sha256,
        "sheet": row["sheet"],
        "cell": row["cell"],
        "value": fact if text is None else _as_written(text, type),
        "fact": fact,
        "corrected": corrected,
    }


def _file_of(page: _Page, row: Mapping[str, Any]) -> str:
    """The received file; of the office's own actions the record in its ledger."""
    sha256 = row["sha256"]
    if sha256 == OFFICE:
        number = page.records.get((row["sheet"], row["cell"]))
        return LEDGER if number is None else f"{LEDGER}#{number}"
    return page.known[sha256].name if sha256 in page.known else neutral_name(sha256)


def _typed(text: str, type: pl.DataType) -> Any:
    if type == pl.Boolean:
        return text == "true"
    if type.is_integer():
        return int(text)
    return float(text) if type.is_numeric() else text


def _as_written(text: str, type: pl.DataType) -> Any:
    """A number where a number stands in the cell of a numeric column; else the text itself."""
    if not type.is_numeric():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _must_add_up(
    metric: Metric, components: list[dict[str, Any]], published: Mapping[str, Any]
) -> None:
    """The rows must give what was published: else the explanation would be a story."""
    if published["numerator"] is None:
        return
    given: list[float | None] = [c["value"] or 0.0 for c in components]
    if len(given) == 4:  # of two ratios, the ratios are published
        given = [_over(given[0], given[1]), _over(given[2], given[3])]
    said = [published["numerator"], published["denominator"]]
    for told, found in zip(said, given, strict=False):
        if told is not None and not _same(told, found):
            raise Fault(
                f"{metric.id} 的明细合计 {found} 与发布值 {told} 不符；该发布或程序版本有误，"
                "请重新发布后再查。",
                f"The rows of {metric.id} add up to {found}, but {told} was published. "
                "The publication or the program's version is wrong; publish again.",
                FAILED,
            )


def _over(top: float | None, bottom: float | None) -> float | None:
    return top / bottom if top is not None and bottom else None


def _same(told: float, found: float | None) -> bool:
    return found is not None and math.isclose(told, found, rel_tol=1e-9, abs_tol=1e-9)
