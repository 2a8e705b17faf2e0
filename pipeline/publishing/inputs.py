"""Gathering what a publication is made of from the stores."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from audits.scorecard import Edition, load_editions
from pipeline.periods import last_month
from pipeline.publishing.assembly import Inputs
from pipeline.publishing.taken_over import take_over
from pipeline.stores import Stores

CHINA = timedelta(hours=8)  # the office's clock; the ledger keeps UTC


def gather(stores: Stores, period: str) -> Inputs:
    """The live facts up to the end of `period`, and who handed in when."""
    facts = take_over(stores.warehouse.live, last_month(period))
    held = stores.warehouse.quarantined("performance").select(
        "branch_code", pl.col("period").alias("month")
    )
    return Inputs(period, facts, editions_of(facts["edition"]), received(stores), held)


def editions_of(used: pl.DataFrame) -> dict[str, Edition]:
    """The editions by id, as they were when first used; those never used as they are today."""
    bodies = used.filter(pl.col("body").is_not_null()).select("edition", "body").rows()
    kept = {id: Edition.model_validate_json(body) for id, body in bodies}
    return dict(sorted((load_editions() | kept).items()))


def received(stores: Stores) -> pl.DataFrame:
    """[branch_code, month, received]: the day (in China) of the first accepted sheet."""
    first = stores.warehouse.query(
        "SELECT branch_code, month, min(seq) AS seq FROM performance GROUP BY ALL ORDER BY ALL"
    )
    rows = stores.office.connection.execute("SELECT seq, received_at FROM upload").fetchall()
    days = [(row["seq"], _day(row["received_at"])) for row in rows]
    uploads = pl.DataFrame(days, schema={"seq": pl.Int64, "received": pl.Date}, orient="row")
    return first.join(uploads, on="seq", how="left").select("branch_code", "month", "received")


def _day(at: str) -> object:
    return (datetime.fromisoformat(at) + CHINA).date()
