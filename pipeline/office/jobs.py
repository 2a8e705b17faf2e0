"""Jobs: what the resident worker is asked to do. A queue in the office database (design §1).

A job may be done twice without harm: bytes received again are a duplicate. So a job whose worker
died is simply done again, a limited number of times.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.office.ledger import now

OPEN = ("queued", "running")
CANCELLED = 130  # exit status of what the user broke off, as shells have it
_STOPPED = {
    "zh": "已取消，没有改动任何数据。",
    "en": "Cancelled; nothing was changed.",
}


@dataclass(frozen=True)
class Job:
    """One job. `state`: queued, running, done, failed, cancelled.

    `result` and `status` (the exit status) are None until it has ended; the result of a failed or
    cancelled one is its sentence, `zh` and `en`. `since` is the end of the ledger at its start.
    """

    id: int
    task: str
    request: dict[str, Any]
    actor: str
    lang: str
    state: str
    step: str
    done: int
    total: int
    tries: int
    cancel: bool
    since: int | None
    status: int | None
    result: dict[str, Any] | None

    @property
    def open(self) -> bool:
        """Whether it still has to be done, or is being done."""
        return self.state in OPEN


def _job(row: sqlite3.Row) -> Job:
    told = {name: row[name] for name in Job.__dataclass_fields__}
    told["request"] = json.loads(row["request"])
    told["result"] = json.loads(row["result"]) if row["result"] else None
    told["cancel"] = bool(row["cancel"])
    return Job(**told)


def enqueue(
    connection: sqlite3.Connection, task: str, request: dict[str, Any], actor: str, lang: str = "zh"
) -> int:
    """Adds a job; its id."""
    # Escaped: a file name may hold bytes that are no text, which SQLite would refuse.
    cursor = connection.execute(
        "INSERT INTO work (task, request, actor, lang, state, queued_at)"
        " VALUES (?, ?, ?, ?, 'queued', ?)",
        (task, json.dumps(request), actor, lang, now()),
    )
    return int(cursor.lastrowid or 0)


def claim(connection: sqlite3.Connection) -> Job | None:
    """Takes the oldest queued job, so that no second worker gets it; None if there is none."""
    row = connection.execute(
        "UPDATE work SET state = 'running', step = 'start', tries = tries + 1, beat_at = ?1,"
        " started_at = coalesce(started_at, ?1),"
        " since = coalesce(since, (SELECT coalesce(max(seq), 0) FROM ledger))"
        " WHERE id = (SELECT min(id) FROM work WHERE state = 'queued') RETURNING *",
        (now(),),
    ).fetchone()
    return _job(row) if row else None


def queued(connection: sqlite3.Connection, before: int | None = None) -> int:
    """How many jobs are waiting or in work; with `before` only those ahead of that job."""
    row = connection.execute(
        "SELECT count(*) FROM work"
        " WHERE state IN ('queued', 'running') AND (?1 IS NULL OR id < ?1)",
        (before,),
    ).fetchone()
    return int(row[0])


def beat(connection: sqlite3.Connection, id: int, step: str, done: int, total: int) -> bool:
    """Notes how far it is; whether it should be stopped (asked for, or taken away)."""
    row = connection.execute(
        "UPDATE work SET beat_at = ?, step = ?, done = ?, total = ? WHERE id = ?"
        " RETURNING cancel OR state <> 'running'",
        (now(), step, done, total, id),
    ).fetchone()
    return row is None or bool(row[0])


def made_files(connection: sqlite3.Connection, place: str = "") -> dict[str, str]:
    """{path: SHA-256} of the documents that jobs made, as the newest of them recorded it, that
    one last; of those whose path ends in `place`."""
    rows = connection.execute(
        "SELECT json_extract(file.value, '$.path'), json_extract(file.value, '$.sha256')"
        " FROM work, json_each(work.result, '$.files') AS file"
        " WHERE work.task = 'report' AND work.state = 'done'"
        " AND json_extract(file.value, '$.path') LIKE '%' || ? ORDER BY work.id",
        (place,),
    )
    found: dict[str, str] = {}
    for path, sha256 in rows:
        if path.endswith(place):
            found.pop(path, None)  # the newest stands last
            found[path] = sha256
    return found


def finish(connection: sqlite3.Connection, id: int, result: dict[str, Any], status: int) -> None:
    """Ends a job that was done, with its result and exit status."""
    _end(connection, id, "done", result, status)


def fail(connection: sqlite3.Connection, id: int, zh: str, en: str, status: int) -> None:
    """Ends a job that could not be done, with the sentence that says why."""
    _end(connection, id, "failed", {"zh": zh, "en": en}, status)


def cancelled(connection: sqlite3.Connection, id: int) -> None:
    """Ends a job that was stopped because somebody asked for it."""
    _end(connection, id, "cancelled", _STOPPED, CANCELLED)


def _end(
    connection: sqlite3.Connection, id: int, state: str, result: dict[str, Any], status: int
) -> None:
    # Only while it is running: whoever took the job away from a dead worker has it now.
    connection.execute(
        "UPDATE work SET state = ?, result = ?, status = ?, finished_at = ?"
        " WHERE id = ? AND state = 'running'",
        (state, json.dumps(result), status, now(), id),
    )


def ask_to_cancel(connection: sqlite3.Connection, id: int) -> None:
    """A job not begun is cancelled at once; one in work stops at its next safe point, if any."""
    connection.execute(
        "UPDATE work SET cancel = 1, state = iif(state = 'queued', 'cancelled', state),"
        " status = iif(state = 'queued', ?, status), result = iif(state = 'queued', ?, result)"
        " WHERE id = ? AND state IN ('queued', 'running')",
        (CANCELLED, json.dumps(_STOPPED), id),
    )


def withdraw(connection: sqlite3.Connection, id: int) -> bool:
    """Takes an open job out of the queue, to be done elsewhere; False if it has ended meanwhile."""
    row = connection.execute(
        "UPDATE work SET state = 'cancelled', status = ?, result = ?"
        " WHERE id = ? AND state IN ('queued', 'running') RETURNING id",
        (CANCELLED, json.dumps(_STOPPED), id),
    ).fetchone()
    return row is not None


def release(connection: sqlite3.Connection, id: int) -> None:
    """Puts a job back that was stopped because its worker must end; the try does not count."""
    connection.execute(
        "UPDATE work SET state = 'queued', step = '', tries = tries - 1"
        " WHERE id = ? AND state = 'running'",
        (id,),
    )


def orphaned(connection: sqlite3.Connection) -> list[Job]:
    """Jobs in work. To a worker that begins (there is only one) these are a dead one's."""
    rows = connection.execute("SELECT * FROM work WHERE state = 'running' ORDER BY id")
    return [_job(row) for row in rows]


def again(connection: sqlite3.Connection, id: int) -> None:
    """Puts an orphaned job back; the try counts, for it may be what killed the worker."""
    connection.execute(
        "UPDATE work SET state = 'queued', step = '' WHERE id = ? AND state = 'running'", (id,)
    )


def forget(connection: sqlite3.Connection, days: int = 7) -> None:
    """Removes ended jobs older than `days`: the ledger and the uploads tell what came of them.
    Those that made documents stay: the files are held against them (:func:`made_files`)."""
    until = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    connection.execute(
        "DELETE FROM work WHERE state NOT IN ('queued', 'running') AND queued_at < ?"
        " AND NOT (task = 'report' AND state = 'done')",
        (until,),
    )


def job(connection: sqlite3.Connection, id: int) -> Job | None:
    """The job with this id; None if there is none."""
    row = connection.execute("SELECT * FROM work WHERE id = ?", (id,)).fetchone()
    return _job(row) if row else None


def open_requests(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The requests of all jobs that are waiting or in work."""
    rows = connection.execute("SELECT request FROM work WHERE state IN ('queued', 'running')")
    return [json.loads(row[0]) for row in rows]


def newest(
    connection: sqlite3.Connection, tasks: Sequence[str], actor: str, since: str
) -> list[Job]:
    """Jobs of these tasks that `actor` asked for and that are open or ended after `since` (UTC),
    newest first."""
    marks = ", ".join("?" for _ in tasks)
    rows = connection.execute(
        f"SELECT * FROM work WHERE task IN ({marks}) AND actor = ?"
        " AND (state IN ('queued', 'running') OR finished_at > ?) ORDER BY id DESC",
        (*tasks, actor, since),
    )
    return [_job(row) for row in rows]
