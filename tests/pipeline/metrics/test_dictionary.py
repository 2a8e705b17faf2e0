"""The dictionary has every id of domain.md §3, is complete in both languages, and its page is
current."""

from __future__ import annotations

import pytest

from pipeline.dictionary import PAGE, dictionary
from pipeline.marts import marts
from pipeline.metrics import families, metrics
from pipeline.sheets import kinds
from pipeline.warehouse.schema import fact_tables

# Copied by hand from the table of domain.md §3.
ASKED = (
    "rollout_coverage",
    "adherence",
    "seven_steps_complete",
    "observed_speak_up",
    "reported_speak_up",
    "speak_up_gap",
    "identification_rate",
    "referral_rate",
    "referral_success",
    "follow_up_rate",
    "profile_rate",
    "substitution_rate",
    "diversion_rate",
    "morning_meeting_rate",
    "evening_meeting_rate",
    "weekly_meeting_rate",
    "meeting_length_ok",
    "service_match",
    "exam_pass",
    "culture_wall",
    "training_coverage",
    "retention",
    "win_back",
    "target_attainment",
    "pace_gap",
    "per_head",
    "per_customer",
    "aum_growth",
    "deposit_growth",
    "deposit_average_growth",
    "fee_share",
    "key_client_net_gain",
    "key_client_churn",
    "dca_contracts",
    "wait_promise_kept",
    "satisfaction",
    "complaints",
    "veto_rate",
    "rectified_on_time",
    "recurrence",
    "appeal_upheld",
    "reporting_on_time",
    "first_pass",
    "visit_coverage",
    "sustain_index",
    "adherence.open",
    "adherence.section.STEP",
    "adherence.step.s1",
    "adherence.role.lobby_manager",
    "adherence.zone.waiting",
    "adherence.open.section.CW",
    "target_attainment.aum",
    "pace_gap.fee_income",
    "per_head.fee_income",
    "per_head.aum",
    "per_head.deposits",
    "per_customer.fee_income",
    "per_customer.aum",
    "per_customer.deposits",
    "aum_growth.yoy",
    "aum_growth.mom",
    "deposit_growth.yoy",
    "deposit_growth.mom",
    "dca_contracts.rate",
    "satisfaction.response",
)


@pytest.mark.parametrize("id", ASKED)
def test_every_metric_that_was_asked_for_exists(id: str) -> None:
    assert id in metrics()


@pytest.mark.parametrize("metric", metrics().values(), ids=lambda m: m.id)
def test_a_metric_is_complete(metric) -> None:  # type: ignore[no-untyped-def]
    for text in (metric.zh, metric.en, metric.formula_zh, metric.formula_en, metric.unit):
        assert text
    assert bool(metric.note_zh) == bool(metric.note_en)
    expected = {"ratio": {2}, "amount": {1}, "difference": {2, 4}, "ratio_of_ratios": {4}}
    assert len(metric.parts) in expected[metric.form]
    for part in metric.parts:
        mart = marts()[part.mart]
        table = fact_tables()[part.fact or mart.fact]
        assert part.sources
        assert set(part.sources) <= set(table.columns), (metric.id, part.sources)
        assert {key for key, _ in part.keys or tuple((k, k) for k in mart.keys)} <= set(
            table.columns
        )


def test_target_products_are_columns_that_add_up() -> None:
    from pipeline.metrics.targets import HEADLINE, PRODUCTS

    columns = {c.id: c.zh for c in kinds()["performance"].columns if c.over}
    assert HEADLINE in PRODUCTS
    assert {p: columns[p] for p in PRODUCTS} == {p: zh for p, (zh, _) in PRODUCTS.items()}


def test_every_metric_belongs_to_a_family() -> None:
    listed = [id for ids in families().values() for id in ids]
    assert sorted(listed) == sorted(metrics())


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == dictionary(), "run: python -m pipeline.dictionary"
