"""What is damaged on the disk is told by whoever reads it, not by `verify` alone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from pipeline.commands.rebuild import _told
from pipeline.folders import DataFolder
from pipeline.publishing.soundness import not_compared
from pipeline.rebuild import rebuild
from tests.pipeline.offices import Line
from tests.pipeline.publishing.test_incomplete import sheet
from tests.pipeline.test_ingest import EAST, WEST, register

WHERE = ("--period", "2026-09", "--scope", EAST[0])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """September and its quarter are published; `东门.xlsx` lies beside the data folder."""
    box = tmp_path_factory.mktemp("whole")
    line = Line(box / "data")
    east = sheet(box / "东门.xlsx", "2026-09", EAST, (40, 100, 5))
    west = sheet(box / "西桥.xlsx", "2026-09", WEST, (30, 100, 7))
    line.run("ingest", str(register(box / "网点名册.xlsx")), str(east), str(west))
    line.run("publish", "--period", "2026-09")
    line.run("publish", "--period", "2026Q3")
    return line.root


@pytest.fixture
def line(whole: Path, tmp_path: Path) -> Line:
    """A copy that may be spoilt."""
    shutil.copytree(whole, tmp_path / "data")
    return Line(tmp_path / "data")


@pytest.fixture
def original(line: Line, whole: Path) -> Path:
    """The archived file of East's workbook, altered by one bit."""
    sha256 = hashlib.sha256((whole.parent / "东门.xlsx").read_bytes()).hexdigest()
    (path,) = DataFolder(line.root).archive.rglob(f"{sha256}.*")
    flip(path)
    return path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


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
    publications = DataFolder(line.root).publications
    flip(publications / "2026-09-r1" / "metric_value.parquet")
    flip(publications / "2026Q3-r1" / "fact_performance.parquet")
    looked = line.run("publish", "--period", "2026-09", "--rehearse")
    assert "2026-09：内容与第 1 版发布时相同" in looked and "由新的一版代替" in looked
    told = line.run("publish", "--period", "2026-09")
    assert "内容与第 1 版发布时相同" in told and "没有新内容" not in told
    names = ["2026-09-r1", "2026Q3-r1"]
    zh, en = not_compared(names)
    # its own former revision says by its hash that nothing changed; the quarter's is unknown
    assert (
        zh not in told
        and not_compared(names[1:])[0] in told
        and "数据修订" not in told
        and "需重新发布" not in told
    )
    assert "2026-09-r1、2026Q3-r1" in zh and "mingcha restore" in zh
    assert "2026-09-r1, 2026Q3-r1" in en and "publish its period again" in en
    line.run("metrics", "--period", "2026-09")  # the new revision is sound


def test_what_a_damaged_revision_said_otherwise_cannot_be_told(
    line: Line, whole: Path, tmp_path: Path
) -> None:
    flip(DataFolder(line.root).publications / "2026-09-r1" / "metric_value.parquet")
    line.run("ingest", str(sheet(tmp_path / "东门更正.xlsx", "2026-09", EAST, (50, 100, 5))))
    looked = line.run("publish", "--period", "2026-09", "--rehearse")
    assert "改变了哪些数字无从比较" in looked and not_compared(["2026-09-r1"])[0] in looked
    assert "没有数字改变" not in looked and "0 处来源单元格有变" not in looked


def test_verify_does_not_ask_for_what_was_done(line: Line) -> None:
    flip(DataFolder(line.root).publications / "2026-09-r1" / "metric_value.parquet")
    again = "或重新发布该期"
    assert again in line.run("verify", expect=1)
    line.run("publish", "--period", "2026-09")
    said = line.run("verify", expect=1)  # the first revision is still not as it was published
    assert "本期已以第 2 版为准" in said and again not in said


def test_explain_says_that_an_original_is_not_as_received(line: Line, original: Path) -> None:
    found = line.json("explain", "explain", "reported_speak_up", *WHERE, expect=1)
    assert found["damaged"] == [original.stem] and found["value"] == 0.4
    original.unlink()
    said = line.run("explain", "reported_speak_up", *WHERE, expect=1)
    assert "归档原件 东门.xlsx" in said and "重新报送原文件" in said


def test_rebuild_of_an_altered_original_says_one_thing(line: Line, original: Path) -> None:
    rebuilt = rebuild(DataFolder(line.root))
    assert rebuilt.kept and [p.check for p in rebuilt.problems] == ["archive"]
    zh, en = _told(rebuilt)
    assert "没有重建" in zh and "已由" not in zh and "Nothing was rebuilt" in en
    DataFolder(line.root).warehouse.unlink()
    found = line.json("rebuild", "rebuild", expect=1)
    assert (found["kept"], found["uploads"]) == (False, 2)  # the register and West's sheet
    assert [p["check"] for p in found["problems"]] == ["archive"]
