"""No share of appeals upheld where none has been decided: 0 % would say that all were rejected."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.publication import TABLES
from pipeline.publishing.undecided import UNDECIDED, without_undecided

SCHEMA = TABLES["metric_value"]


def test_only_undecided_appeals_alone_have_no_share() -> None:
    appeals = pl.DataFrame(
        [
            ("a", "b1", date(2026, 7, 3), "待处理"),
            ("b", "b1", date(2026, 8, 3), "不成立"),
            ("c", "b2", date(2026, 7, 9), "待处理"),
        ],
        schema=("appeal_id", "branch_code", "filed_date", "outcome"),
        orient="row",
    )
    members = pl.DataFrame(
        [("b1", "b1"), ("b2", "b2"), ("01", "b1"), ("01", "b2")],
        schema=("scope", "branch_code"), orient="row",
    )  # fmt: skip
    told = [
        # scope, period, pending and decided filed in it, by hand
        ("b1", "2026-07", UNDECIDED), ("b1", "2026-08", "ok"), ("b1", "2026Q3", "ok"),
        ("b2", "2026-07", UNDECIDED), ("b2", "2026Q3", UNDECIDED),
        ("01", "2026-07", UNDECIDED), ("01", "2026-08", "ok"), ("01", "2026Q3", "ok"),
    ]  # fmt: skip
    rows = [
        {"metric": m, "scope": s, "period": p, "numerator": 0.0, "denominator": 1.0, "value": 0.0,
         "status": "ok"}
        for m in ("appeal_upheld", "recurrence")
        for s, p, _ in told
    ]  # fmt: skip
    values = pl.DataFrame([{c: r.get(c) for c in SCHEMA} for r in rows], schema=SCHEMA)
    found = without_undecided(values, appeals, members, ["2026-07", "2026-08", "2026Q3"])
    own = found.filter(metric="appeal_upheld").select("scope", "period", "status").rows()
    assert own == told
    assert found.filter(status=UNDECIDED)["value"].null_count() == 4
    assert set(found.filter(metric="recurrence")["status"]) == {"ok"}
    assert found.columns == values.columns
