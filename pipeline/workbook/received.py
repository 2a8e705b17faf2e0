"""What the reading children hand back, put together: cells by number, and each word once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.workbook.cells import PLACE_SCHEMA, WORD_SCHEMA, distinct


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


def _opened(body: bytes) -> tuple[pa.Table, pa.Table]:
    source = pa.BufferReader(body)
    return pa.ipc.open_stream(source).read_all(), pa.ipc.open_stream(source).read_all()


def _frame(tables: list[pa.Table]) -> pl.DataFrame:
    frame = pl.from_arrow(pa.concat_tables(tables))
    assert isinstance(frame, pl.DataFrame)
    return frame.rechunk()
