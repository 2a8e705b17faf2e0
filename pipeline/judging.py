"""Judging: what each file of a command is worth, and which of its rows are taken.

A structural error, or any error in a one-visit scorecard, costs the workbook; an error in a
consolidated sheet costs the row (design §4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.findings import Finding
from pipeline.sheets import kinds
from pipeline.warehouse.store import Warehouse
from pipeline.workbook.cells import ReadBatch, ReceivedFile

_SOURCE = ["file", "sheet", "row"]


@dataclass(frozen=True)
class Read:
    """Everything that can be known without the stores."""

    batch: ReadBatch
    kinds: dict[int, str]
    parsed: dict[str, Any]  # kind -> Parsed
    findings: list[Finding]


@dataclass
class Verdict:
    """What one file is worth. `rows`: of its main table, that are taken."""

    status: str
    kind: str | None = None
    period: str | None = None
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Judged:
    """`facts`: rows to be taken, by table, keyed by `file`; `dropped`: rows kept out, per file."""

    files: list[ReceivedFile]
    verdicts: dict[int, Verdict]
    facts: dict[str, pl.DataFrame]
    dropped: dict[int, dict[str, list[list[Any]]]]
    upload_ids: dict[int, str] = field(default_factory=dict)


def read_and_parse(files: Sequence[Path]) -> Read:
    """Reads, recognises and parses; whatever is wrong is a finding."""
    from pipeline.parse import parse
    from pipeline.recognise import recognise
    from pipeline.workbook import read

    batch = read(files)
    recognised = recognise(batch)
    parsed = parse(batch, recognised)
    found = [*batch.findings, *recognised.findings]
    found += [f for p in parsed.values() for f in p.findings]
    return Read(batch, recognised.kinds, parsed, _once(found))


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Each finding once, by file, sheet and row: rooms hand on what they were given."""
    seen = dict.fromkeys(findings)
    return sorted(seen, key=lambda f: (f.file, f.sheet or "", f.row or 0))


def judge(read: Read, warehouse: Warehouse, strict: bool = False) -> Judged:
    """Validates and decides. `strict`: an error or warning anywhere refuses the workbook."""
    findings, kept = _validated(read, warehouse)
    verdicts = {f.index: _verdict(read, f.index, findings, strict) for f in read.batch.files}
    facts = tables(read.parsed)
    taken = _without_refused(_rows_kept(facts, kept), verdicts)
    dropped = _dropped(facts, taken, verdicts)
    _count(verdicts, taken)
    kind_of = {index: v.kind for index, v in verdicts.items()}
    period_of = {index: v.period for index, v in verdicts.items()}
    quarantine = quarantine_rows(facts, dropped, kind_of, period_of)
    if not quarantine.is_empty():
        taken["quarantine"] = quarantine
    return Judged(list(read.batch.files), verdicts, taken, dropped)


def _validated(read: Read, warehouse: Warehouse) -> tuple[list[Finding], pl.DataFrame]:
    """All findings, and (file, sheet, row) of the rows that an error costs."""
    from pipeline.validate import validate

    found = list(read.findings)
    register, others = _register_first(read.parsed)
    known = known_world(read, warehouse)
    for parsed in (register, others):
        if parsed:
            found += validate(parsed, known).findings
            known = known_world(read, warehouse, _lost_rows(found))
    found = _once(found)
    return found, _lost_rows(found)


def _register_first(parsed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The register is judged first: the other sheets of the command are checked against it."""
    register = {k: p for k, p in parsed.items() if k == "branches"}
    return register, {k: p for k, p in parsed.items() if k != "branches"}


def _lost_rows(findings: Sequence[Finding]) -> pl.DataFrame:
    costly = [f for f in findings if f.severity == "error" and f.reach == "row" and f.row]
    rows = {(f.file, f.sheet, f.row) for f in costly}
    schema = {"file": pl.UInt32, "sheet": pl.String, "row": pl.Int64}
    return pl.DataFrame(sorted(rows, key=str), schema=schema, orient="row")


def tables(parsed: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """Rows by fact table, from all kinds, with the column map; keyed by `file`."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for one in parsed.values():
        for table, frame in {**one.tables, "column_map": one.column_map}.items():
            cast = [pl.col("file").cast(pl.UInt32)]
            cast += [pl.col(c).cast(pl.Int64) for c in ("row",) if c in frame.columns]
            parts.setdefault(table, []).append(frame.with_columns(cast))
    return {t: pl.concat(p, how="diagonal_relaxed") for t, p in sorted(parts.items())}


def _rows_kept(facts: Mapping[str, pl.DataFrame], lost: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Rows without an error. A visit goes as a whole: half a visit would be scored as a whole."""
    visits = [
        f.join(lost, on=_SOURCE, how="semi").select("file", "visit_id")
        for f in facts.values()
        if "visit_id" in f.columns
    ]
    gone = pl.concat(visits).unique() if visits else None
    kept = {}
    for table, frame in facts.items():
        kept[table] = frame
        if table == "column_map":
            continue
        if gone is not None and "visit_id" in frame.columns:
            kept[table] = frame.join(gone, on=["file", "visit_id"], how="anti", nulls_equal=True)
        else:
            kept[table] = frame.join(lost, on=_SOURCE, how="anti")
    return kept


def _verdict(read: Read, index: int, findings: Sequence[Finding], strict: bool) -> Verdict:
    own = [f for f in findings if f.file == index]
    kind = read.kinds.get(index)
    period = read.parsed[kind].periods.get(index) if kind in read.parsed else None
    return Verdict(_status(kind, own, strict), kind, period, 0, own)


def _status(kind: str | None, findings: Sequence[Finding], strict: bool) -> str:
    errors = [f for f in findings if f.severity == "error"]
    warnings = [f for f in findings if f.severity == "warning"]
    whole = kind is None or not kinds()[kind].consolidated
    # An error that names no row cannot cost just a row.
    if kind is None or any(f.reach == "workbook" or f.row is None for f in errors):
        return "refused"
    if strict and (errors or warnings):
        return "refused"
    if errors and whole:
        return "refused"
    if errors:
        return "partial"
    return "warned" if warnings else "accepted"


def _without_refused(
    facts: Mapping[str, pl.DataFrame], verdicts: Mapping[int, Verdict]
) -> dict[str, pl.DataFrame]:
    taken = [index for index, v in verdicts.items() if v.status != "refused"]
    files = pl.DataFrame({"file": taken}, schema={"file": pl.UInt32})
    return {t: f.join(files, on="file", how="semi") for t, f in facts.items()}


def _dropped(
    facts: Mapping[str, pl.DataFrame],
    taken: Mapping[str, pl.DataFrame],
    verdicts: Mapping[int, Verdict],
) -> dict[int, dict[str, list[list[Any]]]]:
    """{file: {table: [[sheet, row], …]}} of the rows that a partial workbook lost."""
    partial = [index for index, v in verdicts.items() if v.status == "partial"]
    found: dict[int, dict[str, list[list[Any]]]] = {}
    for table, frame in facts.items():
        if table == "column_map" or not partial:
            continue
        own = frame.filter(pl.col("file").is_in(partial)).select(_SOURCE).unique()
        lost = own.join(taken[table].select(_SOURCE), on=_SOURCE, how="anti").sort(_SOURCE)
        for file, sheet, row in lost.iter_rows():
            found.setdefault(file, {}).setdefault(table, []).append([sheet, row])
    return found


def _count(verdicts: Mapping[int, Verdict], taken: Mapping[str, pl.DataFrame]) -> None:
    """Rows taken of each file's main table; a workbook of which nothing is left is refused."""
    for index, verdict in verdicts.items():
        if verdict.kind is None or verdict.status == "refused":
            continue
        table = kinds()[verdict.kind].table or "visit"
        frame = taken.get(table)
        verdict.rows = 0 if frame is None else frame.filter(pl.col("file") == index).height


def quarantine_rows(
    facts: Mapping[str, pl.DataFrame],
    dropped: Mapping[int, Mapping[str, list[list[Any]]]],
    kind_of: Mapping[int, str | None],
    period_of: Mapping[int, str | None],
) -> pl.DataFrame:
    """Rows of table `quarantine` (keyed by file): the newest word on their key is an error."""
    parts = []
    for table, frame in facts.items():
        rows = [
            (file, sheet, row)
            for file, lost in dropped.items()
            for sheet, row in lost.get(table, [])
        ]
        if rows and "branch_code" in frame.columns:
            parts.append(_quarantined(frame, rows, kind_of, period_of))
    return pl.concat(parts) if parts else pl.DataFrame()


def _quarantined(
    frame: pl.DataFrame,
    rows: list[tuple[int, str, int]],
    kind_of: Mapping[int, str | None],
    period_of: Mapping[int, str | None],
) -> pl.DataFrame:
    schema = {"file": pl.UInt32, "sheet": pl.String, "row": pl.Int64}
    lost = frame.join(pl.DataFrame(rows, schema=schema, orient="row"), on=_SOURCE, how="semi")
    period = next((c for c in ("month", "year", "round") if c in frame.columns), None)
    said = pl.lit(None, pl.String) if period is None else pl.col(period).cast(pl.String)
    kind = pl.col("file").replace_strict(kind_of, return_dtype=pl.String, default=None)
    fallback = pl.col("file").replace_strict(period_of, return_dtype=pl.String, default=None)
    return lost.select(
        *_SOURCE, kind=kind, branch_code="branch_code", period=pl.coalesce(said, fallback)
    ).unique(maintain_order=True)


def used_editions(facts: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, Any]]:
    """Editions that the visits to be taken were made by, as JSON."""
    visits = facts.get("visit")
    if visits is None or visits.is_empty():
        return {}
    from audits.scorecard import load_editions
    from pipeline.warehouse.editions import body_of

    editions = load_editions()
    names = visits.get_column("edition").unique().drop_nulls().sort()
    return {name: body_of(editions[name]) for name in names if name in editions}


def known_world(read: Read, warehouse: Warehouse, lost: pl.DataFrame | None = None) -> Any:
    """What sheets are checked against: the register with this command's own, and what was there."""
    from audits.scorecard import load_editions
    from pipeline.validate import KnownWorld

    branches = warehouse.live("branch")
    if lost is not None and "branches" in read.parsed:
        new = read.parsed["branches"].tables["branch"].with_columns(pl.col("row").cast(pl.Int64))
        new = new.join(lost, on=_SOURCE, how="anti")
        branches = pl.concat([branches, new], how="diagonal_relaxed").unique(
            "branch_code", keep="last", maintain_order=True
        )
    return KnownWorld(branches, load_editions(), warehouse.live("performance"))
