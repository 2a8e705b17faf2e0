"""What the queries give equals the values that were put in by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from dashboards import queries
from dashboards.access import Scope
from dashboards.queries import Key
from pipeline.folders import DataFolder

ALL = Scope(everything=True)


@pytest.fixture
def key(folder: Path) -> Key:
    (found,) = queries.publications(DataFolder(folder))
    return found


def test_no_folder_no_publication(tmp_path: Path) -> None:
    assert queries.publications(DataFolder(tmp_path / "nowhere")) == []


def test_a_broken_manifest_is_left_out(folder: Path, province: ModuleType) -> None:
    broken = province.build(folder, revision=2)
    (broken / "manifest.json").write_text('{"period": "2026-09"', "utf-8")
    assert [k.revision for k in queries.publications(DataFolder(folder))] == [1]


def test_the_newest_comes_first(folder: Path, province: ModuleType) -> None:
    province.build(folder, revision=2)
    for name in ("2026Q3", "2026", "2026-10"):
        path = folder / "publications" / f"{name}-r1"
        path.mkdir()
        told = {"period": name, "revision": 1, "stage": "preview", "content_hash": name}
        (path / "manifest.json").write_text(json.dumps(told), "utf-8")
    found = [(k.period, k.revision) for k in queries.publications(DataFolder(folder))]
    assert found == [
        ("2026", 1),
        ("2026-10", 1),
        ("2026Q3", 1),
        ("2026-09", 2),
        ("2026-09", 1),
    ]


def test_league_ranks_first_then_the_unranked(key: Key, province: ModuleType) -> None:
    rows = queries.league(key, ALL)
    assert rows["scope"].to_list() == province.BRANCHES
    assert rows["rank"].to_list() == [*range(1, 11), None, None]
    assert rows["score"].to_list()[:3] == [95.0, 92.0, 89.0]
    assert rows["city_name"].to_list() == ["东川分行"] * 6 + ["西岭分行"] * 6


def test_league_of_a_peer_group(key: Key, province: ModuleType) -> None:
    rows = queries.league(key, ALL, "县域")
    assert rows["scope"].to_list() == province.BRANCHES[1::2]
    assert rows["rank"].to_list() == [1, 2, 3, 4, 5, None]
    assert queries.peer_groups(key, ALL) == ["县域", "城区"]


def test_completeness_names_who_has_not_reported(key: Key, province: ModuleType) -> None:
    rows = queries.completeness(key, ALL)
    missing = rows.filter(rows["status"] == "not_reported")
    assert missing.select("name", "due").rows() == [("兰亭网点", date(2026, 10, 14))]
    assert rows.height == 12


def test_lost_points_most_first(key: Key, province: ModuleType) -> None:
    rows = queries.lost_points(key, ALL, province.BRANCHES[0])
    assert rows.select("item_id", "lost").rows() == [
        ("STEP1A", 2.0),
        ("ENV1", 1.5),
        ("STEP2A", 0.0),
    ]
    assert rows["reasons"].to_list()[0] == [province.REASON]


def test_trend_of_a_branch_against_the_province(key: Key, province: ModuleType) -> None:
    rows = queries.trend(key, ALL, (province.BRANCHES[1], "01"), "adherence", "month")
    assert rows.select("scope", "period", "value").rows() == [
        ("01", "2026-07", 0.81),
        ("01", "2026-08", 0.81),
        ("01", "2026-09", 0.81),
        (province.BRANCHES[1], "2026-07", 0.92),
        (province.BRANCHES[1], "2026-08", 0.92),
        (province.BRANCHES[1], "2026-09", 0.92),
    ]


def test_a_missing_value_stays_missing(key: Key, province: ModuleType) -> None:
    rows = queries.compared(key, ALL, province.BRANCHES[0], "01")
    row = rows.filter(rows["metric"] == "complaints").row(0, named=True)
    assert (row["value"], row["status"]) == (None, "not_reported")
    row = rows.filter(rows["metric"] == "adherence").row(0, named=True)
    assert (row["value"], row["beside_value"]) == (0.95, 0.81)


def test_a_publication_made_anew_under_its_name_is_read_anew(
    folder: Path, province: ModuleType, key: Key
) -> None:
    first = queries.league(key, ALL)
    manifest = Path(key.path) / "manifest.json"
    told = json.loads(manifest.read_text("utf-8")) | {"content_hash": "f" * 64}
    manifest.write_text(json.dumps(told), "utf-8")
    (again,) = queries.publications(DataFolder(folder))
    assert again != key
    assert queries.league(again, ALL).equals(first)
    assert queries.league(again, ALL) is not first


def test_a_loop_in_the_register_ends(folder: Path, province: ModuleType, key: Key) -> None:
    import polars as pl

    path = Path(key.path) / "scope.parquet"
    looped = pl.read_parquet(path).with_columns(
        pl.when(pl.col("scope") == "01").then(pl.lit("010101")).otherwise("parent").alias("parent")
    )
    looped.write_parquet(path)
    assert set(queries.ancestors(key, province.BRANCHES[0])) == {"010101", "0101", "01"}
