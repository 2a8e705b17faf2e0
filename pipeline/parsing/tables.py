"""All tables of a batch typed in one go, and handed out kind by kind."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from audits.lookups import codes_of, firsts
from pipeline.parsing.values import BY_WORD, DTYPES, Typed, typed_as
from pipeline.sheets import kinds

if TYPE_CHECKING:
    from pipeline.recognise import Part

# Of a one-visit table: for the shopper's eyes only (the edition is what counts), or an answer.
_TYPES = list(DTYPES)
_APART = ("item_text", "points", "answer")


def typed_tables(part: Part) -> dict[str, Typed]:
    """By kind: its cells of data rows (lists: of totals too, see `total`), typed.

    Long frames by type: line, row, col, word, total, sid, column, slot (the number of the column),
    text, value, rule, and what readers add. Answers and columns of items are not among them.
    """
    columns = _described(part)
    cells, group = _in_groups(part.cells, columns)
    bounds = np.flatnonzero(np.append(firsts(group), True)) if len(group) else np.zeros(1, int)
    first = {int(group[n]): (int(n), int(end)) for n, end in itertools.pairwise(bounds)}
    parts: dict[str, Typed] = {kind: {} for kind in kinds()}
    for type_ in _by_appearance(cells["at"], first):
        own = [(kind, first[g]) for kind, g in _groups(type_).items() if g in first]
        begin, end = own[0][1][0], own[-1][1][1]
        some = cells.slice(begin, end - begin)
        more = columns.select("sid", "column", "slot", *BY_WORD.get(type_, ()))[some["field"]]
        found = typed_as(type_, some.drop("at", "field").hstack(more.get_columns()), part.words)
        for kind, (start, stop) in own:
            parts[kind][type_] = found.slice(start - begin, stop - start)
    return parts


def _groups(type_: str) -> dict[str, int]:
    """By kind the number of the cells of this type; those of one type follow each other."""
    return {kind: _TYPES.index(type_) * len(kinds()) + n for n, kind in enumerate(kinds())}


def _by_appearance(at: pl.Series, first: dict[int, tuple[int, int]]) -> list[str]:
    """The types, in the order in which the sheets first have them."""
    where: dict[str, int] = {}
    for group, (begin, _) in first.items():
        type_ = _TYPES[group // len(kinds())]
        where[type_] = min(where.get(type_, at[begin]), at[begin])
    return sorted(where, key=lambda type_: where[type_])


def _in_groups(cells: pl.DataFrame, columns: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """The cells that are read with `at`, their place before, group by group; the groups."""
    field = cells["field"].to_numpy()
    group = columns["group"].to_numpy()[field]
    wanted = group >= 0
    wanted &= ~cells["total"].to_numpy() | columns["with_totals"].to_numpy()[field]
    met = np.flatnonzero(wanted)
    order = met[np.argsort(group[met], kind="stable")]
    at = pl.Series("at", order.astype(np.uint32))
    return cells[at].insert_column(0, at), group[order]


def _described(part: Part) -> pl.DataFrame:
    """By field: sid, column, slot, name, power, date1904, title, group (-1: not read here) and
    with_totals."""
    shapes = {k.id: k.layout for k in kinds().values()}
    about = part.sheets.select("sid", "date1904", title="month")
    columns = part.columns.join(about, on="sid", maintain_order="left")
    layout = pl.col("kind").replace_strict(shapes, return_dtype=pl.String)
    apart = (layout == "one_visit") & pl.col("column").is_in(_APART)
    kind = pl.col("kind").replace_strict({k: n for n, k in enumerate(kinds())})
    type_ = pl.col("type").replace_strict({t: n for n, t in enumerate(_TYPES)}, default=None)
    read = pl.col("type").is_not_null() & ~apart
    group = pl.when(read).then(type_ * len(kinds()) + kind).otherwise(-1).cast(pl.Int16)
    slot = pl.Series("slot", codes_of(columns["column"]), dtype=pl.UInt16)
    return columns.with_columns(slot, group=group, with_totals=layout == "list")


def data_of(found: Typed) -> Typed:
    """Without the cells of totals."""
    return {
        type_: frame.filter(~frame["total"]) if frame["total"].any() else frame
        for type_, frame in found.items()
    }


def lines_of(part: Part, sheets: pl.DataFrame) -> pl.DataFrame:
    """line, sid, row of the data rows of some sheets, in reading order."""
    own = np.isin(part.rows["sid"].to_numpy(), sheets["sid"].to_numpy())
    rows = part.rows.filter(pl.Series(own) & (part.rows["role"] == "data"))
    return rows.select("line", "sid", "row").sort("line")
