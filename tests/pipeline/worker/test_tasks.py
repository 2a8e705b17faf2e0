"""A job begun twice gives the answer that it would have given at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.worker import tasks, warming
from pipeline.worker.tasks import Answer, Order, perform


def _quietly(step: str, done: int, total: int) -> None:
    pass


def _told(answer: Answer) -> list[tuple[str, int]]:
    return [(f["status"], f["rows"]) for f in answer.result["files"]]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, Order, Answer]:
    """The sheets of the rehearsal, taken once."""
    place = tmp_path_factory.mktemp("rehearsal")
    sheets = [str(p) for p in warming._sheets(place / "sheets")]
    folder, order = DataFolder(place / "data"), Order("ingest", {"paths": sheets})
    return folder, order, perform(folder, order, _quietly)


def test_the_rehearsal_walks_the_whole_way(rehearsal: tuple[DataFolder, Order, Answer]) -> None:
    _, _, first = rehearsal
    assert [f["kind"] for f in first.result["files"]] == ["branches", "performance", "scorecard"]
    statuses = [f["status"] for f in first.result["files"]]
    assert statuses == ["accepted", "partial", "accepted"]  # one wrong row: annotated and returned
    assert first.result["files"][1]["returned"]
    assert first.status == 1


def test_a_second_try_tells_what_the_first_had_taken(
    rehearsal: tuple[DataFolder, Order, Answer],
) -> None:
    folder, order, first = rehearsal
    again = perform(folder, Order("ingest", order.request, since=0), _quietly)
    assert _told(again) == _told(first)
    assert again.result["counts"] == first.result["counts"]
    assert again.result["files"][1]["returned"] == first.result["files"][1]["returned"]
    assert again.status == 1


def test_sent_anew_it_is_a_duplicate(rehearsal: tuple[DataFolder, Order, Answer]) -> None:
    folder, order, _ = rehearsal
    anew = perform(folder, order, _quietly)
    assert [status for status, _ in _told(anew)] == ["duplicate"] * 3
    # Records of an earlier command do not count as this one's first try.
    late = perform(folder, Order("ingest", order.request, since=10**6), _quietly)
    assert [status for status, _ in _told(late)] == ["duplicate"] * 3


def test_it_can_be_stopped_before_anything_is_recorded(
    rehearsal: tuple[DataFolder, Order, Answer], tmp_path: Path
) -> None:
    _, order, _ = rehearsal
    steps: list[str] = []

    def stop(step: str, done: int, total: int) -> None:
        steps.append(step)
        if step == "commit":
            raise KeyError("stop")

    fresh = DataFolder(tmp_path)
    with pytest.raises(KeyError):
        perform(fresh, order, stop)
    assert steps[-1] == "commit"
    from pipeline.office import Office, uploads

    with Office.open(fresh) as office:
        assert office.head().seq == 0
        assert uploads.listed(office.connection) == []
    # And what was stopped does not stand in the way of the next try.
    assert _told(perform(fresh, order, _quietly))[0] == ("accepted", 3)


def test_a_publication_that_is_out_is_not_made_twice(
    rehearsal: tuple[DataFolder, Order, Answer],
) -> None:
    folder, _, _ = rehearsal
    request = {"period": "2026-09", "stage": "preview", "cascade": False}
    assert perform(folder, Order("publish", request), _quietly).result["revision"] == 1
    with pytest.raises(Fault, match="第 1 版已完整发布"):
        perform(folder, Order("publish", request, since=0), _quietly)
    seq = _seq(folder)
    assert perform(folder, Order("publish", request, since=seq), _quietly).result["revision"] == 2


def _seq(folder: DataFolder) -> int:
    from pipeline.office import Office

    with Office.open(folder) as office:
        return office.head().seq


def test_documents_go_where_they_were_asked_for(
    rehearsal: tuple[DataFolder, Order, Answer], tmp_path: Path
) -> None:
    folder, _, _ = rehearsal
    request = {
        "period": "2026-09",
        "revision": 9,
        "documents": ["circular"],
        "formats": ["xlsx"],
        "codes": [],
        "out": str(tmp_path / "new" / "docs"),
    }
    with pytest.raises(Fault, match="2026-09-r9"):
        perform(folder, Order("report", request), _quietly)
    answer = perform(folder, Order("report", {**request, "revision": 1}), _quietly)
    (made,) = answer.result["files"]
    assert made["path"] == str(tmp_path / "new/docs/circular-2026-09-r1.xlsx")
    assert Path(made["path"]).is_file()


def test_every_task_of_the_queue_has_its_function() -> None:
    assert set(tasks._TASKS) == {"ingest", "publish", "rehearse", "report"}


def test_a_name_of_other_bytes_is_told_as_text(tmp_path: Path) -> None:
    raw = os.fsdecode(b"\xb1\xed.csv")  # 表.csv in GBK, as an old Windows share has it
    (tmp_path / raw).write_text("甲,乙\n1,2\n", "utf-8")
    order = Order("ingest", {"paths": [str(tmp_path / raw)]})
    (entry,) = perform(DataFolder(tmp_path / "data"), order, _quietly).result["files"]
    assert (entry["file"], entry["status"]) == (f"{tmp_path}/表.csv", "refused")
    json.dumps(entry, ensure_ascii=False).encode()
