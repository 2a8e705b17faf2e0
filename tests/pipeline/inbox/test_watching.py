"""The inbox: complete files only, each told by one line; renames, deletions and kills lose none."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pipeline.china_time import CHINA
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.inbox import filing, looking, watching
from pipeline.inbox.looking import Inbox
from pipeline.inbox.watching import Watch
from pipeline.worker.sentences import DIED_AGAIN
from pipeline.worker.tasks import Answer

TODAY = datetime.now(CHINA).date().isoformat()
Ingest = Callable[[list[Path]], Answer]


class Office:
    """Stands where the ingest stands: says of each file what its content says."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.before: Callable[[list[Path]], None] = lambda paths: None

    def ingest(self, paths: list[Path]) -> Answer:
        self.batches.append([p.name for p in paths])
        self.before(paths)
        return Answer({"files": [e for p in paths for e in self._entries(p)]}, 0)

    def _entries(self, path: Path) -> list[dict[str, Any]]:
        if not path.exists():
            return [self._entry(str(path), "refused", "file_missing")]
        words = path.read_text("utf-8").split()
        if path.suffix == ".zip":
            return [self._entry(f"{path}/{n}.xlsx", word, "") for n, word in enumerate(words)]
        return [self._entry(str(path), words[0], words[1] if len(words) > 1 else "")]

    def _entry(self, file: str, status: str, rule: str) -> dict[str, Any]:
        bad = status in ("refused", "partial")
        finding = {
            "rule": rule or "some",
            "severity": "error",
            "zh": "甲 1 错",
            "en": "A1 is wrong",
        }
        returned = f"returned/{status}.xlsx" if bad and rule != "none" else None
        return {"file": file, "status": status, "findings": [finding] * bad, "returned": returned}


class Scene:
    """An inbox with a clock that only the test moves, and the lines that were said."""

    def __init__(self, place: Path) -> None:
        self.root = place / "inbox"
        self.root.mkdir()
        self.folder = DataFolder(place / "data")
        for status in ("refused", "partial"):
            self.folder.returned.mkdir(parents=True, exist_ok=True)
            (self.folder.returned / f"{status}.xlsx").write_text(f"annotated {status}", "utf-8")
        self.office = Office()
        self.lines: list[str] = []
        self.now = 0.0
        self.watch = Watch(
            self.folder,
            Inbox(self.root, 5.0),
            self.office.ingest,
            lambda zh, en: self.lines.append(zh),
            threading.Event(),
        )

    def put(self, name: str, words: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, "utf-8")
        return path

    def at(self, seconds: float) -> int:
        """One round at that time; how many files were taken."""
        self.now = seconds
        return self.watch._round()

    def files(self) -> list[str]:
        """All files below the inbox but the lock."""
        found = (
            p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if not p.is_dir()
        )
        return sorted(f for f in found if f != ".watch.lock")


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene(tmp_path)
    monkeypatch.setattr(watching.time, "monotonic", lambda: made.now)
    return made


def test_a_file_is_taken_once_it_has_not_changed_for_a_while(scene: Scene) -> None:
    path = scene.put("a.xlsx", "acc")
    assert scene.at(0) == 0
    path.write_text("accepted", "utf-8")  # it grows
    assert [scene.at(s) for s in (4, 8.9)] == [0, 0]
    assert scene.office.batches == []
    assert scene.at(9) == 1
    assert scene.files() == [f"archive/{TODAY}/a.xlsx"]
    assert scene.lines == [f"a.xlsx：已接收 → archive/{TODAY}/a.xlsx"]
    assert scene.at(30) == 0  # its own archive is no inbox


def test_a_change_of_time_alone_is_a_change(scene: Scene) -> None:
    path = scene.put("a.xlsx", "accepted")
    scene.at(0)
    os.utime(path, ns=(1, 1))  # into the past: it is the change that counts, not the date
    assert [scene.at(5), scene.at(9.9), scene.at(10)] == [0, 0, 1]


def test_what_is_refused_goes_back_with_its_annotated_copy(scene: Scene) -> None:
    scene.put("表.xlsx", "refused")
    scene.at(0)
    scene.at(5)
    assert scene.files() == [f"returned/{TODAY}/表.xlsx", f"returned/{TODAY}/表（批注）.xlsx"]
    copy = scene.root / "returned" / TODAY / "表（批注）.xlsx"
    assert copy.read_text("utf-8") == "annotated refused"
    assert scene.lines == [
        (
            f"表.xlsx：退回（1 处错误：甲 1 错） → returned/{TODAY}/表.xlsx，"
            f"批注件 returned/{TODAY}/表（批注）.xlsx"
        )
    ]
    assert scene.watch.returned_any


def test_what_is_taken_in_part_is_archived_and_its_copy_returned(scene: Scene) -> None:
    scene.put("a.xlsx", "partial")
    scene.at(0)
    scene.at(5)
    assert scene.files() == [f"archive/{TODAY}/a.xlsx", f"returned/{TODAY}/a（批注）.xlsx"]


def test_the_same_name_again_does_not_replace_the_first(scene: Scene) -> None:
    for second, words in ((0, "accepted 1"), (10, "duplicate 2"), (20, "duplicate 3")):
        scene.put("a.xlsx", words)
        scene.at(second)
        scene.at(second + 5)
    kept = {f: (scene.root / f).read_text("utf-8") for f in scene.files()}
    assert kept == {
        f"archive/{TODAY}/a.xlsx": "accepted 1",
        f"archive/{TODAY}/a-2.xlsx": "duplicate 2",
        f"archive/{TODAY}/a-3.xlsx": "duplicate 3",
    }
    assert "重复" in scene.lines[1]


def test_a_zip_is_kept_if_anything_in_it_was_taken(scene: Scene) -> None:
    scene.put("good.zip", "accepted refused")
    scene.put("bad.zip", "refused refused")
    scene.at(0)
    scene.at(5)
    assert f"archive/{TODAY}/good.zip" in scene.files()
    assert f"returned/{TODAY}/bad.zip" in scene.files()
    copies = [f for f in scene.files() if "批注" in f]
    assert len(copies) == 3  # one for each member refused
    said = {line.partition("：")[0]: line for line in scene.lines}
    assert "已接收 · 退回" in said["good.zip"]
    assert "2 处错误" in said["bad.zip"]


@pytest.mark.parametrize(
    "name", ["~$a.xlsx", ".a.xlsx", "a.xlsx.part", "a.crdownload", "Thumbs.db", "a.xlsx.TMP"]
)
def test_what_nobody_means_to_send_is_left_alone(scene: Scene, name: str) -> None:
    scene.put(name, "accepted")
    assert [scene.at(0), scene.at(99)] == [0, 0]
    assert (scene.files(), scene.lines) == ([name], [])


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("a.xlsx", "~$a.xlsx"),
        ("业绩报表九月.xlsx", "~$报表九月.xlsx"),
        ("a.ods", ".~lock.a.ods#"),
    ],
)
def test_a_workbook_that_is_open_waits_until_it_is_closed(
    scene: Scene, name: str, owner: str
) -> None:
    scene.put(name, "accepted")
    mark = scene.put(owner, "somebody")
    assert [scene.at(0), scene.at(9), scene.at(99)] == [0, 0, 0]
    assert scene.lines == [f"{name}：仍在 Excel 或 WPS 中打开，关闭后再收取。"]  # said once
    mark.unlink()
    assert scene.at(100) == 1


def test_a_file_still_open_for_writing_is_not_taken(scene: Scene) -> None:
    path = scene.put("a.xlsx", "accepted")
    with path.open("a"):  # a copy that stalls: size and time stand still
        assert [scene.at(0), scene.at(50)] == [0, 0]
        assert scene.lines == ["a.xlsx：尚未写完，写完后再收取。"]
    assert scene.at(51) == 1


def test_links_and_pipes_are_told_and_never_followed(scene: Scene, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xlsx"
    secret.write_text("accepted", "utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.xlsx").write_text("accepted", "utf-8")
    (scene.root / "link.xlsx").symlink_to(secret)
    (scene.root / "folder").symlink_to(tmp_path / "outside")
    (scene.root / "broken.xlsx").symlink_to(tmp_path / "nowhere")
    os.mkfifo(scene.root / "pipe.xlsx")
    assert [scene.at(0), scene.at(9)] == [0, 0]
    assert sorted(scene.lines) == [
        "broken.xlsx：是链接，不读取。请放入文件本身。",
        "folder：是链接，不读取。请放入文件本身。",
        "link.xlsx：是链接，不读取。请放入文件本身。",
        "pipe.xlsx：不是文件，不读取。",
    ]
    assert secret.exists() and scene.office.batches == []


def test_a_file_that_may_not_be_read_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scene.put("a.xlsx", "accepted")
    opened = os.open

    def denied(name: Any, *how: Any, **more: Any) -> int:
        if Path(name) == path:
            raise PermissionError(13, "Permission denied")
        return opened(name, *how, **more)

    monkeypatch.setattr(looking.os, "open", denied)  # root reads everything, so it is played
    assert [scene.at(0), scene.at(5), scene.at(9)] == [0, 0, 0]
    assert scene.lines == ["a.xlsx：没有读取权限（Permission denied），未收取。请改正权限。"]
    monkeypatch.undo()
    scene.watch.inbox.look(10)  # mended: the mark is the same, and so is the time since
    assert [p.name for p, _ in scene.watch.inbox.look(11)[0]] == ["a.xlsx"]


def test_renamed_between_looking_and_taking_it_is_met_under_its_new_name(scene: Scene) -> None:
    path = scene.put("a.xlsx", "accepted")
    scene.at(0)
    ready, _ = scene.watch.inbox.look(5)
    path.rename(scene.root / "b.xlsx")
    assert filing.take(scene.root, ready) == ([], [])
    assert [scene.at(6), scene.at(11)] == [0, 1]
    assert scene.files() == [f"archive/{TODAY}/b.xlsx"]


def test_changed_between_looking_and_taking_it_waits_again(scene: Scene) -> None:
    path = scene.put("a.xlsx", "accepted")
    scene.at(0)
    ready, _ = scene.watch.inbox.look(5)
    path.write_text("accepted and more", "utf-8")
    assert filing.take(scene.root, ready) == ([], [])
    assert scene.files() == ["a.xlsx"]
    assert [scene.at(6), scene.at(11)] == [0, 1]


def test_while_it_is_read_nobody_can_reach_it(scene: Scene) -> None:
    path = scene.put("a.xlsx", "accepted first")

    def meanwhile(paths: list[Path]) -> None:
        assert not path.exists()
        path.write_text("accepted second", "utf-8")  # the sender puts another in its place

    scene.office.before = meanwhile
    scene.at(0)
    scene.at(5)
    scene.office.before = lambda paths: None
    archived = scene.root / "archive" / TODAY / "a.xlsx"
    assert archived.read_text("utf-8") == "accepted first"
    assert path.read_text("utf-8") == "accepted second"


def test_deleted_while_it_is_read_is_a_line(scene: Scene) -> None:
    scene.put("a.xlsx", "accepted")
    scene.office.before = lambda paths: paths[0].unlink()
    scene.at(0)
    scene.at(5)
    assert scene.lines == ["a.xlsx：退回（1 处错误：甲 1 错）；原文件已被移走。"]
    assert scene.files() == []


def test_one_that_was_changed_while_read_goes_back_into_the_inbox(scene: Scene) -> None:
    scene.put("a.xlsx", "refused upload.changed")
    scene.at(0)
    scene.at(5)
    assert scene.files() == ["a.xlsx"]
    assert scene.lines == ["a.xlsx：尚未写完，写完后再收取。"]


def test_a_fault_puts_everything_back(scene: Scene) -> None:
    scene.put("a.xlsx", "accepted")
    scene.put("in/b.xlsx", "accepted")

    def busy(paths: list[Path]) -> None:
        raise Fault("忙", "busy", 3)

    scene.office.before = busy
    scene.at(0)
    with pytest.raises(Fault):
        scene.at(5)
    assert scene.files() == ["a.xlsx", "b.xlsx"]


def test_what_breaks_the_worker_is_found_and_returned_and_the_others_are_taken(
    scene: Scene,
) -> None:
    for name in ("a.xlsx", "b.xlsx", "c.xlsx"):
        scene.put(name, "accepted")

    def poisoned(paths: list[Path]) -> None:
        if any(p.name == "b.xlsx" for p in paths):
            raise Fault(DIED_AGAIN.zh, DIED_AGAIN.en)

    scene.office.before = poisoned
    scene.at(0)
    for second in range(5, 30):
        scene.at(second)
    assert scene.office.batches == [
        ["a.xlsx", "b.xlsx", "c.xlsx"],
        ["a.xlsx"],
        ["b.xlsx"],
        ["c.xlsx"],
    ]
    assert scene.files() == [
        f"archive/{TODAY}/a.xlsx",
        f"archive/{TODAY}/c.xlsx",
        f"returned/{TODAY}/b.xlsx",
    ]


def test_what_a_killed_watch_had_taken_comes_back(scene: Scene) -> None:
    scene.put("a.xlsx", "accepted")
    scene.at(0)
    ready, _ = scene.watch.inbox.look(5)
    filing.take(scene.root, ready)  # and here it is killed
    assert scene.files() == [".taking/00000/a.xlsx"]
    scene.put("a.xlsx", "another of that name")
    scene.watch.stop.set()
    scene.watch.keep()  # the next start
    assert scene.files() == ["a-2.xlsx", "a.xlsx"]
    assert (scene.root / "a-2.xlsx").read_text("utf-8") == "accepted"


def test_two_do_not_watch_one_inbox(scene: Scene) -> None:
    with (
        FileLock(scene.root / ".watch.lock"),
        pytest.raises(Fault) as told,
    ):
        scene.watch.keep()
    assert told.value.status == 3


def test_once_tells_what_is_open_or_no_file(scene: Scene) -> None:
    scene.put("a.xlsx", "accepted")
    scene.put("~$a.xlsx", "somebody")
    (scene.root / "b.xlsx").symlink_to(scene.root / "a.xlsx")
    scene.watch.inbox.stable = 0.0
    scene.watch.once()
    assert scene.lines == [
        "a.xlsx：仍在 Excel 或 WPS 中打开，关闭后再收取。",
        "b.xlsx：是链接，不读取。请放入文件本身。",
    ]


def test_once_takes_what_stands_still_and_tells_what_does_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.put("a.xlsx", "accepted")
    growing = scene.put("b.xlsx", "acc")

    def wait(seconds: float) -> bool:
        scene.now += seconds
        growing.write_text("accepted", "utf-8")
        return False

    monkeypatch.setattr(scene.watch.stop, "wait", wait)
    scene.watch.once()
    assert scene.files() == [f"archive/{TODAY}/a.xlsx", "b.xlsx"]
    assert scene.lines[-1] == "b.xlsx：尚未写完，写完后再收取。"


def test_an_inbox_that_went_away_is_a_sentence(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scene.root / ".watch.lock").touch()
    monkeypatch.setattr(looking.os, "scandir", _gone)

    def wait(seconds: float) -> bool:
        scene.watch.stop.set()
        return True

    monkeypatch.setattr(scene.watch.stop, "wait", wait)
    scene.watch.keep()
    assert scene.lines == ["inbox：无法收取（Stale file handle）。"]


def _gone(path: Path) -> Any:
    raise OSError(116, "Stale file handle")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"\xe8\xa1\xa8.xlsx", "表.xlsx"),
        (b"\xb1\xed.xlsx", "表.xlsx"),  # GBK, from a Windows share
        (b"a\xff\xfe.xlsx", "a\ufffd\ufffd.xlsx"),
        ("a\u202ex\n.xlsx".encode(), "ax.xlsx"),
        (b".xlsx", "file.xlsx"),
        ("网".encode() * 84, "网" * 66),  # 252 bytes: 200 are kept, in whole letters
    ],
)
def test_names_become_text_of_a_harmless_length(raw: bytes, name: str) -> None:
    assert filing.clean(os.fsdecode(raw)) == name


def test_a_name_of_other_bytes_goes_the_whole_way(scene: Scene) -> None:
    (scene.root / os.fsdecode(b"\xb1\xed.xlsx")).write_text("accepted", "utf-8")
    scene.at(0)
    scene.at(5)
    assert scene.lines == [f"表.xlsx：已接收 → archive/{TODAY}/表.xlsx"]
