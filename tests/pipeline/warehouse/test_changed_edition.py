"""An edition is immutable once used."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from audits.scorecard import load_editions
from pipeline.folders import DataFolder
from pipeline.judging import _by_edition
from pipeline.office.ledger import canonical
from pipeline.parse import Parsed
from pipeline.warehouse.editions import body_of, changed_editions
from pipeline.warehouse.store import Warehouse

EDITIONS = load_editions()


def _used(warehouse: Warehouse, points: str | None = None) -> None:
    """Both editions as used; with `points`, the first item of covert-1 had other points then."""
    for name, edition in EDITIONS.items():
        body = body_of(edition)
        if points and name == "covert-1":
            body["items"][0]["points"] = points
        warehouse.connection.execute(
            "INSERT INTO edition (edition, instrument, sha256, body, first_used_seq)"
            " VALUES (?, ?, '', ?, 1)",
            [name, edition.instrument, canonical(body)],
        )


def test_an_unchanged_edition_stays_in_use(tmp_path: Path) -> None:
    with Warehouse.open(DataFolder(tmp_path)) as warehouse:
        _used(warehouse)
        assert changed_editions(warehouse, EDITIONS) == set()


def test_a_field_that_a_newer_version_adds_is_no_change(tmp_path: Path) -> None:
    with Warehouse.open(DataFolder(tmp_path)) as warehouse:
        _used(warehouse)
        # as an older version would have written it: without a field that has a default
        text = '"tags":[]'
        warehouse.connection.execute("UPDATE edition SET body = replace(body, ?, '')", [f",{text}"])
        assert changed_editions(warehouse, EDITIONS) == set()


def test_a_changed_edition_refuses_its_scorecards_only(tmp_path: Path) -> None:
    visits = pl.DataFrame(
        {"file": [0, 1], "sheet": ["评分表", "评分表"], "edition": ["covert-1", "open-1"]}
    )
    parsed = {"scorecard": Parsed("scorecard", {"visit": visits}, pl.DataFrame())}
    with Warehouse.open(DataFolder(tmp_path)) as warehouse:
        _used(warehouse, points="77")
        (told,) = _by_edition(parsed, EDITIONS, warehouse)
    assert (told.file, told.rule, told.reach) == (0, "edition_changed", "workbook")
    assert "covert-1" in told.zh and "新版本" in told.zh


def test_another_line_of_editions_is_not_averaged_in(tmp_path: Path) -> None:
    stranger = EDITIONS["covert-1"].model_copy(update={"id": "food-1"})
    heir = stranger.model_copy(update={"id": "covert-2", "former": "covert-1"})
    now = EDITIONS | {"food-1": stranger, "covert-2": heir}
    visits = pl.DataFrame({"file": [0, 1], "sheet": ["a", "a"], "edition": ["food-1", "covert-2"]})
    parsed = {"scorecards": Parsed("scorecards", {"visit": visits}, pl.DataFrame())}
    with Warehouse.open(DataFolder(tmp_path)) as warehouse:
        # nothing used yet: the first of the sending sets the line
        (told,) = _by_edition(parsed, now, warehouse)
        assert (told.file, told.value) == (1, "covert-2")
        _used(warehouse)
        (told,) = _by_edition(parsed, now, warehouse)
    assert (told.file, told.rule, told.value) == (0, "edition_strange", "food-1")
    assert "covert-1" in told.zh and "--data" in told.zh
