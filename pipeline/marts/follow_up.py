"""What happens around the visits and sheets: actions, appeals, plans, reporting."""

from __future__ import annotations

import polars as pl

from pipeline import periods
from pipeline.marts.network import branch_month
from pipeline.marts.visits import answers
from pipeline.marts.world import World, month_of
from pipeline.metrics.declaration import Mart

UPHELD = ("成立", "部分成立")
MADE = "已完成"
_TAKEN = ("accepted", "warned", "partial")


def action_due(world: World) -> pl.DataFrame:
    """[corrective action by the month it falls due] closed by its due date: 0/1."""
    rows = world.fact("corrective_action").filter(pl.col("due_date").is_not_null())
    in_time = (pl.col("closed_date") <= pl.col("due_date")).fill_null(False)
    return rows.select(
        "issue_id", "branch_code", month=month_of("due_date"), in_time=in_time.cast(pl.Int64)
    )


def action_closed(world: World) -> pl.DataFrame:
    """[corrective action by the month it was closed] failed again within the next rounds: 0/1.

    Looked at: visits of the branch dated after the closing, in the next two rounds after the
    issue's own (rounds in the order of their first visit). `again` is null until the item was
    looked at again: such an action is not in the denominator yet.
    """
    closed = world.fact("corrective_action").filter(pl.col("closed_date").is_not_null())
    closed = closed.select(
        "issue_id", "branch_code", "item_id", "round", "closed_date", month=month_of("closed_date")
    )
    seen = answers(world).select("branch_code", "item_id", "round", "visit_date", "full")
    order = _round_order(world)
    closed = closed.join(order, on="round", how="left")
    seen = seen.join(order.rename({"position": "later"}), on="round")
    pairs = closed.join(seen.drop("round"), on=["branch_code", "item_id"]).filter(
        pl.col("later") > pl.col("position"),
        pl.col("later") <= pl.col("position") + world.settings.rounds_looked_at_again,
        pl.col("visit_date") > pl.col("closed_date"),
    )
    again = pairs.group_by("issue_id").agg(again=(~pl.col("full")).any().cast(pl.Int64))
    return closed.join(again, on="issue_id", how="left").select(
        "issue_id", "branch_code", "month", "again"
    )


def _round_order(world: World) -> pl.DataFrame:
    first = world.fact("visit").group_by("round").agg(first=pl.col("visit_date").min())
    first = first.drop_nulls().sort("first", "round").with_row_index("position")
    return first.select("round", pl.col("position").cast(pl.Int64))


def appeal(world: World) -> pl.DataFrame:
    """[appeal by the month it was filed] upheld, wholly or in part: 0/1 (pending: 0)."""
    upheld = pl.col("outcome").is_in(UPHELD).fill_null(False).cast(pl.Int64)
    rows = world.fact("appeal").filter(pl.col("filed_date").is_not_null())
    return rows.select("appeal_id", "branch_code", month=month_of("filed_date"), upheld=upheld)


def plan(world: World) -> pl.DataFrame:
    """[planned visit by its planned month] made: 0/1."""
    made = (pl.col("outcome") == MADE).fill_null(False).cast(pl.Int64)
    rows = world.fact("planned_visit").filter(pl.col("planned_date").is_not_null())
    return rows.select("plan_id", "branch_code", month=month_of("planned_date"), made=made)


def report(world: World) -> pl.DataFrame:
    """[open branch × month] its monthly sheet: `on_time` 0/1, `first_pass` 0/1 or null (no upload).

    A consolidated workbook (no branch code) speaks for every branch. On time: the branch's row is
    there and the first accepted workbook that could carry it came by the due date. First pass: the
    first workbook was accepted and did not leave this branch's row in quarantine. Without any
    record of uploads there is nothing to say, and no row.
    """
    uploads = world.fact("upload").filter(pl.col("kind") == "performance")
    if uploads.is_empty():
        return _EMPTY_REPORT.clone()
    grid = branch_month(world).filter(pl.col("open") == 1).select("branch_code", "month")
    covered = _covering(grid, uploads)
    taken = covered.filter(pl.col("status").is_in(_TAKEN))
    key = ["branch_code", "month"]
    came = taken.group_by(key).agg(received=pl.col("received_at").min())
    due = _due_dates(world)
    filed = world.fact("performance").select(key).with_columns(filed=pl.lit(True))
    rows = grid.join(due, on="month").join(came, on=key, how="left").join(filed, on=key, how="left")
    in_time = pl.col("filed").fill_null(False) & (pl.col("received") <= pl.col("due"))
    rows = rows.with_columns(on_time=in_time.fill_null(False).cast(pl.Int64))
    first = _first_pass(world, covered)
    return rows.join(first, on=key, how="left").select(*key, "on_time", "first_pass")


_EMPTY_REPORT = pl.DataFrame(
    schema={
        "branch_code": pl.String,
        "month": pl.String,
        "on_time": pl.Int64,
        "first_pass": pl.Int64,
    }
)


def _covering(grid: pl.DataFrame, uploads: pl.DataFrame) -> pl.DataFrame:
    """Every upload with every open branch and month that it could carry."""
    uploads = uploads.select(
        "sha256", "branch_code", "status", pl.col("received_at").cast(pl.Date), month="period"
    )
    own = uploads.filter(pl.col("branch_code").is_not_null())
    shared = uploads.filter(pl.col("branch_code").is_null()).drop("branch_code")
    columns = ["branch_code", "month", "sha256", "status", "received_at"]
    return pl.concat(
        [
            grid.join(own, on=["branch_code", "month"]).select(columns),
            grid.join(shared, on="month").select(columns),
        ]
    )


def _due_dates(world: World) -> pl.DataFrame:
    nth = world.settings.due_business_day
    dates = [periods.due_date(m, nth) for m in world.months]
    return pl.DataFrame(
        {"month": world.months, "due": dates}, schema={"month": pl.String, "due": pl.Date}
    )


def _first_pass(world: World, covered: pl.DataFrame) -> pl.DataFrame:
    key = ["branch_code", "month"]
    first = covered.sort(*key, "received_at", "sha256").unique(key, keep="first")
    held = world.fact("quarantine").filter(pl.col("kind") == "performance")
    held = held.select("branch_code", month="period").unique().with_columns(held=pl.lit(True))
    passed = pl.col("status").is_in(["accepted", "warned"]) | (
        (pl.col("status") == "partial") & pl.col("held").is_null()
    )
    return first.join(held, on=key, how="left").select(*key, first_pass=passed.cast(pl.Int64))


MARTS = (
    Mart("action_due", ("issue_id",), "corrective_action", ("issue_id",), action_due),
    Mart("action_closed", ("issue_id",), "corrective_action", ("issue_id",), action_closed),
    Mart("appeal", ("appeal_id",), "appeal", ("appeal_id",), appeal),
    Mart("plan", ("plan_id",), "planned_visit", ("plan_id",), plan),
    Mart(
        "report",
        ("branch_code", "month"),
        "performance",
        ("branch_code", "month"),
        report,
    ),
)
