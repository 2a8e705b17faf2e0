"""Shoppers named in free text: found, so that it can be said, and masked where it is published.

Facts keep what was written; what leaves the office does not (domain §1: a branch never sees who
the shopper was).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import polars as pl

MASK = "〔暗访员〕"
_SHORTEST_NAME = 2  # a single character is in every other sentence
_SHORTEST_ID = 2
_SHORTEST_NUMBER = 5  # an id of digits only: shorter ones are minutes and counts


def pattern_of(ids: Iterable[str], names: Iterable[str]) -> str | None:
    """A regular expression for any of these ids (as whole words) and names; None if there are none.

    Names are found with blanks between their characters too; ids in either case.
    """
    spelt = {"".join(unicodedata.normalize("NFKC", n).split()) for n in names}
    people = [
        r"\s*".join(map(pl.escape_regex, n)) for n in sorted(spelt) if len(n) >= _SHORTEST_NAME
    ]
    whole = sorted({unicodedata.normalize("NFKC", i).strip() for i in ids})
    least = {i: _SHORTEST_NUMBER if i.isdigit() else _SHORTEST_ID for i in whole}
    codes = [pl.escape_regex(i) for i in whole if len(i) >= least[i]]
    parts = [f"(?:{'|'.join(people)})"] if people else []
    # the word boundary of ASCII: Chinese characters may stand right beside an id
    parts += [rf"(?-u:\b)(?i:{'|'.join(codes)})(?-u:\b)"] if codes else []
    return "|".join(parts) or None


def names_somebody(column: str, pattern: str) -> pl.Expr:
    """Whether the text of `column` has a match; full-width letters count as their half-width."""
    return pl.col(column).str.normalize("NFKC").str.contains(pattern).fill_null(False)


def masked(column: str, pattern: str) -> pl.Expr:
    """The text with every match replaced; the rest stays as it was written.

    Only where full-width letters hide a match is the whole text brought to half width.
    """
    plain = pl.col(column).str.replace_all(pattern, MASK)
    half = plain.str.normalize("NFKC")
    hidden = half.str.contains(pattern).fill_null(False)
    return pl.when(hidden).then(half.str.replace_all(pattern, MASK)).otherwise(plain).alias(column)
