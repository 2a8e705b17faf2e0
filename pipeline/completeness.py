"""Completeness (报送情况): who has reported a period, who has not, what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import sendings, uploads
from pipeline.settings import load_settings
from pipeline.stores import Stores, open_stores


@dataclass(frozen=True)
class Completeness:
    """`branches` [branch_code, branch_name, month, kind, due, status, reminded] in register order;
    `reminded`: the last day on which a mail asked for the period."""

    period: str
    due: dict[str, date]  # by month
    branches: pl.DataFrame
    refused: list[dict[str, Any]]

    def counts(self) -> dict[str, int]:
        """Branch-months per status."""
        names = ("reported", "late", "not_reported", "pending_correction")
        found = dict(self.branches.group_by("status").len().iter_rows())
        return {name: found.get(name, 0) for name in names}

    def to_json(self) -> dict[str, Any]:
        """`{"period", "due", "counts", "branches", "refused"}`."""
        return {
            "period": self.period,
            "due": {month: day.isoformat() for month, day in self.due.items()},
            "counts": self.counts(),
            "branches": self.branches.with_columns(pl.col("due").cast(pl.String)).to_dicts(),
            "refused": self.refused,
        }


def completeness(folder: DataFolder, period: str) -> Completeness:
    """Who has reported `period`. Nothing is created by asking.

    Fault: no register, so that nobody is expected to report (1), no such period (2), busy (3),
    damaged stores (4).
    """
    from pipeline.periods import due_date, months_of, parse_period

    try:
        wanted = parse_period(period)
    except ValueError as error:
        raise Fault(
            f"“{period}”不是期间。请写成 2026-09、2026Q3 或 2026。",
            f"{period!r} is not a period. Write 2026-09, 2026Q3 or 2026.",
            2,
        ) from error
    if not folder.office.is_file():
        raise _no_register()
    settings = load_settings(folder)
    months = months_of(wanted)
    with open_stores(folder, settings.lock_seconds) as stores:
        branches = _branches(stores, months, settings.due_business_day)
        told = sendings.reminded(stores.office.connection, wanted)
        refused = _refused(stores, [wanted, *months])
    owed = pl.col("status").is_in(["not_reported", "pending_correction"])
    day = pl.col("branch_code").replace_strict(told, default=None, return_dtype=pl.String)
    branches = branches.with_columns(reminded=pl.when(owed).then(day))
    due = {m: due_date(m, settings.due_business_day) for m in months}
    return Completeness(wanted, due, branches, refused)


def _branches(stores: Stores, months: list[str], due_day: int) -> pl.DataFrame:
    from pipeline.publishing.coverage import coverage
    from pipeline.publishing.hierarchy import scope_table
    from pipeline.publishing.inputs import received

    register = stores.warehouse.live("branch")
    if register.is_empty():
        raise _no_register()
    waiting = stores.warehouse.quarantined("performance").rename({"period": "month"})
    told = coverage(scope_table(register), months, received(stores), waiting, due_day)
    names = register.select("branch_code", "branch_name")
    return (
        told.rename({"scope": "branch_code", "period": "month"})
        .join(names, on="branch_code", how="left")
        .select("branch_code", "branch_name", "month", "kind", "due", "status")
        .sort("month", "branch_code")
    )


def _no_register() -> Fault:
    return Fault(
        "还没有网点名册，说不出谁该报送。请先录入名册：mingcha ingest 名册.xlsx",
        "There is no register of branches yet, so nobody can be missed. "
        "First ingest the register: mingcha ingest REGISTER.xlsx",
        1,
    )


def _refused(stores: Stores, periods: list[str]) -> list[dict[str, Any]]:
    """Refused workbooks of the period that no accepted one of the same name has replaced."""
    rows = [u for p in dict.fromkeys(periods) for u in uploads.listed(stores.office.connection, p)]
    taken = {(u["name"], u["period"]): u["seq"] for u in rows[::-1] if u["status"] != "refused"}
    shown = ("name", "kind", "period", "received_at", "returned", "findings")
    return [
        {key: u[key] for key in shown}
        for u in rows
        if u["status"] == "refused" and taken.get((u["name"], u["period"]), 0) < u["seq"]
    ]
