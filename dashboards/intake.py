"""Uploads: what a browser sent goes to the pipeline in a child process.

The server process never opens a workbook and never imports the checking library. A file name is
only ever words on a page: paths, control and direction marks are taken out of it, and the file
lies in a numbered folder of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pipeline
from pipeline.commands.session import BUSY, DONE, ENVIRONMENT, PARTLY
from pipeline.folders import DataFolder

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


STAGES = ("start", "read", "parse", "validate", "commit", "return")


@dataclass(frozen=True)
class Progress:
    """One of :data:`STAGES`, and how much of it is done."""

    stage: str
    done: int
    total: int

    def share(self) -> float:
        """Of the whole work, 0-1, each stage counted alike."""
        at = STAGES.index(self.stage) if self.stage in STAGES else 0
        return min(1.0, (at + (self.done / self.total if self.total else 0)) / len(STAGES))

    def has_read(self, number: int) -> bool:
        """Whether the file of that number has been read."""
        if self.stage in ("start", "read"):
            return self.stage == "read" and number < self.done
        return True


@dataclass
class Job:
    """A running child. `names` are the shown names by the folder number of each file."""

    process: subprocess.Popen[bytes]
    room: Path
    names: list[str]
    started: float = field(default_factory=time.monotonic)
    result: Outcome | None = None

    def running(self) -> bool:
        return self.process.poll() is None

    def seconds(self) -> int:
        return int(time.monotonic() - self.started)

    def progress(self) -> Progress:
        """The last thing the child said of itself."""
        told = [t for line in _lines(self.room / "stderr") if (t := _json(line)) and "stage" in t]
        if not told:
            return Progress("start", 0, len(self.names))
        last = told[-1]
        return Progress(str(last["stage"]), int(last["done"]), int(last["total"]))


@dataclass(frozen=True)
class Outcome:
    """What the child said: its `files` as documented, or the catalogue key of why it said none."""

    files: list[dict[str, Any]]
    failed: str | None = None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _json(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def start(folder: DataFolder, lang: str, files: Sequence[tuple[str, bytes]]) -> Job:
    """Puts the files into a room of their own and starts the pipeline on them.

    `files` are (name as sent, content) that :func:`refusal` let through. OSError if the disk or
    the process table is full.
    """
    room = Path(tempfile.mkdtemp(prefix="mingcha-upload-"))
    paths, names = [], []
    for number, (name, content) in enumerate(files):
        place = room / f"{number:04d}"
        place.mkdir()
        names.append(safe_name(name))
        paths.append(place / names[-1])
        paths[-1].write_bytes(content)
    job = Job(_spawn(folder, lang, room, paths), room, names)
    threading.Thread(target=_clear_when_done, args=(job,), daemon=True).start()
    return job


def _spawn(
    folder: DataFolder, lang: str, room: Path, paths: Sequence[Path]
) -> subprocess.Popen[bytes]:
    root = str(Path(pipeline.__file__).parent.parent)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "dashboards.intake_child", str(folder.root), lang]
    with (room / "stdout").open("wb") as out, (room / "stderr").open("wb") as err:
        return subprocess.Popen(
            [*command, *map(str, paths)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
        )


def _clear_when_done(job: Job) -> None:
    """Reads the answer and removes the room even if the browser has gone meanwhile."""
    job.process.wait()
    job.result = _outcome(job)
    shutil.rmtree(job.room, ignore_errors=True)


def finished(job: Job) -> Outcome:
    """The outcome of a job whose process has ended; waits for the answer to be read."""
    job.process.wait()
    deadline = time.monotonic() + 10
    while job.result is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return job.result or Outcome([], "upload.failed")


def _outcome(job: Job) -> Outcome:
    code = job.process.returncode
    if code == BUSY:
        return Outcome([], "upload.busy")
    if code == ENVIRONMENT:
        return Outcome([], "upload.environment")
    told = _json("\n".join(_lines(job.room / "stdout")))
    if code not in (DONE, PARTLY) or told is None or not isinstance(told.get("files"), list):
        return Outcome([], "upload.failed")
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
