"""Blocks: what a document says, without a format. `render/` knows these and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["text", "integer", "decimal", "percent", "points", "money", "date"]


@dataclass(frozen=True)
class Evidence:
    """Where a figure comes from: the published value it is."""

    metric: str
    scope: str
    period: str
    value: float | None


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1  # 1 -> 一、  2 -> （一）  3 -> 1.


@dataclass(frozen=True)
class Sentence:
    text: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class TableColumn:
    id: str
    title: str
    format: Format = "text"
    digits: int = 1
    width: float = 1.0  # relative
    total: bool = False  # takes part in the control total


@dataclass(frozen=True)
class Table:
    """A table with its control totals: rows it should have, and the sum of `total` columns."""

    title: str
    columns: tuple[TableColumn, ...]
    rows: Sequence[dict[str, Any]]
    expected_rows: int
    note: str = ""
    id: str = ""


@dataclass(frozen=True)
class Series:
    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """A chart, the sentence that says what it shows, and its data."""

    title: str
    says: str
    kind: Literal["bar", "line"]
    categories: Sequence[str]
    series: tuple[Series, ...]
    unit: str = ""
    format: Format = "decimal"
    id: str = ""


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Appendix:
    title: str
    blocks: tuple[Block, ...] = ()


Block = Heading | Sentence | Table | Chart | Note | Appendix


@dataclass(frozen=True)
class Document:
    """One document: title, metadata, blocks. Times come from the publication, never the clock."""

    id: str
    title: str
    subtitle: str
    issuer: str
    date: str
    period: str
    revision: int
    language: Literal["zh", "en"]
    blocks: tuple[Block, ...]
    number: str = ""
    red_head: str = ""
    addressee: str = ""  # of a letter (主送机关), on a line of its own before the text
    meta: dict[str, str] = field(default_factory=dict)
