"""Blocks: what a document says, without a format. `render/` knows these and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# "percent" is a share 0-1; "pp" a difference of two shares, told in percentage points with its
# sign; "count" a whole number of things; "interval" two ranks or figures, "3–17".
Format = Literal[
    "text", "integer", "decimal", "percent", "points", "money", "date", "pp", "count", "interval"
]
Mark = Literal["good", "middle", "bad", "none"]


@dataclass(frozen=True)
class Evidence:
    """Where a figure comes from: the published value it is."""

    metric: str
    scope: str
    period: str
    value: float | None


@dataclass(frozen=True)
class Reckoned:
    """A figure worked out from published rows: `query` is the DuckDB SQL over the tables of the
    publication that gives `value`, or the place in its manifest ("manifest.json: check.confirmed").
    """

    value: float | None
    query: str


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1  # 1 -> 一、  2 -> （一）  3 -> 1.


@dataclass(frozen=True)
class Sentence:
    text: str
    evidence: tuple[Evidence, ...] = ()
    reckoned: tuple[Reckoned, ...] = ()


@dataclass(frozen=True)
class TableColumn:
    id: str
    title: str
    format: Format = "text"
    digits: int = 1
    width: float = 1.0  # relative
    total: bool = False  # takes part in the control total


@dataclass(frozen=True)
class Quantity:
    """A cell that has a format of its own, in a table whose rows have different units.

    Words in place of a number have the format "text".
    """

    value: float | int | str | None
    format: Format
    digits: int = 1


@dataclass(frozen=True)
class Table:
    """A table with its control totals: rows it should have, and the sum of `total` columns.

    `query` is the DuckDB SQL over the publication that gives the rows in their order. A row may
    carry, under "evidence", the Evidence or Reckoned of single cells by column id.
    """

    title: str
    columns: tuple[TableColumn, ...]
    rows: Sequence[dict[str, Any]]
    expected_rows: int
    note: str = ""
    id: str = ""
    query: str = ""


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
    evidence: tuple[Evidence, ...] = ()  # of every value that is there, series by series
    reckoned: tuple[Reckoned, ...] = ()


@dataclass(frozen=True)
class StripCell:
    """One cell of a strip: what it is of, its value, and how good that is ("none": unknown)."""

    label: str
    value: float | int | str | None
    mark: Mark = "none"
    format: Format = "percent"
    digits: int = 0
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Strip:
    """A row of labelled cells, e.g. the seven steps. The mark is told by sign and by colour."""

    title: str
    cells: tuple[StripCell, ...]
    note: str = ""
    id: str = ""


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Appendix:
    """An attachment (附件). Renderers number them and list them after the text: give the bare
    title, without 附件."""

    title: str
    blocks: tuple[Block, ...] = ()


Layout = Literal["official", "brief", "onepage"]
Block = Heading | Sentence | Table | Chart | Strip | Note | Appendix


@dataclass(frozen=True)
class Document:
    """One document: title, metadata, blocks. Times come from the publication, never the clock.

    `layout` "official" is that of GB/T 9704-2012, "brief" the same set closer, to be read on two
    pages; "onepage" is exactly one A4 page, or the renderer refuses.
    """

    id: str
    title: str
    subtitle: str
    issuer: str
    date: str
    period: str
    revision: int
    language: Literal["zh", "en"]
    blocks: tuple[Block, ...]
    layout: Layout = "official"
    number: str = ""  # 发文字号
    red_head: str = ""  # 发文机关标志: with it the first page bears the red head and line (版头)
    signer: str = ""  # 签发人, of a document that goes up
    copies_to: str = ""  # 抄送; with it or `printed_by` the last page bears the 版记
    printed_by: str = ""  # 印发机关
    printed_on: str = ""  # 印发日期, in words
    addressee: str = ""  # of a letter (主送机关), on a line of its own before the text
    meta: dict[str, str] = field(default_factory=dict)
    annexes: tuple[Table, ...] = ()  # of the workbook alone: definitions, provenance
