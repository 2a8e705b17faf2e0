"""What is read: publications by name, and their tables, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.folders import DataFolder
from pipeline.publication import Publication, published

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
    """How many publications there are; none of them is opened."""
    return len(published(folder))


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
