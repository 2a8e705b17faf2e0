"""Words: each distinct text of a batch, read once.

A province's scorecards repeat a few thousand texts a million times. Whatever depends on the text
and its flag alone is worked out per word and looked up by number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipeline.parsing.text import blank, plain

_ERROR = r"^#(?:DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$"
_TRUSTED_LONG = r"^-?\d{1,15}\.\d+$"


def numbered_words(text: pl.Series, flag: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """The word number of each cell, and the words: text, flag and what `prepared` adds."""
    texts: Any = text.to_arrow().dictionary_encode()
    flags: Any = flag.to_arrow().dictionary_encode()
    kinds = max(len(flags.dictionary), 1)
    pair = _numbers(texts.indices) * kinds + _numbers(flags.indices)
    met = np.zeros(len(texts.dictionary) * kinds, dtype=bool)
    met[pair] = True
    number = np.cumsum(met, dtype=np.uint32) - np.uint32(1)
    which = np.flatnonzero(met)
    words = pl.DataFrame(
        {
            "text": _series(texts.dictionary).gather(which // kinds),
            "flag": _series(flags.dictionary).gather(which % kinds),
        },
        schema={"text": pl.String, "flag": pl.String},
    )
    return pl.Series("word", number[pair]), prepared(words)


def _numbers(indices: Any) -> np.ndarray:
    # not indices.to_numpy(): pyarrow would import pandas for it, half a second of start-up
    return pl.Series(indices).to_numpy().astype(np.int64)


def _series(dictionary: Any) -> pl.Series:
    return pl.Series(dictionary, dtype=pl.String)


def prepared(cells: pl.DataFrame) -> pl.DataFrame:
    """Adds plain, dense, joined, `void` (says nothing), `rule` (what the flag already says).

    `joined` is dense, but keeps a space between two digits: 1 2 may be 12, or two numbers.
    """
    frame = cells.with_columns(plain=plain(pl.col("text")))
    frame = frame.with_columns(dense=pl.col("plain").str.replace_all(" ", "", literal=True))
    apart = pl.col("plain").str.contains(r"\d \d")
    frame = frame.with_columns(joined=pl.when(apart).then("plain").otherwise("dense"))
    long = (pl.col("flag") == "long") & ~pl.col("dense").str.contains(_TRUSTED_LONG)
    broken = (pl.col("flag") == "error") | pl.col("dense").str.contains(_ERROR)
    rule = (
        pl.when(broken)
        .then(pl.lit("error_cell"))
        .when(pl.col("flag") == "uncached")
        .then(pl.lit("uncached_formula"))
        .when(long)
        .then(pl.lit("long_number"))
    )
    return frame.with_columns(void=blank(pl.col("dense")), rule=rule)
