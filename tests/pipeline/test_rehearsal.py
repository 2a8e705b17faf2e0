"""What publishing would change is told before it is done, and nothing is left behind by asking.

One office through September and October 2026: two visits, a preview, a corrected cell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from pipeline import rehearsal
from pipeline.folders import DataFolder
from pipeline.publication import published
from pipeline.publishing.cells import OFFICE
from tests.pipeline.offices import EAST_HEAD, Clock, Line, card, cell_of, with_register
from tests.pipeline.test_ingest import EAST, WEST

Told = tuple[Line, Clock, Path]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Two cards in, nothing published."""
    box = tmp_path_factory.mktemp("rehearsal")
    with pytest.MonkeyPatch.context() as patch:
        line, clock = Line(box / "data"), Clock(patch)
        clock.set(9, 14)
        with_register(line, box / "sheets")
        east = card(box / "east.xlsx", EAST, date(2026, 9, 10), {("STEP4A", 1): "否"})
        west = card(box / "west.xlsx", WEST, date(2026, 9, 11), {("ENV01", 0): 1}, hour=14)
        line.run("ingest", str(east), str(west))
        clock.set(10, 9)
        yield line, clock, east


def _rehearsed(line: Line, *more: str) -> dict[str, object]:
    words = ("publish", "--period", "2026Q3", "--rehearse")
    told: dict[str, object] = line.json("publish-rehearsal", *words, *more)
    return told


def _sums(root: Path) -> dict[str, str]:
    """Every byte of the office's records and publications."""
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(root.rglob("*"))
        if p.is_file() and (p.suffix in (".parquet", ".json") or p.name == "office.sqlite")
    }


def test_the_story_of_a_period_told_beforehand(office: Told) -> None:
    line, clock, east = office
    before = _sums(line.root)
    first = _rehearsed(line)
    assert (first["former"], first["same_as"], first["revision"]) == (None, None, 1)
    assert first["opens_check"] == "2026-10-13"  # Saturday the 10th is a swapped workday
    assert "尚未发布过" in first["summary"]["zh"]  # type: ignore[index]
    assert published(DataFolder(line.root)) == [] and _sums(line.root) == before

    made = line.json("publish", "publish", "--period", "2026Q3")
    assert made["content_hash"] == first["content_hash"]  # what was told is what came

    again = _rehearsed(line)
    assert (again["same_as"], again["values"], again["changed_ranks"]) == (1, [], 0)
    formal = _rehearsed(line, "--stage", "formal")
    assert formal["same_as"] is None  # another stage is something new
    assert "2026-10-13" in formal["refusal"]["zh"]  # type: ignore[index]
    assert [b["branch_code"] for b in formal["unconfirmed"]] == [EAST[0], WEST[0]]  # type: ignore[attr-defined]

    line.run("confirm", "--period", "2026Q3", "--branch", EAST[0], "--as", EAST_HEAD)
    assert [b["branch_code"] for b in _rehearsed(line)["unconfirmed"]] == [WEST[0]]  # type: ignore[attr-defined]

    digest = hashlib.sha256(east.read_bytes()).hexdigest()
    place = ("--sheet", "评分表", "--cell", cell_of(east, "STEP4A", 1))
    line.run(
        "correct", "record", digest, *place, "--old", "否", "--new", "是", "--reason", "看错行"
    )
    told = _rehearsed(line)
    assert told["counts"]["changed_cells"] == 1  # type: ignore[index]
    moved = [v for v in told["values"] if v["scope"] == EAST[0]]  # type: ignore[attr-defined]
    assert any(v["metric"] == "adherence" and v["value"] > v["former_value"] for v in moved)
    really = line.json("publish", "publish", "--period", "2026Q3")
    assert really["content_hash"] == told["content_hash"]
    assert really["counts"]["restated_values"] == told["counts"]["restated_values"]  # type: ignore[index]

    clock.set(10, 20)
    assert _rehearsed(line, "--stage", "formal")["refusal"] is None


def test_published_twice_the_same_it_says_nothing_new(office: Told) -> None:
    line, clock, _ = office
    clock.set(10, 21)
    words = ("publish", "--period", "2026Q3", "--stage", "formal")
    assert line.json("publish", *words)["same_as"] is None
    former = published(DataFolder(line.root))[-1].revision
    assert f"没有新内容：与第 {former} 版阶段、内容完全相同" in line.run(*words)
    assert line.json("publish", *words)["same_as"] == former + 1


def test_a_decision_said_twice_is_recorded_once(office: Told) -> None:
    line, _, _ = office
    words = ("rank-decision", "record", "--period", "2026Q3", "--reason", "急用")
    first = line.json("rank-decision", *words)
    said = line.run(*words[:-1], "另一个理由")
    assert "没有新内容：2026Q3 的决定已有效" in said and f"第 {first['number']} 号" in said
    assert line.json("rank-decision", *words)["number"] == first["number"]
    assert len(line.json("rank-decision", "rank-decision", "list")) == 1


def test_a_period_without_data_has_its_sentence(office: Told) -> None:
    line, _, _ = office
    said = line.run("publish", "--period", "2020-01", "--rehearse", expect=1)
    assert "没有任何数据" in said
    assert line.run("publish", "--period", "2026-13", "--rehearse", expect=2)


def test_appeals_of_the_sheets_that_nobody_has_decided_are_counted() -> None:
    """Not those of the system, which have a count of their own, nor those filed later."""
    rows = [
        ("a" * 64, "待处理", date(2026, 9, 30)),
        ("a" * 64, "待处理", date(2026, 10, 1)),
        ("a" * 64, "成立", date(2026, 9, 1)),
        (OFFICE, "待处理", date(2026, 9, 1)),
    ]
    columns = ["sha256", "outcome", "filed_date"]
    appeal = pl.DataFrame(rows, schema=columns, orient="row")
    made = SimpleNamespace(inputs=SimpleNamespace(period="2026Q3", facts={"appeal": appeal}))
    assert rehearsal._on_sheets(made) == 1  # type: ignore[arg-type]
