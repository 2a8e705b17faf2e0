"""Every metric of the dictionary, at every level and for months, quarters and years, against the
slow oracle; and the rows behind a component add up to it exactly."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from oracle import Oracle
from small_province import frames, months, province, scopes

from audits.scorecard import load_editions
from pipeline.aggregate import MartStore
from pipeline.lineage import part_rows
from pipeline.marts.world import world_of
from pipeline.measure import measure
from pipeline.metrics import metrics
from pipeline.periods import periods_of

SEEDS = (1, 2)
LAST = months()[-1]
# Points are stored to six decimals by the scoring, money is exact.
RELATIVE, ABSOLUTE = 1e-9, 2e-5
_POINTS = ("adherence", "sustain_index")


@pytest.fixture(scope="module", params=SEEDS)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    facts = province(request.param)
    scope, table, members = scopes(facts)
    some = random.Random(request.param).sample(months(), 6)
    longer = [p for p in periods_of(months()) if "-" not in p]
    wanted = [*sorted({*some, LAST}), *longer, "2026-01"]
    measured = measure(frames(facts), scope, table, wanted, load_editions(), until=LAST)
    return {"facts": facts, "members": members, "periods": wanted, "measured": measured,
            "oracle": Oracle(facts, load_editions(), LAST)}  # fmt: skip


def _differs(metric: str, field: str, found: Any, expected: Any) -> bool:
    if found is None or expected is None or isinstance(found, str | int):
        return bool(found != expected)
    points = metric.startswith(_POINTS)
    slack = ABSOLUTE * max(1.0, abs(expected)) if points else RELATIVE * abs(expected) + 1e-9
    return bool(abs(found - expected) > slack)


def test_every_metric_equals_its_oracle(case: dict[str, Any]) -> None:
    wrong = []
    for row in case["measured"].iter_rows(named=True):
        members = case["members"][row["scope"]]
        expected = case["oracle"].value(row["metric"], members, row["period"])
        for field, value in expected.items():
            if _differs(row["metric"], field, row[field], value):
                wrong.append((row["metric"], row["scope"], row["period"], field, row[field], value))
    assert not wrong, f"{len(wrong)} differ, for example {wrong[:8]}; { ({w[0] for w in wrong}) }"


def test_every_metric_scope_and_period_has_exactly_one_value(case: dict[str, Any]) -> None:
    measured = case["measured"]
    expected = len(metrics()) * len(case["members"]) * len(case["periods"])
    assert measured.height == expected
    assert measured.select("metric", "scope", "period").is_duplicated().sum() == 0


def test_every_metric_has_values_to_compare(case: dict[str, Any]) -> None:
    """An oracle that agrees on nothing but blanks would prove nothing."""
    ok = case["measured"].filter(pl.col("status") == "ok")
    assert set(ok["metric"]) == set(metrics())
    kinds = {"not_reported", "pending_correction", "insufficient", "not_introduced", "ok"}
    assert set(case["measured"]["status"]) == kinds
    assert (case["measured"].filter(pl.col("status") != "ok")["value"].null_count()) == (
        case["measured"].height - ok.height
    )


def _exact(value: Any) -> Fraction:
    return Fraction(value) if isinstance(value, Decimal | int) else Fraction(str(value))


def test_rows_behind_a_value_add_up_to_it_exactly(case: dict[str, Any]) -> None:
    store = MartStore(world_of(frames(case["facts"]), case["periods"], load_editions(), LAST))
    ok = case["measured"].filter(pl.col("status").is_in(["ok", "insufficient"]))
    chosen = random.Random(7).sample(ok.rows(named=True), 60)
    declared = metrics()
    for row in chosen:
        metric = declared[row["metric"]]
        sums = []
        for index, part in enumerate(metric.parts):
            rows = part_rows(store, metric, index, case["members"][row["scope"]], row["period"])
            total = sum((_exact(v) for v in rows["value"].to_list()), Fraction(0))
            sums.append(total / max(rows["month"].n_unique(), 1) if part.mean else total)
        if len(sums) == 4:
            sums = [sums[0] / sums[1] if sums[1] else None, sums[2] / sums[3] if sums[3] else None]
        fields = ("numerator", "denominator")[: len(sums)]
        for field, total in zip(fields, sums, strict=True):
            expected = None if total is None else float(total)
            assert row[field] == pytest.approx(expected, rel=1e-15), (row, field)
    store.close()
