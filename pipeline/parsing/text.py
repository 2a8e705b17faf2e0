"""What a cell's text means before any type: width, invisible characters, blanks."""

from __future__ import annotations

import unicodedata

import polars as pl

from pipeline.sheets.declaration import Column

# What people write into a cell that has nothing to say (domain §4), after `plain`, lower case.
BLANKS = (
    "", "-", "--", "---", "—", "——", "–", "―", "一一", "无", "暂无", "空", "/", "\\", "n/a", "na",
    "null", "none", "nil", ".", "…",
)  # fmt: skip
_INVISIBLE = r"[\p{Cf}\p{Co}]"


def plain(text: pl.Expr) -> pl.Expr:
    """Half width (NFKC), no zero-width characters, single spaces, nothing at the ends."""
    return (
        text.str.normalize("NFKC")
        .str.replace_all(_INVISIBLE, "")
        .str.replace_all(r"[\s\p{Cc}]+", " ")
        .str.strip_chars()
    )


def dense(text: pl.Expr) -> pl.Expr:
    """`plain` without any space: for headers, numbers and dates."""
    return plain(text).str.replace_all(" ", "", literal=True)


def dense_text(text: str) -> str:
    """`dense` of one Python string."""
    half = unicodedata.normalize("NFKC", text)
    return "".join(
        c for c in half if unicodedata.category(c) not in ("Cf", "Co", "Cc") and not c.isspace()
    )


def blank(text: pl.Expr) -> pl.Expr:
    """Whether a plain text stands for nothing."""
    return text.str.to_lowercase().is_in(BLANKS)


def is_name(column: Column, key: tuple[str, ...] = ()) -> bool:
    """Whether a text column holds names to compare (half width), not prose to keep as written."""
    named = column.id.endswith("_name") or column.id in ("round", "edition", "peer_group")
    return named or bool(column.choices) or column.id in key
