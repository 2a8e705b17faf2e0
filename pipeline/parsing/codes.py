"""Branch codes whose leading zeros a spreadsheet ate, restored against the register."""

from __future__ import annotations

import hashlib
from datetime import date, time

import polars as pl

from pipeline.findings import Finding
from pipeline.parsing.rules import CODE_RESTORED


def _matches(codes: pl.Series, register: pl.DataFrame) -> dict[str, str]:
    """Code as written -> the one registered code that differs from it by leading zeros only."""
    every = register["branch_code"].drop_nulls()
    written = codes.drop_nulls().unique()
    lost = written.filter(~written.is_in(every.implode()) & written.str.contains(r"^[0-9]+$"))
    if lost.is_empty():
        return {}
    known = every.unique().to_frame("full")
    known = known.with_columns(bare=pl.col("full").str.strip_chars_start("0"))
    bare = lost.to_frame("code").with_columns(bare=pl.col("code").str.strip_chars_start("0"))
    found = bare.join(known, on="bare").filter(
        pl.col("full").str.len_chars() > pl.col("code").str.len_chars()
    )
    single = found.filter(pl.len().over("code") == 1)
    return dict(single.select("code", "full").iter_rows())


def restore_codes(
    frame: pl.DataFrame,
    register: pl.DataFrame,
    column_map: pl.DataFrame | None = None,
    column: str = "branch_code",
) -> tuple[pl.DataFrame, list[Finding]]:
    """`frame` with lost leading zeros put back where the register leaves one possibility.

    `frame` has file, sheet, row and `column`; `register` has branch_code. Each restored cell is a
    warning; its cell is named if `column_map` is given. Codes that are known, ambiguous or
    unknown are left as they are.
    """
    full = _matches(frame[column], register)
    if not full:
        return frame, []
    changed = frame.filter(pl.col(column).is_in(list(full))).select("file", "sheet", "row", column)
    places: dict[tuple[int, str], tuple[str, int | None]] = {}
    if column_map is not None:
        where = changed.select("file").unique()
        own = column_map.filter(pl.col("column") == column).join(where, on="file", how="semi")
        for file, sheet, name, row in own.select("file", "sheet", "letter", "row").iter_rows():
            places[file, sheet] = (name, row)
    findings = []
    for file, sheet, row, code in changed.iter_rows():
        name, own_row = places.get((file, sheet), (None, None))
        cell = f"{name}{own_row or row}" if name else None
        findings.append(CODE_RESTORED.at(file, sheet, cell, row, code, restored=full[code]))
    return frame.with_columns(pl.col(column).replace(full)), findings


def visit_id(
    branch: str | None,
    round_: str | None,
    edition: str | None,
    day: date | None,
    time_in: time | None,
) -> str:
    """First 16 hex digits of the SHA-256 of branch|round|edition|date|time_in (HH:MM).

    Never derived from the shopper; a missing part is empty.
    """
    clock = f"{time_in:%H:%M}" if time_in else ""
    parts = (branch or "", round_ or "", edition or "", day.isoformat() if day else "", clock)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def with_visit_ids(visits: pl.DataFrame) -> pl.DataFrame:
    """`visits` with `visit_id` made anew from its own columns."""
    parts = visits.select("branch_code", "round", "edition", "visit_date", "time_in").iter_rows()
    return visits.with_columns(visit_id=pl.Series([visit_id(*p) for p in parts], dtype=pl.String))
