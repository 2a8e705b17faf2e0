"""The annotating child: one job a line on stdin, one answer a line on stdout.

It opens files that others made, so it holds no lock and no database, and its parent watches its
time and memory. Started afresh, used for many jobs, dying with its parent.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from pipeline.file_modes import of_a_new_file


def main() -> None:
    """Serve until the parent closes the pipe or dies."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody else may write into the protocol
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pipeline.annotating.making  # noqa: F401  paid for before any job

    _say(out, {"ready": True})
    for line in sys.stdin:
        _say(out, _answer(json.loads(line)))


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(3)


def _say(out: Any, words: dict[str, Any]) -> None:
    out.write(json.dumps(words) + "\n")
    out.flush()


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    """`{"made": path}` or `{"failed": why}`."""
    from pipeline.annotating.making import make

    try:
        data = Path(job["source"]).read_bytes()
        rows = [(sheet, row) for sheet, row in job["rows"]]
        made, ending = make(
            data, job["name"], job["findings"], rows, job["lang"], job["unreadable"]
        )
        return {"made": str(_write(made, Path(job["target"]).with_suffix(ending)))}
    except OSError as error:
        return {"failed": error.strerror or str(error)}
    except MemoryError:
        return {"failed": "memory"}
    except Exception as error:  # whatever a foreign file provokes is told, never raised
        return {"failed": type(error).__name__}


def _write(data: bytes, target: Path) -> Path:
    """Whole or not at all: a reader of `returned/` never sees half a workbook."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".annotate-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(of_a_new_file())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


if __name__ == "__main__":
    main()
