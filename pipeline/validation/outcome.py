"""What findings cost: the status of each file and the rows that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from pipeline.findings import Finding
from pipeline.sheets.declaration import SheetKind

if TYPE_CHECKING:
    from pipeline.parse import Parsed

_SOURCE = ["file", "sheet", "row"]


def statuses(
    parsed: Mapping[str, Parsed], declared: Mapping[str, SheetKind], findings: Sequence[Finding]
) -> dict[int, str]:
    """accepted, warned, partial or refused per file (design §4)."""
    whole = {f for k, p in parsed.items() if not declared[k].consolidated for f in _files(p)}
    files = {f for p in parsed.values() for f in _files(p)} | {f.file for f in findings}
    of: dict[int, list[Finding]] = {file: [] for file in sorted(files)}
    for finding in findings:
        of[finding.file].append(finding)
    return {file: _status(own, file in whole) for file, own in of.items()}


def _status(findings: Sequence[Finding], whole: bool) -> str:
    errors = [f for f in findings if f.severity == "error"]
    # an error that names no row cannot cost just a row
    if errors and (whole or any(f.reach == "workbook" or f.row is None for f in errors)):
        return "refused"
    if errors:
        return "partial"
    return "warned" if any(f.severity == "warning" for f in findings) else "accepted"


def emptied(status: Mapping[int, str], kept: Mapping[str, pl.DataFrame]) -> dict[int, str]:
    """`status` with refused instead of partial for files of which not a single row is left."""
    left = {int(f) for frame in kept.values() for f in frame["file"].unique().to_list()}
    return {f: "refused" if s == "partial" and f not in left else s for f, s in status.items()}


def _files(parsed: Parsed) -> set[int]:
    found = {int(f) for t in parsed.tables.values() for f in t["file"].unique().to_list()}
    return found | set(parsed.periods)


def rows_kept(
    parsed: Mapping[str, Parsed], findings: Sequence[Finding], status: Mapping[int, str]
) -> dict[str, pl.DataFrame]:
    """Rows of taken files without an error, by table. A visit is taken or left as a whole."""
    refused = [file for file, said in status.items() if said == "refused"]
    lost = _lost(findings)
    kept: dict[str, list[pl.DataFrame]] = {}
    for one in parsed.values():
        gone = _gone_visits(one, lost)
        for table, frame in one.tables.items():
            rows = _typed(frame)
            if refused:
                rows = rows.filter(~pl.col("file").is_in(refused))
            if "visit_id" not in frame.columns:
                rows = rows.join(lost, on=_SOURCE, how="anti")
            elif not gone.is_empty():
                rows = rows.join(gone, on=["file", "visit_id"], how="anti", nulls_equal=True)
            kept.setdefault(table, []).append(rows)
    return {t: pl.concat(p, how="diagonal_relaxed") for t, p in sorted(kept.items())}


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("file").cast(pl.UInt32), pl.col("row").cast(pl.Int64))


def _lost(findings: Sequence[Finding]) -> pl.DataFrame:
    costly = [f for f in findings if f.severity == "error" and f.row is not None]
    rows = sorted({(f.file, f.sheet, f.row) for f in costly}, key=str)
    schema = {"file": pl.UInt32, "sheet": pl.String, "row": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _gone_visits(parsed: Parsed, lost: pl.DataFrame) -> pl.DataFrame:
    found = [pl.DataFrame(schema={"file": pl.UInt32, "visit_id": pl.String})]
    some = lost["file"].unique().implode()
    for frame in parsed.tables.values():
        if "visit_id" in frame.columns and len(lost):
            few = _typed(frame.filter(pl.col("file").cast(pl.UInt32).is_in(some)))
            found.append(few.join(lost, on=_SOURCE, how="semi").select("file", "visit_id"))
    return pl.concat(found).unique()


def quarantined_rows(
    parsed: Mapping[str, Parsed], kept: Mapping[str, pl.DataFrame], status: Mapping[int, str]
) -> pl.DataFrame:
    """file, sheet, row, kind, branch_code, period of the rows that partial files lost."""
    partial = [file for file, said in status.items() if said == "partial"]
    schema = {"file": pl.UInt32, "sheet": pl.String, "row": pl.Int64}
    schema |= dict.fromkeys(("kind", "branch_code", "period"), pl.String)
    found = [pl.DataFrame(schema=schema)]
    for kind, one in parsed.items():
        for table, frame in one.tables.items():
            if "branch_code" in frame.columns:
                own = _typed(frame).filter(pl.col("file").is_in(partial))
                lost = own.join(kept[table], on=_SOURCE, how="anti")
                found.append(_said(lost, kind, one.periods))
    return pl.concat(found).unique(maintain_order=True)


def _said(lost: pl.DataFrame, kind: str, periods: Mapping[int, str]) -> pl.DataFrame:
    own = next((c for c in ("month", "year", "round") if c in lost.columns), None)
    said = pl.lit(None, pl.String) if own is None else pl.col(own).cast(pl.String)
    named = pl.col("file").replace_strict(dict(periods), default=None, return_dtype=pl.String)
    return lost.select(
        *_SOURCE, kind=pl.lit(kind), branch_code="branch_code", period=pl.coalesce(said, named)
    )
