"""The facts a publication carries: live rows up to the end of its period, with their cells.

`sha256` stands in place of the upload id and the ledger number, and nobody's name comes along:
the shopper stays in the office database, head and mail address of a branch in the register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from pipeline.periods import days_of
from pipeline.publishing.cells import ELSEWHERE
from pipeline.publishing.office_actions import as_of
from pipeline.warehouse.schema import FactTable, fact_tables

PERSONAL = frozenset({"shopper_id", "head", "email"})
LEDGER = frozenset({"upload_id", "seq", "first_used_seq"})
NOT_PUBLISHED = frozenset({"quarantine"})  # rows that an error kept out are no facts
DATED = {
    "performance": "month",
    "visit": "visit_date",
    "planned_visit": "planned_date",
    "corrective_action": "issued_date",
    "appeal": "filed_date",
    "target": "year",
}
FOLLOWS = {
    "encounter": ("visit", "visit_id"),
    "answer": ("visit", "visit_id"),
    "action_reply": ("corrective_action", "issue_id"),
}


def take_over(
    live: Callable[[str], pl.DataFrame], end: str, elsewhere: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """The published fact frames by table, up to and with month `end` (YYYY-MM).

    `elsewhere` (as the warehouse gives it) becomes table `performance_elsewhere`.
    """
    wanted = [t for t in fact_tables().values() if t.id not in NOT_PUBLISHED]
    facts = {t.id: _published(t, live(t.id)) for t in wanted}
    if elsewhere is not None:
        facts[ELSEWHERE] = elsewhere
    facts = until(facts, end)
    facts["column_map"] = _map_of(facts)
    keys = {t.id: t.key for t in fact_tables().values()} | {ELSEWHERE: ("branch_code", "month")}
    return {name: _sorted(frame, keys[name]) for name, frame in facts.items()}


def until(facts: Mapping[str, pl.DataFrame], end: str) -> dict[str, pl.DataFrame]:
    """The same facts, without what belongs to months after `end`.

    An undated row cannot be after it and stays; answers follow their visit, replies their issue.
    """
    kept = {name: _dated(name, frame, end) for name, frame in facts.items()}
    if "corrective_action" in kept:
        kept["corrective_action"] = as_of(kept["corrective_action"], days_of(end)[-1])
    for name, (leader, key) in FOLLOWS.items():
        if name in kept and leader in kept:
            kept[name] = kept[name].join(kept[leader], on=key, how="semi")
    return kept


def _dated(name: str, frame: pl.DataFrame, end: str) -> pl.DataFrame:
    column = DATED.get(name.removesuffix("_elsewhere"))
    if column is None or column not in frame.columns:
        return frame
    if name == "target":
        return frame.filter(pl.col(column).is_null() | (pl.col(column) <= int(end[:4])))
    month = pl.col(column) if column == "month" else pl.col(column).dt.strftime("%Y-%m")
    return frame.filter(month.is_null() | (month <= end))


def _published(table: FactTable, frame: pl.DataFrame) -> pl.DataFrame:
    if "sha256" not in frame.columns and "upload_id" in frame.columns:
        frame = frame.with_columns(pl.col("upload_id").str.split(":").list.first().alias("sha256"))
    if table.id == "column_map":
        frame = frame.filter(~pl.col("column").is_in(list(PERSONAL)))
    kept = [c for c in frame.columns if c not in PERSONAL | LEDGER]
    first = [c for c in ("sha256", "sheet", "row") if c in kept]
    rest = [c for c in kept if c not in first and c in (*table.columns, "sha256")]
    return frame.select(*first, *rest).unique()


def _map_of(facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    places = [
        frame.select("sha256", "sheet")
        for name, frame in facts.items()
        if name != "column_map" and {"sha256", "sheet"} <= set(frame.columns)
    ]
    return facts["column_map"].join(pl.concat(places).unique(), on=["sha256", "sheet"], how="semi")


def _sorted(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    first = [c for c in key if c in frame.columns]
    return frame.sort([*first, *(c for c in frame.columns if c not in first)])
