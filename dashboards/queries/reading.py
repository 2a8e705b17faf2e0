"""What is read: publications by name, and their tables, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.folders import DataFolder
from pipeline.publication import Publication, lying_there, published, strangers
from pipeline.publishing.soundness import changed_tables

PROVINCE_WIDE = "all"


CITY_LEVELS = ("city", "direct")


CACHED = 512


@dataclass(frozen=True)
class Key:
    """Names one publication for good."""

    path: str
    content_hash: str
    period: str
    revision: int
    stage: str


def opened(key: Key) -> Publication:
    """The publication itself, for the queries of this package: pages get their answers."""
    return Publication(Path(key.path))


def manifest(key: Key) -> dict[str, Any]:
    """What the publication says of itself: stage, check period, appeals, rounds."""
    return opened(key).manifest


def publications(folder: DataFolder) -> list[Key]:
    """All readable publications, newest first: by end of period, then revision."""
    found = [key for p in published(folder) if (key := _key(p)) is not None]
    return sorted(found, key=lambda k: (period_order(k.period), k.revision), reverse=True)


def count(folder: DataFolder) -> int:
    """How many publications lie there; none of them is opened, nor held against the ledger."""
    return len(lying_there(folder))


def unknown(folder: DataFolder) -> list[str]:
    """Names of what lies among the publications and is none by the ledger: it is not shown."""
    return [p.path.name for p in strangers(folder)]


def damaged(key: Key) -> bool:
    """Whether files of a publication are not those that were published. Asked anew where a file
    has another time or size."""
    place = Path(key.path)
    stamps = sorted((p.name, s.st_mtime_ns, s.st_size) for p in place.iterdir() if (s := p.stat()))
    return _damaged(key, tuple(stamps))


@lru_cache(maxsize=CACHED)
def _damaged(key: Key, _stamps: tuple[tuple[str, int, int], ...]) -> bool:
    return bool(changed_tables(opened(key)))


def _key(publication: Publication) -> Key | None:
    try:
        manifest = publication.manifest
        return Key(
            path=str(publication.path),
            content_hash=str(manifest.get("content_hash", "")),
            period=publication.period,
            revision=publication.revision,
            stage=str(manifest.get("stage", "preview")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def period_order(period: str) -> tuple[str, int]:
    """Sorts by last month; of one end the longer period is the newer: it holds more visits."""
    year = period[:4]
    if "Q" in period:
        return f"{year}-{3 * int(period[5:]):02d}", 1
    return (period, 0) if "-" in period else (f"{year}-12", 2)


@lru_cache(maxsize=CACHED)
def table(key: Key, name: str) -> pl.DataFrame:
    return opened(key).table(name)
