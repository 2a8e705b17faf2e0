"""The archived originals: what a cell says there, what the file was called, what was corrected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipeline.archive import holds, path_of
from pipeline.folders import DataFolder
from pipeline.office import Office, actions, corrections
from pipeline.publishing.office_actions import RECORD
from pipeline.workbook.cells import letter

LEDGER = "office-ledger"  # what is no file: the office's own records
_TEXTS = ("sha256", "sheet", "cell", "text")


@dataclass(frozen=True)
class Original:
    """A received file: its last name, the extension it is archived by, every name it came under.

    The names matter for a CSV, whose sheet is called after the file. `period` (month, round or
    year) and `received_at` (UTC, the first time) tell files of one name apart.
    """

    name: str
    extension: str
    names: tuple[str, ...]
    period: str | None = None
    received_at: str | None = None


def originals(folder: DataFolder | None) -> dict[str, Original]:
    """The received files by SHA-256. Names may carry identities: for the office only."""
    if folder is None or not folder.office.is_file():
        return {}
    with Office.open(folder) as office:
        rows = office.connection.execute(
            "SELECT sha256, name, extension, period, received_at FROM upload ORDER BY seq"
        ).fetchall()
    found: dict[str, Original] = {}
    for sha256, name, extension, period, at in rows:
        before = found.get(sha256, Original(name, extension, (), None, at))
        names = before.names if name in before.names else (*before.names, name)
        found[sha256] = Original(
            name, extension, names, period or before.period, before.received_at
        )
    return found


def corrected_cells(folder: DataFolder | None, until: int) -> dict[tuple[str, str, str], Any]:
    """{(sha256, sheet, cell): {"old", "new", "reason", "actor", "at", "appeal", "correction"}}.

    The corrections in force at ledger record `until`. Reasons are the office's own words: for the
    office only.
    """
    if folder is None or not folder.office.is_file():
        return {}
    with Office.open(folder) as office:
        held = corrections.in_force(office.connection, until)
        numbers = {entry["correction"] for own in held.values() for entry in own}
        rows = [e for e in corrections.listed(office.connection) if e["seq"] in numbers]
    kept = ("old", "new", "reason", "actor", "at", "appeal")
    return {
        (e["sha256"], e["sheet"], e["cell"]): {"correction": e["seq"], **{k: e[k] for k in kept}}
        for e in reversed(rows)
    }


def action_records(folder: DataFolder | None) -> dict[tuple[str, str], int]:
    """{(id of an action, cell as published): number of the record in the ledger}."""
    if folder is None or not folder.office.is_file():
        return {}
    with Office.open(folder) as office:
        told = actions.acts(office.connection)
    return {(act.action_id, f"{RECORD}{act.number}"): act.seq for act in told}


def not_as_received(
    folder: DataFolder, known: dict[str, Original], sha256s: Iterable[str]
) -> list[str]:
    """The SHA-256 of the originals that are gone from the archive or have other bytes there."""
    return [
        sha256
        for sha256 in sorted(set(sha256s) & known.keys())
        if not holds(path_of(folder, sha256, known[sha256].extension), sha256)
    ]


def neutral_name(sha256: str) -> str:
    """What a file is called for those who may not know its name."""
    return f"file-{sha256[:12]}"


def original_texts(
    folder: DataFolder, known: dict[str, Original], sha256s: Iterable[str]
) -> pl.DataFrame:
    """[sha256, sheet, cell, text] of the archived files that are there, read anew as untrusted.

    Of a file with other bytes than were received nothing is told (see :func:`not_as_received`).
    """
    from pipeline.workbook import read

    wanted = [
        (path, name)
        for sha256 in sorted(set(sha256s))
        if sha256 in known and (path := path_of(folder, sha256, known[sha256].extension)).is_file()
        for name in known[sha256].names
    ]
    if not wanted:
        return pl.DataFrame(schema=dict.fromkeys(_TEXTS, pl.String))
    batch = read([path for path, _ in wanted], names=[name for _, name in wanted])
    files = pl.DataFrame(
        [(f.index, f.sha256) for f in batch.files],
        schema={"file": pl.UInt32, "sha256": pl.String},
        orient="row",
    )
    columns = {n: letter(n) for n in batch.cells["col"].unique().to_list()}
    name = pl.col("col").replace_strict(columns, return_dtype=pl.String)
    found = batch.cells.join(files, on="file")
    placed = found.with_columns(pl.format("{}{}", name, "row").alias("cell")).select(_TEXTS)
    return placed.unique()
