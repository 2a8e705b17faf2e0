"""Watching an inbox: look, take, have it ingested, file away, say one line about each file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.faults import Fault, busy
from pipeline.folders import DataFolder
from pipeline.inbox.filing import Taken, copy, move, put_back, recover, take
from pipeline.inbox.looking import ARCHIVE, RETURNED, UNFINISHED, Inbox, Line
from pipeline.office.jobs import CANCELLED
from pipeline.office.proceedings import today
from pipeline.worker.sentences import DIED_AGAIN
from pipeline.worker.tasks import Answer

_AT_ONCE = 500  # files in one job; the others follow
_POLL = 1.0  # seconds
_PAUSE = 30.0  # seconds after a fault that only others can mend
_ANNOTATED = {"zh": "（批注）", "en": " (annotated)"}
_STATUS = {
    "accepted": ("已接收", "accepted"),
    "warned": ("已接收，有提示", "accepted with warnings"),
    "partial": ("部分接收", "partly accepted"),
    "refused": ("退回", "refused"),
    "duplicate": ("重复", "duplicate"),
}
_CHANGED = "upload.changed"
Ingest = Callable[[list[Path]], Answer]


@dataclass
class Watch:
    """An inbox with what is done about it. `tell` takes one line in both languages."""

    folder: DataFolder
    inbox: Inbox
    ingest: Ingest
    tell: Callable[[str, str], None]
    stop: threading.Event
    lang: str = "zh"
    returned_any: bool = False
    one_by_one: int = 0  # files to be taken singly: one of them breaks the worker

    def once(self) -> None:
        """Takes what is complete now, which is found out by looking twice. For cron."""
        with self._alone():
            _, lines = self.inbox.look(time.monotonic())
            for path, line in lines:  # each thing is said once: the second look is silent on it
                self._tell_about(path, line)
            self.stop.wait(self.inbox.stable)
            while not self.stop.is_set() and self._round():
                pass
            for path in [] if self.stop.is_set() else self.inbox.waiting():
                self._tell_about(path, UNFINISHED)

    def keep(self) -> None:
        """Until `stop` is set. What cannot be done now is said, and tried again later."""
        with self._alone():
            while not self.stop.is_set():
                try:
                    self._round()
                    pause = _POLL
                except Fault as fault:
                    if fault.status != CANCELLED:
                        self.tell(fault.zh, fault.en)
                    pause = _PAUSE
                except OSError as error:
                    self._tell_about(self.inbox.root, _cannot(error.strerror or str(error)))
                    pause = _PAUSE
                self.stop.wait(pause)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two at one inbox would take each other's files. Fault (3) if there is another."""
        lock = FileLock(self.inbox.root / ".watch.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as other:
            raise busy(self.inbox.root) from other
        try:
            recover(self.inbox.root)
            yield
        finally:
            lock.release()

    def _round(self) -> int:
        """One look and what follows; how many files were taken."""
        ready, lines = self.inbox.look(time.monotonic())
        for path, line in lines:
            self._tell_about(path, line)
        taken, failed = take(self.inbox.root, ready[: 1 if self.one_by_one else _AT_ONCE])
        self.one_by_one = max(0, self.one_by_one - 1)
        for path, why in failed:
            self._tell_about(path, _cannot(why))
        if taken:
            self._work(taken)
        return len(taken)

    def _work(self, taken: Sequence[Taken]) -> None:
        try:
            answer = self.ingest([t.path for t in taken])
        except BaseException as error:  # nothing may stay out of its owner's sight
            if isinstance(error, Fault) and error.en == DIED_AGAIN.en:
                self._part_from(taken)
                return
            for file in taken:
                put_back(self.inbox.root, file)
            raise
        for file in taken:
            self._file_away(file, _entries(answer, file.path))

    def _part_from(self, taken: Sequence[Taken]) -> None:
        """The worker died of these, twice: each is tried alone, and what is alone is returned."""
        if len(taken) == 1:
            self.returned_any = True
            move(taken[0].path, self._place(RETURNED), taken[0].path.name)
            zh, en = DIED_AGAIN.zh, DIED_AGAIN.en
            self.tell(f"{taken[0].name}：{zh}", f"{taken[0].name}: {en}")
            return
        self.one_by_one = len(taken)
        for file in taken:
            put_back(self.inbox.root, file)

    def _place(self, name: str) -> Path:
        return self.inbox.root / name / today().isoformat()

    def _file_away(self, file: Taken, entries: list[dict[str, Any]]) -> None:
        if any(f["rule"] == _CHANGED for e in entries for f in e["findings"]):
            put_back(self.inbox.root, file)
            self.tell(f"{file.name}：{UNFINISHED[0]}", f"{file.name} {UNFINISHED[1]}")
            return
        kept = not entries or any(e["status"] != "refused" for e in entries)
        self.returned_any |= any(e["status"] in ("refused", "partial") for e in entries)
        place = self._place(ARCHIVE if kept else RETURNED)
        zh, en = _said(entries)
        try:
            moved = move(file.path, place, file.path.name)
            where = moved.relative_to(self.inbox.root).as_posix()
            back = self._give_back(file, entries)
        except FileNotFoundError:
            self.tell(
                f"{file.name}：{zh}；原文件已被移走。", f"{file.name}: {en}; the file is gone."
            )
        except OSError as error:
            why = error.strerror or str(error)
            self.tell(
                f"{file.name}：{zh}；无法归档（{why}）。", f"{file.name}: {en}; not filed ({why})."
            )
        else:
            more = f"，批注件 {back}" if back else ""
            self.tell(
                f"{file.name}：{zh} → {where}{more}",
                f"{file.name}: {en} → {where}{f', annotated {back}' if back else ''}",
            )

    def _give_back(self, file: Taken, entries: list[dict[str, Any]]) -> str:
        """Puts the annotated copies beside what is returned; the first one's path, "" if none."""
        made = []
        for entry in entries:
            source = self.folder.root / str(entry["returned"] or "")
            if entry["returned"] and source.is_file():
                name = f"{file.path.stem}{_ANNOTATED[self.lang]}{source.suffix}"
                there = copy(source, self._place(RETURNED), name)
                made.append(there.relative_to(self.inbox.root).as_posix())
        return made[0] if made else ""

    def _tell_about(self, path: Path, line: Line) -> None:
        name = path.name.encode("utf-8", "replace").decode()
        self.tell(f"{name}：{line[0]}", f"{name} {line[1]}")


def _entries(answer: Answer, path: Path) -> list[dict[str, Any]]:
    """The entries of a file, or of the members of a zip."""
    inside = f"{path}/"
    files: list[dict[str, Any]] = answer.result["files"]
    return [e for e in files if e["file"] == str(path) or str(e["file"]).startswith(inside)]


def _said(entries: Sequence[dict[str, Any]]) -> Line:
    """The statuses, and of what went wrong the first sentence and the number."""
    if not entries:
        return "没有可收取的内容", "nothing in it to be taken"
    found = {e["status"] for e in entries}
    zh, en = zip(*(_STATUS[s] for s in _STATUS if s in found), strict=True)
    said_zh, said_en = " · ".join(zh), " · ".join(en)
    wrong = [f for e in entries for f in e["findings"] if f["severity"] == "error"]
    if not wrong:
        return said_zh, said_en
    return (
        f"{said_zh}（{len(wrong)} 处错误：{wrong[0]['zh']}）",
        f"{said_en} ({len(wrong)} errors: {wrong[0]['en']})",
    )


def _cannot(why: str) -> Line:
    return f"无法收取（{why}）。", f"cannot be taken ({why})."
