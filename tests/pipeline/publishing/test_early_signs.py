"""Early signs, from charts and signals written by hand; chances from the binomial distribution."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from scipy.stats import binom

from audits.scorecard import load_editions
from audits.statistics.chance import at_least
from pipeline.publication_tables import TABLES
from pipeline.publishing.early_signs import CHAIN, early_signs

PERIOD = "2026Q3"
P = 0.0165


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{c: r.get(c) for c in TABLES[name]} for r in rows], schema=TABLES[name])


def told(worse: dict[str, list[str]], status: str = "consolidating", short: int = 0) -> Any:
    """The table for branches with these metrics getting worse; `short`: charts too short."""
    chart = [
        {"scope": s, "level": "branch", "metric": m, "kind": "xmr", "chance_below": P,
         "status": "short" if i < short else "ok"}
        for s in worse for i, m in enumerate(CHAIN)
    ]  # fmt: skip
    signal = [
        {"scope": s, "level": "branch", "period": PERIOD, "metric": m, "kind": "xmr",
         "signal": rule, "direction": "worse", "since": since}
        for s, metrics in worse.items() for m in metrics
        for rule, since in (("run", "2026-04"), ("outside", "2026-09"))
    ]  # fmt: skip
    adopted = [{"scope": s, "period": PERIOD, "status": status} for s in worse]
    return early_signs(
        frame("chart", chart), frame("signal", signal), frame("adoption", adopted),
        load_editions(), PERIOD,
    )  # fmt: skip


def test_two_links_that_fall_together_are_a_sign_one_alone_is_not() -> None:
    table = told({"a": [CHAIN[0], CHAIN[2]], "b": [CHAIN[1]], "c": []})
    assert table.select("scope", "tested", "worse", "told").rows() == [
        ("a", 3, 2, True), ("b", 3, 1, False), ("c", 3, 0, False)
    ]  # fmt: skip
    first = table.row(0, named=True)
    assert first["since"] == "2026-04"
    assert first["zh"].startswith("转介率、开口率（自报）自2026-04起") and "Referral" in first["en"]
    assert table["zh"].null_count() == 2
    # two or three of three at a chance of P each
    assert table["chance"].to_list() == pytest.approx([binom.sf(1, 3, P)] * 3)


def test_what_gets_better_is_no_sign_and_a_former_period_is_none() -> None:
    assert told({"a": list(CHAIN)}, status="introducing").is_empty()
    assert told({"a": list(CHAIN)}, status="not_introduced").is_empty()


def test_a_branch_with_one_chart_cannot_be_told() -> None:
    assert told({"a": list(CHAIN)}, short=2).is_empty()
    assert told({"a": []}, short=1)["chance"].to_list() == pytest.approx([P * P])


def test_at_least_is_the_binomial_tail_where_the_chances_are_equal() -> None:
    for needed in range(5):
        assert at_least(needed, [0.3] * 4) == pytest.approx(binom.sf(needed - 1, 4, 0.3))
    assert at_least(1, []) == 0.0
    assert at_least(2, [0.5, 0.2, 0.1]) == pytest.approx(0.5 * 0.2 + 0.5 * 0.1 + 0.2 * 0.1 - 0.02)
