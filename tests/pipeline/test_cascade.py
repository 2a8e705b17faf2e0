"""A cascade into a formal quarter within its check period: the old waiver was for old figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from audits.procedure import Actor, Refused
from pipeline.check_period import refuse_early_again
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.publication import published
from pipeline.publish import publish
from pipeline.settings import load_settings
from pipeline.stores import open_stores
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
    before, folder = names(line), DataFolder(line.root)
    with pytest.raises(Fault) as refused:
        publish(folder, "2026-09", cascade=True)
    assert refused.value.status == 1
    assert all(w in refused.value.zh for w in ("2026Q3", "2026-10-15", "--early 理由"))
    assert "2026Q3" in refused.value.en and "--early REASON" in refused.value.en
    assert names(line) == before  # nothing was published, the month neither
    report = line.json("publish", *CASCADE, *EARLY)
    (quarter,) = report["cascaded"]
    assert (quarter["period"], quarter["stage"], quarter["revision"]) == ("2026Q3", "formal", 3)
    with open_stores(folder, 1.0) as stores:
        asked = (stores, load_settings(folder), ["2026Q3"], "")
        with pytest.raises(Fault, match="2026Q3"):  # one waiver is good for one publishing
            refuse_early_again(*asked, None)
        with pytest.raises(Refused):  # whoever is no head decides nothing
            refuse_early_again(*asked[:3], "理由", Actor("张敏", "office"))
        clock.set(10, 16)
        refuse_early_again(*asked, None)  # after the check period nobody is asked
