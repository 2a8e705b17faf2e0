"""Table `effect` from metric values of known content: planted gains are found, the rest is not
claimed, what cannot be judged says so and gives no figure."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import pipeline
from pipeline.__main__ import load_commands
from pipeline.explaining.effect import explain_effect
from pipeline.faults import Fault
from pipeline.metrics import metrics
from pipeline.periods import months_of
from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.publishing.effect_words import change
from pipeline.publishing.effects import effects, frame_of

_PATH = Path(pipeline.__file__).parent / "schemas" / "explain-effect.schema.json"
SCHEMA = json.loads(_PATH.read_text("utf-8"))
QUARTERS = ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"]
DATES = [date(2024, 5, 6), date(2025, 8, 31), date(2025, 10, 1), date(2026, 2, 3), None, None]
CLUSTERS, BRANCHES = 48, 3  # branches in each
GAINS = {"reported_speak_up": 0.10, "identification_rate": 0.06, "complaints": -0.8}
PLAIN = ("satisfaction", "fee_share")


def scopes() -> pl.DataFrame:
    rows: list[dict[str, Any]] = [{"scope": "01", "level": "province"}]
    for c in range(CLUSTERS):
        rows.append({"scope": f"01{c:02d}", "level": "sub_branch", "parent": "01"})
        rows += [
            {"scope": f"01{c:02d}{b}", "level": "branch", "parent": f"01{c:02d}",
             "introduced": DATES[c % len(DATES)]}
            for b in range(BRANCHES)
        ]  # fmt: skip
    full = [{k: r.get(k) for k in TABLES["scope"]} for r in rows]
    return pl.DataFrame(full, schema=TABLES["scope"]).sort("scope")


def values(scope: pl.DataFrame) -> pl.DataFrame:
    chance = np.random.default_rng(11)
    branches = scope.filter(pl.col("level") == "branch")
    rows = []
    for metric in (*GAINS, *PLAIN, "training_coverage"):
        for code, began in branches.select("scope", "introduced").rows():
            own = chance.normal(0, 0.05)
            for at, quarter in enumerate(QUARTERS):
                first = f"{began:%Y-%m}" if began else "9999"
                on = months_of(quarter)[-1] >= first
                value = 0.6 + own + 0.01 * at + chance.normal(0, 0.03) + GAINS.get(metric, 0) * on
                rows.append((metric, code, "branch", quarter, value, "ok"))
    # What is no branch, or no value, must not enter.
    rows += [(m, "01", "province", q, 99.0, "ok") for m in GAINS for q in QUARTERS]
    rows += [("satisfaction", "01000", "branch", "2024Q4", None, "not_reported")]
    names = ("metric", "scope", "level", "period", "value", "status")
    frame = pl.DataFrame(rows, schema={n: TABLES["metric_value"][n] for n in names}, orient="row")
    frame = frame.sort("metric", "scope", "period")
    return frame.with_columns(
        pl.lit(None, t).alias(n) for n, t in TABLES["metric_value"].items() if n not in names
    )


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    scope = scopes()
    return effects(values(scope), scope, {})


def row(table: pl.DataFrame, metric: str, kind: str = "group") -> dict[str, Any]:
    return table.filter((pl.col("metric") == metric) & (pl.col("kind") == kind)).to_dicts()[0]


def test_the_table_has_its_columns_and_a_headline_for_every_declared_metric(
    table: pl.DataFrame,
) -> None:
    assert table.schema == pl.Schema(TABLES["effect"])
    declared = {m.id for m in metrics({}).values() if m.introduction}
    headlines = table.filter(pl.col("kind") == "group")
    assert set(headlines["metric"]) == declared and headlines.height == len(declared)
    assert headlines["verdict"].is_in(["effective", "no_effect", "insufficient"]).all()
    assert headlines.select(pl.col("reason_zh", "reason_en").str.len_chars() > 10).to_numpy().all()


@pytest.mark.parametrize("metric", GAINS)
def test_a_planted_gain_is_found_whichever_way_is_better(table: pl.DataFrame, metric: str) -> None:
    found = row(table, metric)
    assert found["verdict"] == "effective"
    assert found["low"] < GAINS[metric] < found["high"]
    assert found["n"] == 3 * 8 * BRANCHES  # the cohort of 2024 has no quarter before
    assert found["clusters"] == 40
    assert f"{found['n']} 个已导入网点" in found["reason_zh"]


@pytest.mark.parametrize("metric", PLAIN)
def test_nothing_is_claimed_where_nothing_was_planted(table: pl.DataFrame, metric: str) -> None:
    found = row(table, metric)
    assert found["verdict"] == "no_effect" and found["low"] < 0 < found["high"]


def test_without_a_verdict_there_is_no_figure(table: pl.DataFrame) -> None:
    for metric, said in (("training_coverage", "口径随导入而变"), ("adherence", "没有可用的数据")):
        found = row(table, metric)
        assert found["verdict"] == "insufficient" and said in found["reason_zh"]
        assert table.filter(pl.col("metric") == metric).height == 1
        assert {found[k] for k in ("estimate", "low", "high", "n", "p_pre")} == {None}


def test_the_course_is_there_by_event_time_and_by_cohort(table: pl.DataFrame) -> None:
    mine = table.filter(pl.col("metric") == "identification_rate")
    events = mine.filter(pl.col("kind") == "event")["event_time"].to_list()
    assert events == [-4, -3, -2, 0, 1, 2, 3]
    cohorts = mine.filter(pl.col("kind") == "cohort")["cohort"].to_list()
    assert cohorts == ["2025Q3", "2025Q4", "2026Q1"]


def test_the_same_values_give_the_same_table_in_any_order_of_branches(table: pl.DataFrame) -> None:
    scope = scopes()
    shuffled = values(scope).sample(fraction=1.0, shuffle=True, seed=3).sort("metric")
    assert effects(shuffled, scope.sample(fraction=1.0, shuffle=True, seed=4), {}).equals(table)


def test_with_few_quarters_the_panel_goes_by_month() -> None:
    months = [m for q in QUARTERS[:3] for m in months_of(q)]
    frame = frame_of(scopes(), [*months, *QUARTERS[:3], "2025"])
    assert frame.periods == months
    assert sorted(set(frame.cohort.tolist()))[:2] == [0, 7]  # August 2025 is the eighth month
    assert frame_of(scopes(), [*months, *QUARTERS]).periods == QUARTERS
    assert len(set(frame.cluster.tolist())) == CLUSTERS


def test_changes_are_written_in_the_unit_of_the_metric() -> None:
    assert change(0.0523, "%", "zh") == "+5.2 个百分点" and change(-0.001, "%", "en") == "−0.1 pp"
    assert change(12_340, "万元", "zh") == "+1.23 万元"
    assert change(12_340, "万元", "en") == "+12.3 thousand yuan"
    assert change(-932, "万元", "zh", (-5_800, 4_000)) == "−0.093 万元"  # one unit in one row
    assert change(-932, "万元", "en", (-5_800, 4_000)) == "−0.93 thousand yuan"
    assert change(-0.00003, "%", "zh") == "0.0 个百分点"
    assert change(-0.42, "‱", "en") == "−0.42 per 10,000"


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory, table: pl.DataFrame) -> Publication:
    path = tmp_path_factory.mktemp("publications") / "2026Q2-r1"
    path.mkdir()
    scope = scopes()
    branches = scope.filter(pl.col("level") == "branch")
    whole = branches.select(pl.lit("01").alias("scope"), pl.col("scope").alias("branch_code"))
    own = branches.select("scope", pl.col("scope").alias("branch_code"))
    tables = {"scope": scope, "scope_member": pl.concat([whole, own]), "effect": table}
    tables["metric_value"] = values(scope)
    for name, frame in tables.items():
        frame.write_parquet(path / f"{name}.parquet")
    manifest = {"period": "2026Q2", "revision": 1}
    (path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return Publication(path)


def test_an_effect_is_walked_back_to_cells_branches_and_values(publication: Publication) -> None:
    told = explain_effect(publication, "effect.identification_rate", "01", "2026Q2")
    jsonschema.validate(told, SCHEMA)
    assert sum(c["weight"] * c["estimate"] for c in told["cells"]) == pytest.approx(
        told["estimate"], abs=1e-12
    )
    # One cell by hand, from the values that are told.
    cell = next(c for c in told["cells"] if (c["cohort"], c["event"]) == ("2025Q4", 1))
    rows = {b["scope"]: {v["period"]: v["value"] for v in b["values"]} for b in told["branches"]}
    mine = [b["scope"] for b in told["branches"] if b["cohort"] == "2025Q4"]
    never = [b["scope"] for b in told["branches"] if b["cohort"] is None]
    change = {c: rows[c]["2026Q1"] - rows[c]["2025Q3"] for c in rows}
    wanted = np.mean([change[c] for c in mine]) - np.mean([change[c] for c in never])
    assert cell["estimate"] == pytest.approx(wanted, abs=1e-12)
    assert (cell["introduced"]["branches"], cell["control"]["branches"]) == (24, 48)
    later = next(b for b in told["branches"] if b["cohort"] == "2026Q1")
    assert later["enters_as"] == ["introduced", "control"]


def test_without_a_verdict_the_reason_is_all_there_is(publication: Publication) -> None:
    told = explain_effect(publication, "effect.training_coverage", "01000", "2026Q2")
    jsonschema.validate(told, SCHEMA)
    assert (told["cells"], told["branches"], told["estimate"]) == ([], [], None)
    for asked, scope, period in (
        ("effect.nothing", "01", "2026Q2"),
        ("effect.satisfaction", "99", "2026Q2"),
        ("effect.satisfaction", "01", "2026Q1"),
    ):
        with pytest.raises(Fault) as fault:
            explain_effect(publication, asked, scope, period)
        assert fault.value.status == 2


def test_the_command_prints_it(publication: Publication) -> None:
    root = publication.path.parent.parent / "data"
    root.mkdir()
    (root / "publications").symlink_to(publication.path.parent)
    words = ["--data", str(root), "explain", "effect.fee_share", "--scope", "01020",
             "--period", "2026Q2"]  # fmt: skip
    done = CliRunner().invoke(load_commands(), words)
    assert done.exit_code == 0, done.output
    assert "含有零" in done.output
    assert "01020 2025Q4 已导入/对照" in done.output and "mingcha explain fee_share" in done.output


@pytest.mark.parametrize("value", [-5_843.2, 123_456.7, 2_345_678.0, -932.4, 12.3])
def test_a_sum_in_english_shows_its_value_in_the_unit_it_names(value: float) -> None:
    """Cut to three digits it once said 5,840 yuan of 5,843: no rounding that a reader can see."""
    said = change(value, "万元", "en")
    unit = {"thousand": 1e-3, "million": 1e-6}.get(said.split()[1], 1.0)
    digits = len(said.split()[0].partition(".")[2])
    assert float(said.split()[0].replace("−", "-").replace(",", "")) == pytest.approx(
        value * unit, abs=0.5 * 10**-digits
    )
