"""Checks of branch codes and names against the register."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.sheets.declaration import SheetKind
from pipeline.validation import rules
from pipeline.validation.checks import Check, names


def register_of(known: pl.DataFrame, own: pl.DataFrame | None) -> pl.DataFrame:
    """The register as it will be: stored rows and the newer ones of this run, one per code.

    `own` has `file` too; rows from the store have none there. Columns that one side lacks are
    null; a register without codes has branch_code and branch_name only.
    """
    parts = [f for f in (known, own) if f is not None and "branch_code" in f.columns]
    if not parts:
        return pl.DataFrame(schema={"branch_code": pl.String, "branch_name": pl.String})
    both = pl.concat([_texts(f) for f in parts], how="diagonal_relaxed")
    both = both.drop_nulls("branch_code")
    return both.unique("branch_code", keep="last", maintain_order=True)


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("branch_code", "branch_name").cast(pl.String))


def with_register(frame: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Add `name_given` and `name_known`, spelt alike, and `register_name` as it is written."""
    if not {"branch_code", "branch_name"} <= set(frame.columns):
        return frame
    register = codes.select("branch_code", pl.col("branch_name").alias("register_name"))
    joined = frame.join(register, on="branch_code", how="left", maintain_order="left")
    return joined.with_columns(
        name_given=_alike(joined["branch_name"]), name_known=_alike(joined["register_name"])
    )


def _alike(names_: pl.Series) -> pl.Series:
    """Names without the differences that do not matter: width of brackets, spaces."""
    spelt = {n: "".join(unicodedata.normalize("NFKC", n).split()) for n in names_.unique() if n}
    return names_.replace_strict(spelt, default=None, return_dtype=pl.String)


def branch_checks(kind: SheetKind, present: Sequence[str], codes: pl.DataFrame) -> list[Check]:
    """That the code of a row is in the register, and the name beside it is that code's."""
    if "branch_code" not in present:
        return []
    checks = [known_code(kind, "branch_code", codes)]
    if "branch_name" in present and kind.id != "branches":
        pair = {"column_A": "name_given", "column_B": "name_known"}
        checks.append(
            Check(
                rules.NAME_DIFFERS,
                "ExpectColumnPairValuesToBeEqual",
                pair | {"ignore_row_if": "either_value_is_missing"},
                "branch_name",
                of_row=lambda row: {"other": row["register_name"]},
            )
        )
    return checks


def known_code(kind: SheetKind, column: str, codes: pl.DataFrame) -> Check:
    """That the codes in `column` are in the register; one that lacks its zeros is proposed."""
    known = codes["branch_code"].to_list()
    allowed = {"value_set": known or [""]}
    if not known:
        return Check(rules.NO_REGISTER, "ExpectColumnValuesToBeInSet", allowed, column)
    bare = {code.lstrip("0"): code for code in known}

    def of_row(row: Mapping[str, Any]) -> dict[str, str]:
        near = bare.get(str(row[column]).lstrip("0"))
        hint, hint_en = (f"（是否应为 {near}？）", f" (should it be {near}?)") if near else ("", "")
        return {"hint": hint, "hint_en": hint_en}

    words = names(kind.column(column))
    return Check(
        rules.UNKNOWN_BRANCH, "ExpectColumnValuesToBeInSet", allowed, column, words, of_row
    )
