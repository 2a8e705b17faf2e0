"""A publication (发布): a directory of sorted Parquet files and a manifest, never changed.

Readers (dashboard, documents, explain) open this and nothing else. Where there is an office
database, only what its ledger knows is a publication: a directory that somebody laid there, or
whose manifest is another by now, is none (`pipeline.publishing.on_record`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.folders import DataFolder
from pipeline.publication_tables import TABLES
from pipeline.publishing import on_record

_NAME = re.compile(r"^(?P<period>\d{4}(?:-\d{2}|Q[1-4])?)-r(?P<revision>\d+)$")


@dataclass(frozen=True)
class Publication:
    """An opened publication. Tables are read when asked for, once."""

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.path / "manifest.json").read_text("utf-8"))
        return loaded

    @property
    def period(self) -> str:
        return str(self.manifest["period"])

    @property
    def revision(self) -> int:
        return int(self.manifest["revision"])

    def table(self, name: str) -> pl.DataFrame:
        """The whole table `name` (a key of TABLES, or fact_<table>).

        A table that publications had not yet when this one was made is empty.
        """
        if name in TABLES and not (self.path / f"{name}.parquet").exists():
            return pl.DataFrame(schema=TABLES[name])
        return pl.read_parquet(self.path / f"{name}.parquet")

    def facts(self, name: str) -> pl.DataFrame:
        return self.table(f"fact_{name}")


def published(folder: DataFolder) -> list[Publication]:
    """All publications, by period and revision. Fault (4): the office database is damaged."""
    known = on_record.announced(folder)
    return [p for p in lying_there(folder) if on_record.is_announced(p.path, known)]


def strangers(folder: DataFolder) -> list[Publication]:
    """What lies among the publications and is none by the ledger. Fault as :func:`published`."""
    known = on_record.announced(folder)
    return [p for p in lying_there(folder) if not on_record.is_announced(p.path, known)]


def lying_there(folder: DataFolder) -> list[Publication]:
    """Every directory that looks like a publication, by period and revision."""
    if not folder.publications.is_dir():
        return []
    found = [
        (m["period"], int(m["revision"]), p)
        for p in folder.publications.iterdir()
        if (m := _NAME.match(p.name)) and (p / "manifest.json").is_file()
    ]
    return [Publication(path) for _, _, path in sorted(found)]


def open_publication(
    folder: DataFolder, period: str, revision: int | None = None
) -> Publication | None:
    """The publication of `period`, the newest revision unless one is named; None if none."""
    found = [
        p
        for p in published(folder)
        if p.period == period and (revision is None or p.revision == revision)
    ]
    return found[-1] if found else None
