"""Uploads: what a browser sent lies in a room of the spool until the worker has taken it.

The server process never opens a workbook and never imports the checking library. A file name is
only ever words on a page: paths, control and direction marks are taken out of it, and the file
lies in a numbered folder of its own.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pipeline import archive
from pipeline.commands.session import BUSY
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs, uploads
from pipeline.worker.presence import present

MEGABYTE = 1 << 20
LARGEST = 50 * MEGABYTE
LARGEST_TOGETHER = 500 * MEGABYTE
MOST_FILES = 1000
# `.et` and whatever is wrong inside are told apart by the pipeline, with the cure.
TYPES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".zip", ".et")
_NAME_BYTES = 120


def safe_name(name: str) -> str:
    """A file name with no path, control or direction mark, at most 120 bytes, suffix kept."""
    last = PureWindowsPath(PurePosixPath(name.replace("\x00", "")).name).name
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = plain, ""
    room = _NAME_BYTES - len(suffix.encode()) - 1
    short = stem.encode()[: max(room, 1)].decode(errors="ignore") or "file"
    return f"{short}.{suffix[:12]}" if suffix else short


def refusal(name: str, size: int) -> str | None:
    """The catalogue key of why a file is not even handed over; None if it is."""
    if Path(safe_name(name)).suffix.lower() not in TYPES:
        return "upload.refused_type"
    if size == 0:
        return "upload.refused_empty"
    return "upload.refused_size" if size > LARGEST else None


def periods(folder: DataFolder) -> Sequence[str]:
    """The periods that workbooks which came in say they are about, as they were understood."""
    if not folder.office.is_file():
        return []
    with Office.open(folder) as office:
        return uploads.periods(office.connection)


STAGES = ("start", "read", "parse", "validate", "commit", "return")
QUEUE = "queue"
_TOLD_FOR = timedelta(hours=24)
_PATIENCE = 90.0  # seconds without any worker after which an upload is given up


@dataclass(frozen=True)
class Progress:
    """One of :data:`STAGES` and how much of it is done; or :data:`QUEUE`, `total` jobs ahead."""

    stage: str
    done: int
    total: int

    def share(self) -> float:
        """Of the whole work, 0-1, each stage counted alike."""
        at = STAGES.index(self.stage) if self.stage in STAGES else 0
        part = self.done / self.total if self.total and self.stage in STAGES else 0
        return min(1.0, (at + part) / len(STAGES))

    def has_read(self, number: int) -> bool:
        """Whether the file of that number has been read."""
        if self.stage in (QUEUE, "start", "read"):
            return self.stage == "read" and number < self.done
        return True


@dataclass(frozen=True)
class Outcome:
    """What came of it: the documented `files`; else why there are none.

    `failed` is the catalogue key of the reason, `sentence` the reason itself in both languages.
    """

    files: list[dict[str, Any]]
    failed: str | None = None
    sentence: tuple[str, str] | None = None


@dataclass
class Job:
    """An upload in the queue. `names` are the shown names by the folder number of each file."""

    id: int
    folder: DataFolder
    room: Path
    names: list[str]
    started: float = field(default_factory=time.monotonic)
    worker_seen: float = field(default_factory=time.monotonic)

    def seconds(self) -> int:
        return int(time.monotonic() - self.started)

    def progress(self) -> Progress | None:
        """How far it is; None once it has ended. OSError or Fault if the office is out of reach."""
        with Office.open(self.folder) as office:
            now = jobs.job(office.connection, self.id)
            if now is None or not now.open or self._is_given_up(office, now):
                return None
            if now.state == "queued":
                return Progress(QUEUE, 0, jobs.queued(office.connection, self.id))
        if now.step == "start":
            return Progress("start", 0, len(self.names))
        return Progress(now.step, now.done, now.total)

    def _is_given_up(self, office: Office, now: jobs.Job) -> bool:
        """Nobody waits for ever for a worker that does not come."""
        if present(self.folder) is not None:
            self.worker_seen = time.monotonic()
        if time.monotonic() - self.worker_seen < _PATIENCE:
            return False
        with office.transaction() as connection:
            jobs.withdraw(connection, now.id)
        return True

    def cancel(self) -> None:
        """Asks for an end; what is being stored already is stored to the end."""
        with Office.open(self.folder) as office, office.transaction() as connection:
            jobs.ask_to_cancel(connection, self.id)


def start(
    folder: DataFolder, lang: str, files: Sequence[tuple[str, bytes]], actor: str = "office"
) -> Job:
    """Puts the files into a room of their own and the work into the queue.

    `files` are (name as sent, content) that :func:`refusal` let through. OSError or Fault if the
    data folder cannot be written.
    """
    folder.spool.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=folder.spool))
    try:
        names, paths = _laid_down(room, files)
        request = {"paths": [str(p) for p in paths], "room": str(room), "names": names}
        with Office.open(folder) as office, office.transaction() as connection:
            id = jobs.enqueue(connection, "ingest", request, actor, lang)
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise
    return Job(id, folder, room, names)


def newest(folder: DataFolder, actor: str) -> Job | None:
    """The newest upload of `actor` that is in work or ended within a day: whoever closed the tab
    finds it again. Creates nothing."""
    if not folder.office.is_file():
        return None
    since = (datetime.now(UTC) - _TOLD_FOR).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Office.open(folder) as office:
        found = jobs.newest(office.connection, ("ingest",), actor, since)
    for job in found:
        if job.request.get("room") and "names" in job.request:
            names = [str(n) for n in job.request["names"]]
            return Job(job.id, folder, Path(job.request["room"]), names)
    return None


def stored(folder: DataFolder, entries: Sequence[dict[str, Any]]) -> list[tuple[str, bytes]]:
    """(shown name, content) of received workbooks as they lie in the archive, to be read anew."""
    found = []
    for entry in entries:
        name = PurePosixPath(str(entry.get("name", ""))).name
        path = archive.path_of(folder, str(entry["sha256"]), archive.extension_of(name))
        if path.is_file():
            found.append((name, path.read_bytes()))
    return found


def _laid_down(room: Path, files: Sequence[tuple[str, bytes]]) -> tuple[list[str], list[Path]]:
    names, paths = [], []
    for number, (name, content) in enumerate(files):
        place = room / f"{number:04d}"
        place.mkdir()
        names.append(safe_name(name))
        paths.append(place / names[-1])
        paths[-1].write_bytes(content)
    return names, paths


def finished(job: Job) -> Outcome:
    """The outcome of a job that has ended."""
    with Office.open(job.folder) as office:
        now = jobs.job(office.connection, job.id)
    shutil.rmtree(job.room, ignore_errors=True)  # the worker did, unless it never took the job
    if now is None or now.open:
        return Outcome([], "upload.failed")
    if now.state == "cancelled":
        return Outcome([], "upload.cancelled" if now.cancel else "upload.no_worker")
    told = now.result or {}
    if now.state == "failed":
        key = "upload.busy" if now.status == BUSY else "upload.failed"
        return Outcome([], key, None if now.status == BUSY else (told["zh"], told["en"]))
    return Outcome([entry | {"name": _shown(job, entry)} for entry in told["files"]])


def _shown(job: Job, entry: dict[str, Any]) -> str:
    """The name of the file of an entry, without the place where it lay."""
    path = str(entry.get("file", ""))
    return path.removeprefix(str(job.room) + "/").partition("/")[2] or Path(path).name


def returned_workbook(folder: DataFolder, returned: object) -> Path | None:
    """The annotated workbook that an entry names, if it lies where returned workbooks lie."""
    if not isinstance(returned, str) or not returned:
        return None
    room = folder.returned.resolve()
    for path in (Path(returned), folder.root / returned, folder.returned / returned):
        there = path.resolve()
        if there.is_relative_to(room) and there.is_file():
            return there
    return None
