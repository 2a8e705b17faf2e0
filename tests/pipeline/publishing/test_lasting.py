"""The tables of statistics §4 and §5 in a publication of the sample province."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from audits.scoring import score
from audits.statistics.chance import xmr_chance
from pipeline.publication_tables import TABLES
from pipeline.publishing.adoption import adoption
from pipeline.publishing.assembly import assemble
from pipeline.publishing.charts import charts
from pipeline.publishing.claims import claims
from pipeline.publishing.composite import composite
from pipeline.publishing.content_hash import content_hash
from pipeline.publishing.early_signs import early_signs
from pipeline.sample.options import Options
from tests.studies.sample_facts import Sample, sample

PERIOD = "2026Q3"
NEW = ("chart", "signal", "early_sign", "adoption", "claim", "composite", "composite_weight")


@pytest.fixture(scope="module")
def made() -> Sample:
    return sample(Options(branches=40, months=14, rounds=4, seed=2), PERIOD)


@pytest.fixture(scope="module")
def tables(made: Sample) -> dict[str, pl.DataFrame]:
    return assemble(made.inputs)


def derived(made: Sample, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The new tables once more, from the facts and the tables they rest on."""
    facts, editions = made.inputs.facts, dict(made.inputs.editions)
    values, scope, scores = (tables[t] for t in ("metric_value", "scope", "visit_score"))
    scored = score(facts["answer"], facts["visit"], editions)
    periods = values["period"].unique().sort().to_list()
    given = made.inputs.adoption
    drawn = charts(values, scope, tables["scope_member"], scored, facts["visit"], editions, PERIOD)
    status = adoption(scope, scores, values, ["covert-1"], periods, PERIOD, given)
    return {
        **drawn,
        **composite(values, scope, scores, editions, PERIOD),
        "adoption": status,
        "early_sign": early_signs(drawn["chart"], drawn["signal"], status, editions, PERIOD),
        "claim": claims(facts, scope, scored, PERIOD),
    }


def test_tables_have_their_shape_and_never_a_nan(tables: dict[str, pl.DataFrame]) -> None:
    for name in (*NEW, "metric_value"):
        assert tables[name].schema == pl.Schema(TABLES[name]), name
        for column, kind in tables[name].schema.items():
            if kind == pl.Float64:
                assert not tables[name][column].is_nan().any(), (name, column)


def test_the_same_facts_give_the_same_content(
    made: Sample, tables: dict[str, pl.DataFrame]
) -> None:
    kept = derived(made, tables)
    assert content_hash(kept, PERIOD) == content_hash({n: tables[n] for n in NEW}, PERIOD)


def test_every_branch_has_a_status_after_every_round(
    made: Sample, tables: dict[str, pl.DataFrame]
) -> None:
    table = tables["adoption"]
    quarters = table["period"].unique().sort().to_list()
    assert quarters[-4:] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    assert table.height == 40 * len(quarters)
    for branch in made.province.branches:
        own = table.filter(pl.col("scope") == branch.code)
        for row in own.iter_rows(named=True):
            end = {"1": "03-31", "2": "06-30", "3": "09-30", "4": "12-31"}[row["period"][-1]]
            day = f"{row['period'][:4]}-{end}"
            introduced = branch.introduced is not None and branch.introduced.isoformat() <= day
            assert (row["status"] == "not_introduced") != introduced
            assert row["zh"] and row["en"]


def test_a_baseline_is_the_mean_of_the_branch_s_own_visits(
    tables: dict[str, pl.DataFrame],
) -> None:
    # with under 30 settled branches nothing is taken off for the province: plain means
    table = tables["adoption"].filter(
        (pl.col("period") == PERIOD) & (pl.col("latest_visits") <= 2) & pl.col("p").is_not_null()
    )
    scores = tables["visit_score"].filter(pl.col("edition") == "covert-1")
    assert table.height
    introduced = dict(tables["scope"].select("scope", "introduced").iter_rows())
    checked = 0
    for row in table.iter_rows(named=True):
        own = scores.filter((pl.col("scope") == row["scope"]) & (pl.col("status") == "ok"))
        days = (own["visit_date"] - introduced[row["scope"]]).dt.total_days()
        latest = own.filter((days >= 90) & (own["period"] >= "2026-07"))["score_before_veto"]
        if len(latest) != row["latest_visits"]:
            continue  # the round before entered, too
        checked += 1
        mean = sum(latest.to_list(), 0.0) / len(latest)
        assert row["latest"] == pytest.approx(mean)
        assert row["change"] == pytest.approx(row["latest"] - row["baseline"])
    assert checked


def test_charts_begin_with_the_introduction_and_sum_to_their_chance(
    made: Sample, tables: dict[str, pl.DataFrame]
) -> None:
    charts = tables["chart"].filter((pl.col("kind") == "xmr") & (pl.col("level") == "branch"))
    begun = {b.code: f"{b.introduced:%Y-%m}" for b in made.province.branches if b.introduced}
    for row in charts.iter_rows(named=True):
        assert row["first"] >= begun.get(row["scope"], "")
        drawn = row["status"] == "ok"
        assert drawn == (row["centre"] is not None) == (row["chance"] > 0)
        assert drawn <= (row["points"] >= 12)
        if drawn:
            assert row["chance"] == xmr_chance(row["points"], 3).latest
    assert charts.filter(pl.col("metric") == "adherence").is_empty()  # no chart of two visits
    assert not charts.filter(pl.col("status") == "ok").is_empty()
    said = tables["signal"]
    assert said["period"].unique().to_list() in ([], [PERIOD])
    assert (said["at"] >= "2026-07").all()


def test_the_inflating_branch_is_asked(made: Sample, tables: dict[str, pl.DataFrame]) -> None:
    claim = tables["claim"]
    liar = made.province.branches[made.truth.inflater].code
    doubted = claim.filter(pl.col("overclaimed") | pl.col("unusual"))["scope"].to_list()
    assert liar in doubted
    assert len(doubted) <= 3
    row = claim.filter(pl.col("scope") == liar).row(0, named=True)
    facts = made.inputs.facts["performance"].filter(
        (pl.col("branch_code") == liar) & (pl.col("month") >= "2025-10")
    )
    assert row["reported"] == pytest.approx(facts["spoken"].sum() / facts["served"].sum())
    assert row["gap"] == pytest.approx(row["reported"] - row["observed"])
    assert row["low"] < row["gap"] < row["high"]


def test_observed_shares_have_an_interval_and_complete_counts_have_none(
    tables: dict[str, pl.DataFrame],
) -> None:
    values = tables["metric_value"].filter(pl.col("status") == "ok")
    shown = values.filter(pl.col("low").is_not_null())
    assert set(shown["metric"]) == {
        "observed_speak_up", "seven_steps_complete", "speak_up_gap", "veto_rate",
        "wait_promise_kept",
    }  # fmt: skip
    inside = (shown["low"] <= shown["value"] + 1e-12) & (shown["value"] <= shown["high"] + 1e-12)
    assert inside.all()


def test_the_index_is_the_weighted_mean_of_its_sections(
    made: Sample, tables: dict[str, pl.DataFrame]
) -> None:
    edition = made.inputs.editions["covert-1"]
    weights = {f"adherence.section.{s.id}": float(s.points) for s in edition.sections}
    rows = tables["composite"].filter(pl.col("status") == "ok")
    values = tables["metric_value"].filter(pl.col("period") == PERIOD)
    assert rows.height
    for row in rows.head(5).iter_rows(named=True):
        own = values.filter((pl.col("scope") == row["scope"]) & (pl.col("status") == "ok"))
        shares = {m: v for m, v in own.select("metric", "value").iter_rows() if m in weights}
        whole = sum(weights[m] for m in shares)
        index = 100 * sum(weights[m] * v for m, v in shares.items()) / whole
        assert row["index"] == pytest.approx(index)
        assert row["coverage"] == pytest.approx(whole / 100)
        assert row["low"] <= row["rank"] <= row["high"] <= row["of"]
        capped = min(row["index"], float(Decimal(60))) if row["vetoed"] else row["index"]
        assert row["published"] == pytest.approx(capped)
    assert tables["composite_weight"]["effective"].sum() == pytest.approx(1.0)


def test_nothing_visited_and_nothing_reported(
    made: Sample, tables: dict[str, pl.DataFrame]
) -> None:
    empty = ("visit", "answer", "performance")
    facts = {n: f.clear() if n in empty else f for n, f in made.inputs.facts.items()}
    kept = {n: t.clear() if n in ("metric_value", "visit_score") else t for n, t in tables.items()}
    found = derived(replace(made, inputs=replace(made.inputs, facts=facts)), kept)
    assert found["composite"].is_empty()
    assert found["chart"].is_empty() and found["signal"].is_empty()
    assert set(found["claim"]["status"]) == {"not_reported"}
    assert set(found["adoption"]["status"]) <= {"not_introduced", "introducing", "insufficient"}
