"""The reading child: takes chunks of files on stdin, hands addressed cells back on stdout.

Started afresh (never forked with the parent's memory, locks or handles), reused for many chunks,
and light: pyarrow, numpy and fastexcel only. Frames: two lengths, JSON, Arrow streams.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import hashlib
import json
import mmap
import os
import resource
import signal
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.memory import keep_memory
from pipeline.workbook.limits import Limits, Refused

if TYPE_CHECKING:
    from pipeline.workbook.one_file import Contents
    from pipeline.workbook.together import Steps

_HEAD = struct.Struct("<QQ")
# Why a file cannot be read, where the machine says it in English.
_WHY = {
    errno.ENOENT: "没有这个文件",
    errno.EACCES: "没有读取权限",
    errno.EPERM: "没有读取权限",
    errno.EISDIR: "这是目录",
    errno.ENXIO: "不是文件",
    errno.ENOTDIR: "路径有误",
    errno.ENAMETOOLONG: "文件名太长",
    errno.EIO: "磁盘读取出错",
    errno.ESTALE: "网络盘已断开",
}


def write_frame(pipe: BinaryIO, words: dict[str, Any], body: bytes = b"") -> None:
    """One message. JSON, not pickle: the child has touched untrusted bytes."""
    head = json.dumps(words).encode()
    pipe.write(_HEAD.pack(len(head), len(body)) + head)
    pipe.write(body)
    pipe.flush()


def _read_frame(pipe: BinaryIO) -> dict[str, Any] | None:
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    words: dict[str, Any] = json.loads(pipe.read(_HEAD.unpack(head)[0]))
    return words


class Place:
    """Which file a child is at, in memory that both sides see: a message for each would wake the
    parent twelve thousand times a year of a province."""

    UNTOUCHED, DONE = -2, -1
    _NUMBER = struct.Struct("=q")

    def __init__(self, handle: int) -> None:
        self.handle, self._memory = handle, mmap.mmap(handle, self._NUMBER.size)

    @classmethod
    def made(cls) -> Place:
        """A new one; whoever knows its handle shares it."""
        handle = os.memfd_create("mingcha-place", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(handle, cls._NUMBER.size)
        # memory that the other side took away would end us at the next look
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
        return cls(handle)

    @property
    def at(self) -> int:
        """Number of the file; UNTOUCHED before the first of a chunk, DONE after the last."""
        return int(self._NUMBER.unpack(self._memory)[0])

    @at.setter
    def at(self, number: int) -> None:
        self._memory[:] = self._NUMBER.pack(number)


class _NoPandas(MetaPathFinder):
    """pyarrow would import pandas to see that nothing here is of it: 0.2 s and 40 MB a child."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ImportError(name)


def main(handle: int) -> None:
    """Serve until the parent closes the pipe or dies. `handle`: of the shared :class:`Place`."""
    place = Place(handle)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody else may write into the protocol
    source = sys.stdin.buffer
    parent = os.getppid()
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    # The parent watches resident memory; this is the backstop for one sudden huge allocation.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.meta_path.insert(0, _NoPandas())
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads spin idly as they start
    # The imports are paid for before any file.
    import pyarrow as pa

    import pipeline.workbook.long_form
    import pipeline.workbook.ooxml  # noqa: F401

    pa.set_memory_pool(pa.system_memory_pool())  # its own keeps 20 MB more

    with contextlib.suppress(ImportError):
        import fastexcel  # noqa: F401
    keep_memory()
    gc.freeze()
    gc.set_threshold(50_000)
    write_frame(out, {"ready": os.getpid()})
    while (request := _read_frame(source)) is not None:
        _serve(request, out, place)


def _die_with(parent: int) -> None:
    # PR_SET_PDEATHSIG would fire when the *thread* that started us ends: a web server's do.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(3)


def _serve(request: dict[str, Any], out: BinaryIO, place: Place) -> None:
    from pipeline.workbook.long_form import LongForm
    from pipeline.workbook.together import in_turn

    limits = Limits(**request["limits"])
    if request["second"]:
        with contextlib.suppress(ImportError):  # before the clock of any file runs
            import openpyxl.worksheet._reader  # noqa: F401
    backstop = limits.wall_seconds + 10

    def touch(number: int) -> None:
        place.at = number
        signal.setitimer(signal.ITIMER_REAL, backstop)  # default action: kills even inside Rust

    cells, done, readings = LongForm(), [], []
    for job in request["jobs"]:
        record = {"number": job[0], "sha256": "", "size": 0, "sheets": []}
        done.append(record)
        readings.append((job[0], _reading(job, record, limits, cells, request)))
    in_turn(readings, touch)
    touch(place.DONE)
    body = _ipc(cells)
    signal.setitimer(signal.ITIMER_REAL, 0)
    write_frame(out, {"done": done}, body)


# The interpreter keeps the frames of calls in blocks of 16 KB, and a call across the edge of one
# maps a block and unmaps it as it returns: forty thousand times a child in a year of a province. A
# frame this wide gets a block of its own, in which all that is called from here finds room.
_serve.__code__ = _serve.__code__.replace(co_stacksize=30_000)


def _ipc(cells: Any) -> bytes:
    """Two Arrow streams: the cells, and the words that they number."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    for table in cells.tables():
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def _reading(
    job: tuple[int, str, str],
    record: dict[str, Any],
    limits: Limits,
    cells: Any,
    request: dict[str, Any],
) -> Iterator[int]:
    """Reads one file into `record` and `cells`, step by step; says what it holds meanwhile."""
    number, path, name = job
    try:
        data = _bytes(path, limits, record)
        yield len(data)
        contents = yield from _contents(data, name, limits, request["second"])
        record["format"], record["notices"] = contents.format, contents.notices
        if contents.format == "archive":
            from pipeline.workbook.archive import extract

            record["members"] = extract(data, name, Path(request["unpack"]) / str(number), limits)
        record["sheets"] = [sheet.facts() for sheet in contents.sheets]
        for sheet in contents.sheets:
            _refuse_beyond(sheet)
            cells.add(number, sheet)
    except Refused as refusal:
        record["refused"] = [refusal.rule, refusal.sheet, refusal.words]
    except MemoryError:
        record["refused"] = ["reader_memory", None, {"limit": limits.resident_bytes >> 20}]
    except Exception:
        record["refused"] = ["file_corrupt", None, {}]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        record["refused"] = ["reader_died", None, {}]  # a Rust panic is no Exception


def _refuse_beyond(sheet: Any) -> None:
    """Text files and OpenDocument may claim more rows and columns than a workbook has."""
    from pipeline.workbook.facts import COLUMNS, ROWS
    from pipeline.workbook.sheet import address

    row, col = sheet.last()
    if row > ROWS or col > COLUMNS:
        raise Refused("sheet_extent", sheet.name, last=address(row, col), count=row * col)


def _contents(data: bytes, name: str, limits: Limits, second: bool) -> Steps[Contents]:
    if second:
        from pipeline.workbook.second import read_second

        return read_second(data, name, limits)
    from pipeline.workbook.one_file import in_steps

    return (yield from in_steps(data, name, limits))


def _bytes(path: str, limits: Limits, record: dict[str, Any]) -> bytes:
    try:
        with _opened(path) as handle:
            found = os.fstat(handle)
            record["size"] = size = found.st_size
            if not stat.S_ISREG(found.st_mode):
                raise Refused("file_missing", reason="不是文件", reason_en="not a file")
            if size > limits.file_bytes:
                record["sha256"] = digest(path, limits.wall_seconds / 2)
                limit = limits.file_bytes >> 20
                raise Refused("file_too_large", None, size=size >> 20, limit=limit)
            data = FileIO(handle, closefd=False).readall()
    except OSError as error:
        said = error.strerror or "?"
        zh = _WHY.get(error.errno or 0, "读取出错")
        raise Refused("file_missing", reason=zh, reason_en=said) from error
    record["size"], record["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    return data


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    """Without waiting for whoever may write into it, if it is no file but a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def digest(path: str, seconds: float) -> str:
    """The hash of a file that was not read, "" if it takes longer: without one it is refused by the
    same sentence, and no copy of it is kept."""
    late, found = time.monotonic() + seconds, hashlib.sha256()
    with _opened(path) as handle:
        while piece := os.read(handle, 1 << 20):
            found.update(piece)
            if time.monotonic() > late:
                return ""
    return found.hexdigest()
