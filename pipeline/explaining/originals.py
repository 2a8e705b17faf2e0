"""The archived originals: what a cell says there, and what the file was called."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipeline.archive import path_of
from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.workbook.cells import letter

_TEXTS = ("sha256", "sheet", "cell", "text")


def names(folder: DataFolder | None) -> dict[str, tuple[str, str]]:
    """{sha256: (name as received, extension)}. Names may carry identities: for the office only."""
    if folder is None or not folder.office.is_file():
        return {}
    with Office.open(folder) as office:
        rows = office.connection.execute("SELECT sha256, name, extension FROM upload ORDER BY seq")
        return {row["sha256"]: (row["name"], row["extension"]) for row in rows}


def neutral_name(sha256: str) -> str:
    """What a file is called for those who may not know its name."""
    return f"file-{sha256[:12]}"


def original_texts(
    folder: DataFolder, known: dict[str, tuple[str, str]], sha256s: Iterable[str]
) -> pl.DataFrame:
    """[sha256, sheet, cell, text] of the archived files that are there, read anew as untrusted."""
    from pipeline.workbook import read

    paths = [path_of(folder, s, known[s][1]) for s in sorted(set(sha256s)) if s in known]
    present = [p for p in paths if p.is_file()]
    if not present:
        return pl.DataFrame(schema=dict.fromkeys(_TEXTS, pl.String))
    batch = read(present)
    files = pl.DataFrame(
        [(f.index, f.sha256) for f in batch.files],
        schema={"file": pl.UInt32, "sha256": pl.String},
        orient="row",
    )
    columns = {n: letter(n) for n in batch.cells["col"].unique().to_list()}
    name = pl.col("col").replace_strict(columns, return_dtype=pl.String)
    found = batch.cells.join(files, on="file")
    return found.with_columns(pl.format("{}{}", name, "row").alias("cell")).select(_TEXTS)
