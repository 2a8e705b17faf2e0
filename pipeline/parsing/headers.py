"""Header texts: what a header may be called, and what a found text can stand for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import polars as pl

from pipeline.parsing.numbering import Grid, marked
from pipeline.parsing.text import dense_text
from pipeline.sheets import kinds
from pipeline.sheets.declaration import Column, SheetKind

ExtraSpellings = Mapping[str, Mapping[str, str]]  # kind -> normalised header -> column id

LONGEST = 60  # characters; a longer text is prose, never a header
MONEY_UNITS = {"元": 0, "千元": 3, "万元": 4, "百万元": 6, "亿元": 8}  # powers of ten
_UNIT_WORDS = "|".join(
    [*sorted(MONEY_UNITS, key=len, reverse=True), "人次", "人", "户", "次", "笔", "天", "日", "分",
     "个", "件", "%"]
)  # fmt: skip
# "(万元)", "[单位:万元]", "/万元", ",单位:万元" at the end of a header
_UNIT = rf"(?:[(\[【]|[/,_-]|单位:)+(?:人民币)?({_UNIT_WORDS})[)\]】]?$"
_MARKS = r"^[*★※]+|[*★※:]+$|[(\[【](?:系统取数|网点填报|必填|选填|可选)[)\]】]"
NOT_NEEDED = ""  # what a spelling stands for that the office has no use for
# A running number tells nothing and is not worth a warning.
IGNORED = frozenset({"序号", "no", "no.", "#", "行次"})


def undecorated(text: pl.Expr) -> pl.Expr:
    """The normalised header of a `dense` text: marks off, lower case."""
    return text.str.replace_all(_MARKS, "").str.to_lowercase()


def header_text(text: str) -> str:
    """`header` of one Python string, but with its case kept (item ids have case)."""
    return _header_text(text) if len(text) <= LONGEST else re.sub(_MARKS, "", dense_text(text))


@lru_cache(4096)  # every sheet of a kind has the same few dozen
def _header_text(text: str) -> str:
    return re.sub(_MARKS, "", dense_text(text))


def split_unit(name: str) -> tuple[str, str]:
    """A normalised header without its unit, and the unit: 管理资产(万元) -> 管理资产, 万元."""
    found = re.search(_UNIT, name)
    return (name[: found.start()], found.group(1)) if found else (name, "")


@dataclass(frozen=True)
class Names:
    """All headers of one kind: normalised header -> column, for head fields and for columns."""

    kind: SheetKind
    table: dict[str, Column]
    head: dict[str, Column]
    not_needed: frozenset[str] = frozenset()  # of the office's own spellings

    def knows(self, text: str) -> bool:
        """Whether a header names a column, or was said not to be needed."""
        bare = split_unit(header_text(text))[0].lower()
        return bare in self.not_needed or self.find(text) is not None

    def find(self, text: str) -> tuple[Column, str] | None:
        """The column that a header text names, with the unit it states; None if none does."""
        name = header_text(text)
        bare, unit = split_unit(name)
        for candidate, stated in ((name, ""), (bare, unit)):
            column = self.table.get(candidate.lower())
            if column is None and self.kind.by_name is not None:
                column = self.kind.by_name(candidate)
            if column is not None:
                return column, stated
        return None

    def nearest(self, text: str, taken: set[str]) -> str | None:
        """The declared header that a text most looks like, of the columns not yet found."""
        free = {n: c.zh for n, c in self.table.items() if c.id not in taken}
        bare = split_unit(header_text(text))[0].lower()
        close = difflib.get_close_matches(bare, free, n=1, cutoff=0.6)
        return free[close[0]] if close else None


def _spelled(columns: tuple[Column, ...], extra: Mapping[str, str]) -> dict[str, Column]:
    names: dict[str, Column] = {}
    by_id = {c.id: c for c in columns if not c.derived}
    for column in by_id.values():
        for name in (column.zh, *column.spellings, column.en, column.id):
            names.setdefault(header_text(name).lower(), column)
    for name, id in extra.items():
        if id in by_id:
            names[header_text(name).lower()] = by_id[id]
    return names


@cache
def _declared(kind: str) -> Names:
    found = kinds()[kind]
    return Names(found, _spelled(found.columns, {}), _spelled(found.head, {}))


def names_of(kind: str, extra: ExtraSpellings | None = None) -> Names:
    """The headers of one kind, with the office's own confirmed spellings."""
    if not extra or not extra.get(kind):
        return _declared(kind)
    found, own = kinds()[kind], extra[kind]
    not_needed = frozenset(name for name, column in own.items() if column == NOT_NEEDED)
    return Names(found, _spelled(found.columns, own), _spelled(found.head, own), not_needed)


@cache
def _declared_catalogue() -> pl.DataFrame:
    return _catalogue(None)


def _catalogue(extra: ExtraSpellings | None) -> pl.DataFrame:
    """name, kind, column, head, required of every header there is."""
    rows = []
    for id in kinds():
        names = names_of(id, extra)
        for part, table in (("table", names.table), ("head", names.head)):
            rows += [(name, id, c.id, part == "head", c.required) for name, c in table.items()]
    schema = ["name", "kind", "column", "head", "required"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def hits(grid: Grid, extra: ExtraSpellings | None = None) -> pl.DataFrame:
    """Every cell whose text is a header of some kind: sid, line, row, col, word, kind, column,
    head, required, inside (the rest of a cell such as 网点代码：0123, null otherwise)."""
    short = pl.col("text").str.len_chars() <= LONGEST
    texts = grid.words.with_row_index("word").filter(short)
    # "label: value" in one cell; a time has a colon too, but no label before it
    named = texts.select("word", "dense", name=undecorated(pl.col("dense"))).with_columns(
        bare=pl.col("name").str.replace(_UNIT, "")
    )
    labelled = named.filter(pl.col("name").str.contains(":", literal=True)).with_columns(
        label=pl.col("name").str.extract(r"^([^:]+):+.+$"),
        inside=pl.col("dense").str.extract(r"^[^:]+:+(.+)$"),
    )
    catalogue = _catalogue(extra) if extra else _declared_catalogue()
    whole = named.join(catalogue, on="name").with_columns(inside=pl.lit(None, pl.String))
    bare = named.filter(pl.col("bare") != pl.col("name")).join(
        catalogue, left_on="bare", right_on="name"
    )
    inner = labelled.join(catalogue.filter("head"), left_on="label", right_on="name")
    columns = ["word", "kind", "column", "head", "required", "inside"]
    bare = bare.with_columns(inside=pl.lit(None, pl.String))
    known = pl.concat([whole.select(columns), bare.select(columns), inner.select(columns)])
    known = known.unique(["word", "kind", "column", "head"], keep="first")
    met = marked(known["word"], len(grid.words))
    few = grid.cells[np.flatnonzero(met[grid.cells["word"].to_numpy()])]
    return few.join(known, on="word", maintain_order="left")
