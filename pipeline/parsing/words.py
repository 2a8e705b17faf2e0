"""Words: each distinct text of a batch, read once.

A province's scorecards repeat a few thousand texts a million times. Whatever depends on the text
and its flag alone is worked out per word and looked up by number.
"""

from __future__ import annotations

import polars as pl

from pipeline.parsing.text import blank, plain

_ERROR = r"^#(?:DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$"
# ² ① ½: in half width they are digits, and a footnote would become part of its number.
MARKS = r"\p{No}"
_TRUSTED_LONG = r"^-?[0-9]{1,15}\.[0-9]+$"


def prepared(words: pl.DataFrame) -> pl.DataFrame:
    """`words` (text, flag) with what else is worked out of each.

    Added are plain, dense, joined, `void` (says nothing), `rule` (what the flag already says);
    `joined` is dense, but keeps a space between two digits: 1 2 may be 12, or two numbers; and it
    is the text as written where that has raised or circled digits: 12① is no 121.
    """
    frame = words.with_columns(plain=plain(pl.col("text")))
    frame = frame.with_columns(dense=pl.col("plain").str.replace_all(" ", "", literal=True))
    apart = pl.col("plain").str.contains(r"[0-9] [0-9]")
    joined = pl.when(apart).then("plain").otherwise("dense")
    marked = pl.when(pl.col("text").str.contains(MARKS)).then("text").otherwise(joined)
    frame = frame.with_columns(joined=marked)
    long = (pl.col("flag") == "long") & ~pl.col("dense").str.contains(_TRUSTED_LONG)
    broken = (pl.col("flag") == "error") | pl.col("dense").str.contains(_ERROR)
    rule = (
        pl.when(broken)
        .then(pl.lit("error_cell"))
        .when(pl.col("flag") == "uncached")
        .then(pl.lit("uncached_formula"))
        .when(pl.col("flag") == "scaled")
        .then(pl.lit("scaled_format"))
        .when(long)
        .then(pl.lit("long_number"))
    )
    return frame.with_columns(void=blank(pl.col("dense")), rule=rule)
