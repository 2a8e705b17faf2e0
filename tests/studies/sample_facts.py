"""The sample province as facts, without workbooks between: the same data, only quicker.

The register, the monthly figures and the answers are those that `mingcha sample` writes into its
workbooks (same functions, same seed). What is left out: the planted faults of workbooks, plans,
follow-up and lists. `relapse` holds one seed against the way through ingest.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from audits.scorecard import Edition, load_editions
from pipeline.publishing.assembly import Inputs
from pipeline.publishing.taken_over import take_over
from pipeline.sample.options import Options
from pipeline.sample.performance import make_figures
from pipeline.sample.province import Province, make_province
from pipeline.sample.truth_model import Truth, make_truth
from pipeline.sample.visits import Visit, make_plans, make_visits
from pipeline.sheets import kinds
from pipeline.warehouse.schema import fact_tables

EDITIONS = ("covert-1", "open-1")
_TYPES: dict[str, Any] = {
    "VARCHAR": pl.String, "BIGINT": pl.Int64, "INTEGER": pl.Int32, "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean, "DATE": pl.Date, "TIME": pl.Time,
    "DECIMAL(18,2)": pl.Decimal(18, 2), "DECIMAL(9,3)": pl.Decimal(9, 3),
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A province, its truth, and its facts up to the last month."""

    options: Options
    province: Province
    truth: Truth
    inputs: Inputs


def sample(options: Options, period: str) -> Sample:
    """The facts of `options` as publishing gathers them for `period`."""
    editions = {e: d for e, d in load_editions().items() if e in EDITIONS}
    province = make_province(options)
    truth = make_truth(options, province)
    plans = make_plans(options, province, truth, editions)
    visits = make_visits(options, province, truth, editions, plans)
    made = {
        "branch": _register(province),
        "performance": _performance(options, province, truth),
        "visit": [_visit(v) for v in visits],
        "answer": [row for v in visits for row in _answers(v)],
    }
    facts = take_over(lambda t: _live(t, made.get(t, [])), options.last_month)
    facts["quarantine"] = pl.DataFrame(
        schema=dict.fromkeys(("sha256", "sheet", "kind", "branch_code", "period"), pl.String)
        | {"row": pl.Int32}
    )
    facts["upload"] = pl.DataFrame(
        schema=dict.fromkeys(("sha256", "kind", "branch_code", "period", "status"), pl.String)
        | {"received_at": pl.Date}
    )
    received = facts["performance"].select(
        "branch_code", "month", pl.lit(None, pl.Date).alias("received")
    )
    return Sample(options, province, truth, Inputs(period, facts, editions, received))


def _live(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {c: _TYPES[t] for c, t in fact_tables()[table].columns.items()}
    if "upload_id" in schema:
        schema |= {"sha256": pl.String}
        source = {"upload_id": "a:1", "seq": 1, "sheet": "s", "sha256": "a" * 64}
        rows = [{"row": i, **source, **r} for i, r in enumerate(rows)]
    return pl.DataFrame(rows, schema=schema)


def _register(province: Province) -> list[dict[str, Any]]:
    above = [
        {"branch_code": n.code, "branch_name": n.name, "level": n.level,
         "parent_code": n.parent or None}
        for n in province.nodes
    ]  # fmt: skip
    return above + [
        {"branch_code": b.code, "branch_name": b.name, "level": "网点", "parent_code": b.parent,
         "peer_group": b.group, "introduced": b.introduced, "opened": b.opened,
         "weekend": b.weekend}
        for b in province.branches
    ]  # fmt: skip


def _performance(options: Options, province: Province, truth: Truth) -> list[dict[str, Any]]:
    figures = make_figures(options, province, truth)
    money = {c.id for c in kinds()["performance"].columns if c.type == "money"}
    return [
        {"branch_code": b.code, "branch_name": b.name, "month": month}
        | {
            column: Decimal(int(values[b.index, at])) / 100
            if column in money
            else int(values[b.index, at])
            for column, values in figures.items()
        }
        for at, month in enumerate(options.month_list)
        for b in province.branches
    ]


def _visit(visit: Visit) -> dict[str, Any]:
    plan = visit.plan
    return {
        "visit_id": visit.visit_id, "branch_code": plan.branch.code, "round": plan.round,
        "edition": plan.edition, "visit_date": plan.day, "time_in": visit.time_in,
        "time_out": visit.time_out, "customer_role": visit.role, "union_present": visit.union,
    }  # fmt: skip


def _answers(visit: Visit) -> list[dict[str, Any]]:
    edition: Edition = visit.edition
    return [
        {"visit_id": visit.visit_id, "encounter": place, "item_id": edition.items[position].id,
         "answer": None if answer is None else float(answer), "not_applicable": answer is None,
         "reason": visit.reasons.get(position)}
        for (position, place), answer in visit.answers.items()
    ]  # fmt: skip
