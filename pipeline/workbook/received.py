"""What the reading children hand back, put together: cells by number, and each word once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.workbook.cells import PLACE_SCHEMA, WORD_SCHEMA, distinct
from pipeline.workbook.rules import BY_ID


def put_together(bodies: Iterable[bytes]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """PLACE_SCHEMA and WORD_SCHEMA of some chunks, in the order of their first files."""
    parts = [_opened(body) for body in bodies if body]
    parts.sort(key=lambda part: part[0]["file"][0].as_py() if len(part[0]) else 0)
    if not parts:
        return pl.DataFrame(schema=PLACE_SCHEMA), pl.DataFrame(schema=WORD_SCHEMA)
    places = _frame([places for places, _ in parts])
    said = _frame([words for _, words in parts])
    number, words = distinct(said["text"], said["flag"])
    # each chunk counts its words from 0
    sizes = [len(words) for _, words in parts]
    before = np.repeat(np.cumsum(sizes) - sizes, [len(places) for places, _ in parts])
    at = pl.Series(places["word"].to_numpy() + before, dtype=pl.UInt32)
    return places.with_columns(number.gather(at).alias("word")), words


def look_at(body: bytes, records: Sequence[Mapping[str, Any]], numbers: Collection[int]) -> None:
    """Raises something where a child's answer cannot be one to the files with these numbers: it has
    touched untrusted bytes, and its word is not taken for it."""
    told = [record["number"] for record in records]
    if sorted(told) != sorted(numbers):
        raise ValueError("not the files that were asked for")
    for record in records:
        if "refused" in record:
            BY_ID[record["refused"][0]]
        for sheet in record["sheets"]:
            sheet["sheet"].encode()
    places, words = (_frame([table]) for table in _opened(body))
    if dict(places.schema) != PLACE_SCHEMA or dict(words.schema) != WORD_SCHEMA:
        raise ValueError("not cells and words")
    if any(column.null_count() for column in (*places, *words)):
        raise ValueError("cells of nothing, or words that say nothing")
    sheets = {(r["number"], s["position"]) for r in records for s in r["sheets"]}
    if not sheets.issuperset(_sheets_of(places)):
        raise ValueError("cells of no sheet")
    if len(places) and int(places["word"].max()) >= len(words):  # type: ignore[arg-type]
        raise ValueError("cells that say no word")


def _sheets_of(places: pl.DataFrame) -> set[tuple[int, int]]:
    """File and position of each sheet that has cells. Those of one follow each other but for a few,
    and polars takes twenty times as long to say so."""
    both = places["file"].to_numpy().astype(np.int64) << 16 | places["position"].to_numpy()
    ends = both[np.flatnonzero(np.diff(both, append=-1))]
    return {(sheet >> 16, sheet & 0xFFFF) for sheet in ends.tolist()}


def _opened(body: bytes) -> tuple[pa.Table, pa.Table]:
    source = pa.BufferReader(body)
    return pa.ipc.open_stream(source).read_all(), pa.ipc.open_stream(source).read_all()


def _frame(tables: list[pa.Table]) -> pl.DataFrame:
    frame = pl.from_arrow(pa.concat_tables(tables))
    assert isinstance(frame, pl.DataFrame)
    return frame.rechunk()
