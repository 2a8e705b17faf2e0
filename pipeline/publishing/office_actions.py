"""Corrective actions of the office database as facts of a publication, beside those of the sheet.

They stand as they stood at the end of the period, so that a later act changes no earlier month. Of
the fact's place, `sheet` is the action's id and the cell `R<n>` its n-th record in the office's
ledger; the SHA-256 is no file's but stands for that ledger, whose end the manifest carries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from audits.actions import STATE_WORDS
from pipeline.office import Office, actions
from pipeline.office.actions import Recorded
from pipeline.periods import days_of
from pipeline.publishing.cells import OFFICE
from pipeline.warehouse.schema import fact_tables

RECORD = "R"  # "column letter" of a record
TABLE = "corrective_action"
_OPENING = ("issue_id", "branch_code", "round", "item_id", "issued_date", "due_date")
_CLOSING = ("done_date", "closed_date", "state")
Live = Callable[[str], pl.DataFrame]


def with_office_actions(live: Live, office: Office, end: str) -> Live:
    """`live` of the warehouse, with the office's own actions up to month `end` (YYYY-MM).

    Where sheet and office have the same id, the office's record holds.
    """
    recorded = actions.acts(office.connection, days_of(end)[-1])
    rows, places = frame(recorded), cells(recorded)

    def both(table: str) -> pl.DataFrame:
        found = live(table)
        if rows.is_empty() or table not in (TABLE, "column_map"):
            return found
        if table == TABLE:
            found = found.join(rows, on="issue_id", how="anti")
            return pl.concat([found, rows], how="diagonal_relaxed")
        return pl.concat([found, places], how="diagonal_relaxed")

    return both


def frame(recorded: list[Recorded]) -> pl.DataFrame:
    """Rows of table `corrective_action`, as :func:`as_of` leaves them for any later day."""
    standing = actions.standing(recorded)
    rows = [
        {
            "sha256": OFFICE,
            "upload_id": f"{OFFICE}:0",
            "sheet": a.id,
            "row": 1,
            "issue_id": a.id,
            "branch_code": a.branch,
            "round": a.round,
            "item_id": a.item,
            "issued_date": a.issued,
            "due_date": a.due,
            "done_date": a.done if a.closed else None,
            "closed_date": a.closed,
            "state": STATE_WORDS["closed" if a.closed else "open"][0],
        }
        for a in standing.values()
        if a.state != "withdrawn"
    ]
    dates = dict.fromkeys(("issued_date", "due_date", "done_date", "closed_date"), pl.Date)
    names = fact_tables()[TABLE].columns
    schema = {"sha256": pl.String} | {c: dates.get(c, pl.String) for c in names if c != "seq"}
    return pl.DataFrame(rows, schema=schema | {"row": pl.Int32})


def cells(recorded: list[Recorded]) -> pl.DataFrame:
    """Where each column stands: rows of `column_map` that lead to the record that said it."""
    found = []
    for act in recorded:
        columns = {"open": _OPENING, "accept": _CLOSING}.get(act.event, ())
        found += [(OFFICE, f"{OFFICE}:0", act.action_id, c, RECORD, act.number) for c in columns]
    schema = {
        "sha256": pl.String,
        "upload_id": pl.String,
        "sheet": pl.String,
        "column": pl.String,
        "letter": pl.String,
        "row": pl.Int32,
    }
    return pl.DataFrame(found, schema=schema, orient="row")


def as_of(rows: pl.DataFrame, last: date) -> pl.DataFrame:
    """The office's own rows as they stood on day `last`; the sheet's as they are."""
    if rows.is_empty() or "sha256" not in rows.columns:
        return rows
    later = (pl.col("sha256") == OFFICE) & (pl.col("closed_date") > last)
    blank = [
        pl.when(~later.fill_null(False)).then(c).alias(c) for c in ("done_date", "closed_date")
    ]
    waiting = pl.when(later.fill_null(False)).then(pl.lit(STATE_WORDS["open"][0]))
    return rows.with_columns(*blank, waiting.otherwise("state").alias("state"))
