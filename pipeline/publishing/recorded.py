"""Appeals on record as published facts, beside those of the sheets (申诉台账).

The sheet tells of rounds that were never on record; of a round that is, only the record counts, so
no appeal counts twice. A recorded appeal has no cell: its place is its number in the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from audits.appeals import Appeal
from pipeline.periods import month_of
from pipeline.publishing.cells import OFFICE

SHEET = "appeal"
_WORDS = {"upheld": "成立", "partly": "部分成立", "rejected": "不成立"}
PENDING = "待处理"
_COLUMNS = ("appeal_id", "branch_code", "round", "item_id", "filed_date", "outcome",
            "decided_date", "edition", "visit_date")  # fmt: skip


def with_recorded(
    facts: Mapping[str, pl.DataFrame],
    appeals: Iterable[Appeal],
    rounds: Collection[str],
    end: str,
) -> dict[str, pl.DataFrame]:
    """`facts` with the appeals filed up to month `end`; `rounds`: those on record."""
    sheet = facts["appeal"]
    recorded = [_row(a) for a in appeals if _counts(a, end)]
    if not rounds and not recorded:
        return dict(facts)
    told = sheet.filter(~pl.col("round").is_in(list(rounds)))
    if recorded:
        rows = pl.DataFrame(recorded, infer_schema_length=None)
        known = {c: t for c, t in sheet.schema.items() if c in rows.columns}
        rows = rows.cast(known)  # type: ignore[arg-type]
        same = ["branch_code", "round", "item_id"]
        told = told.join(rows.select(same), on=same, how="anti")
        told = pl.concat([told, rows], how="diagonal").select(sheet.columns)
    return {**facts, "appeal": told.sort("appeal_id"), "column_map": _mapped(facts, recorded)}


def _counts(appeal: Appeal, end: str) -> bool:
    if appeal.state == "withdrawn" or appeal.filed is None:
        return False
    return month_of(appeal.filed) <= end


def _row(appeal: Appeal) -> dict[str, Any]:
    about = appeal.contested
    if about is None:
        raise ValueError(f"appeal {appeal.number} is about nothing")
    return {
        "sha256": OFFICE,
        "sheet": SHEET,
        "row": appeal.number,
        "appeal_id": f"#{appeal.number}",
        "branch_code": about.branch,
        "round": about.round,
        "edition": about.edition,
        "visit_date": about.visit_date,
        "item_id": about.item,
        "filed_date": appeal.filed,
        "outcome": _WORDS.get(appeal.state, PENDING),
        "decided_date": appeal.decided,
    }


def _mapped(facts: Mapping[str, pl.DataFrame], recorded: list[dict[str, Any]]) -> pl.DataFrame:
    """The column map: N1 is the record of appeal 1."""
    known = facts["column_map"]
    if not recorded:
        return known
    rows = [{"sha256": OFFICE, "sheet": SHEET, "column": c, "letter": "N"} for c in _COLUMNS]
    return pl.concat([known, pl.DataFrame(rows)], how="diagonal").select(known.columns)
