"""What is damaged on the disk is told by whoever reads it, not by `verify` alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from tests.pipeline.offices import Line
from tests.pipeline.publishing.test_incomplete import sheet
from tests.pipeline.test_ingest import EAST, WEST, register

WHERE = ("--period", "2026-09", "--scope", EAST[0])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    box = tmp_path_factory.mktemp("whole")
    line = Line(box / "data")
    east = sheet(box / "东门.xlsx", "2026-09", EAST, (40, 100, 5))
    west = sheet(box / "西桥.xlsx", "2026-09", WEST, (30, 100, 7))
    line.run("ingest", str(register(box / "网点名册.xlsx")), str(east), str(west))
    line.run("publish", "--period", "2026-09")
    return line.root


@pytest.fixture
def line(whole: Path, tmp_path: Path) -> Line:
    """A copy that may be spoilt."""
    shutil.copytree(whole, tmp_path / "data")
    return Line(tmp_path / "data")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def original(line: Line, name: str) -> Path:
    """The archived file of a workbook of that name, by what `explain` says of its cells."""
    found = line.json("explain", "explain", "dca_contracts", "--period", "2026-09", "--scope", "37")
    cells = [c for part in found["components"] for row in part["rows"] for c in row["cells"]]
    (sha256,) = {c["sha256"] for c in cells if c["file"] == name}
    (path,) = DataFolder(line.root).archive.rglob(f"{sha256}.*")
    return path


@pytest.mark.parametrize("table", ["metric_value", "fact_performance"])
def test_readers_refuse_a_damaged_publication(line: Line, table: str) -> None:
    path = DataFolder(line.root).publications / "2026-09-r1" / f"{table}.parquet"
    flip(path)
    said = line.run("explain", "reported_speak_up", *WHERE, expect=1)
    assert "2026-09-r1" in said and table in said and "mingcha restore" in said
    english = line.run("--lang", "en", "explain", "rank", *WHERE, expect=1)
    assert "not those that were published" in english
    read = 1 if table == "metric_value" else 0  # what metrics does not read does not concern it
    line.run("metrics", "--period", "2026-09", expect=read)
    path.unlink()
    line.run("explain", "reported_speak_up", *WHERE, expect=1)


def test_publishing_compares_with_nothing_damaged_and_says_so(line: Line) -> None:
    flip(DataFolder(line.root).publications / "2026-09-r1" / "metric_value.parquet")
    rehearsed = line.json("publish-rehearsal", "publish", "--period", "2026-09", "--rehearse")
    assert rehearsed["damaged"] == ["2026-09-r1"]
    told = line.run("publish", "--period", "2026-09")
    assert "发布 2026-09-r1 的数据文件与发布时不同" in told and "mingcha restore" in told
    # The new revision is sound, and nothing more is said of the former one.
    assert line.json("publish", "publish", "--period", "2026-09")["damaged"] == []
    line.run("metrics", "--period", "2026-09")


def test_a_damaged_quarter_is_not_taken_for_outdated(line: Line) -> None:
    line.run("publish", "--period", "2026Q3")
    flip(DataFolder(line.root).publications / "2026Q3-r1" / "fact_performance.parquet")
    report = line.json("publish", "publish", "--period", "2026-09")
    assert (report["damaged"], report["stale"]) == (["2026Q3-r1"], [])


def test_explain_says_that_an_original_is_not_as_received(line: Line) -> None:
    path = original(line, "东门.xlsx")
    flip(path)
    said = line.run("explain", "reported_speak_up", *WHERE, expect=1)
    assert "归档原件 东门.xlsx" in said and "重新报送原文件" in said
    found = line.json("explain", "explain", "reported_speak_up", *WHERE, expect=1)
    assert found["damaged"] == [path.stem] and found["value"] == 0.4
    path.unlink()
    english = line.run("--lang", "en", "explain", "reported_speak_up", *WHERE, expect=1)
    assert "东门.xlsx" in english and "send the original again" in english
    line.run("explain", "reported_speak_up", "--period", "2026-09", "--scope", WEST[0])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rebuild_of_an_altered_original_says_one_thing(line: Line, lang: str) -> None:
    flip(original(line, "东门.xlsx"))
    said = line.run("--lang", lang, "rebuild", expect=1)
    lost, fine, done = {
        "zh": ("缺失或被改动", "原件未变", "已由"),
        "en": ("is missing or changed", "original is unchanged", "Rebuilt 2"),
    }[lang]
    assert said.count(lost) == 1 and fine not in said and done not in said
    assert {"zh": "没有重建", "en": "Nothing was rebuilt"}[lang] in said


def test_rebuild_counts_only_what_it_read(line: Line) -> None:
    flip(original(line, "东门.xlsx"))
    DataFolder(line.root).warehouse.unlink()
    found = line.json("rebuild", "rebuild", expect=1)
    assert (found["kept"], found["uploads"]) == (False, 2)  # the register and West's sheet
    assert [p["check"] for p in found["problems"]] == ["archive"]
    assert "重建" in json.dumps(found, ensure_ascii=False)
