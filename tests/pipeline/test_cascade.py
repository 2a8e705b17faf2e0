"""A cascade into a formal quarter within its check period: the old waiver was for old figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from pipeline.publication import published
from tests.pipeline.offices import HEAD, Clock, Line
from tests.pipeline.publishing.test_incomplete import sheet
from tests.pipeline.test_ingest import EAST, WEST, register

EARLY = ("--early", "行务会等不及", "--as", HEAD)
CASCADE = ("publish", "--period", "2026-09", "--stage", "preview", "--cascade")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def line(tmp_path: Path, clock: Clock) -> Line:
    """The third quarter is formal before its time; then West sends other figures of September."""
    line = Line(tmp_path / "data")
    clock.set(10, 12)
    east = sheet(tmp_path / "东门.xlsx", "2026-09", EAST, (40, 100, 5))
    west = sheet(tmp_path / "西桥.xlsx", "2026-09", WEST, (30, 100, 7))
    line.run("ingest", str(register(tmp_path / "网点名册.xlsx")), str(east), str(west))
    line.run("publish", "--period", "2026Q3")
    line.run("publish", "--period", "2026Q3", "--stage", "formal", *EARLY)
    sheet(tmp_path / "西桥二.xlsx", "2026-09", WEST, (35, 100, 7))
    line.run("ingest", str(tmp_path / "西桥二.xlsx"))
    return line


def names(line: Line) -> list[tuple[str, str]]:
    return [(p.path.name, p.manifest["stage"]) for p in published(DataFolder(line.root))]


def test_the_head_is_asked_again(line: Line, clock: Clock) -> None:
    before = names(line)
    said = line.run(*CASCADE, expect=1)
    assert "2026Q3" in said and "--early" in said and "2026-10-15" in said
    assert "--early REASON" in line.run("--lang", "en", *CASCADE, expect=1)
    assert names(line) == before  # nothing was published, the month neither
    assert "负责人" in line.run(*CASCADE, "--early", "理由", "--as", "张敏/office", expect=1)
    assert names(line) == before
    report = line.json("publish", *CASCADE, *EARLY)
    (quarter,) = report["cascaded"]
    assert (quarter["period"], quarter["stage"], quarter["revision"]) == ("2026Q3", "formal", 3)


def test_after_the_check_period_nobody_is_asked(line: Line, clock: Clock) -> None:
    clock.set(10, 16)
    (quarter,) = line.json("publish", *CASCADE)["cascaded"]
    assert (quarter["stage"], quarter["revision"]) == ("formal", 3)
