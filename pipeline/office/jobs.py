"""Jobs: what the resident worker is asked to do. A queue in the office database (design §1)."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.office.ledger import now


@dataclass(frozen=True)
class Job:
    """One job. `state`: queued, running, done, failed. `result` is None until finished."""

    id: int
    task: str
    request: dict[str, Any]
    actor: str
    state: str
    progress: str
    result: dict[str, Any] | None


def _job(row: sqlite3.Row) -> Job:
    result = json.loads(row["result"]) if row["result"] else None
    request = json.loads(row["request"])
    return Job(row["id"], row["task"], request, row["actor"], row["state"], row["progress"], result)


def enqueue(connection: sqlite3.Connection, task: str, request: dict[str, Any], actor: str) -> int:
    """Adds a job; its id."""
    cursor = connection.execute(
        "INSERT INTO job (task, request, actor, state, queued_at) VALUES (?, ?, ?, 'queued', ?)",
        (task, json.dumps(request, ensure_ascii=False), actor, now()),
    )
    return int(cursor.lastrowid or 0)


def claim(connection: sqlite3.Connection) -> Job | None:
    """Takes the oldest queued job, so that no second worker gets it; None if there is none."""
    row = connection.execute(
        "UPDATE job SET state = 'running', started_at = ?1, beat_at = ?1 WHERE id ="
        " (SELECT min(id) FROM job WHERE state = 'queued') RETURNING *",
        (now(),),
    ).fetchone()
    return _job(row) if row else None


def beat(connection: sqlite3.Connection, id: int, progress: str) -> None:
    """A sign of life with a word on how far it is."""
    connection.execute(
        "UPDATE job SET beat_at = ?, progress = ? WHERE id = ?", (now(), progress, id)
    )


def finish(
    connection: sqlite3.Connection, id: int, result: dict[str, Any], failed: bool = False
) -> None:
    """Ends a job with its result (of a failed one: `zh` and `en`)."""
    connection.execute(
        "UPDATE job SET state = ?, result = ?, finished_at = ? WHERE id = ?",
        ("failed" if failed else "done", json.dumps(result, ensure_ascii=False), now(), id),
    )


def requeue_silent(connection: sqlite3.Connection, seconds: int = 60) -> int:
    """Puts back jobs whose worker gave no sign of life for `seconds`; how many.

    Safe, since every job may be done twice: a file received again is a duplicate.
    """
    since = (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return connection.execute(
        "UPDATE job SET state = 'queued' WHERE state = 'running' AND beat_at < ?", (since,)
    ).rowcount


def job(connection: sqlite3.Connection, id: int) -> Job | None:
    """The job with this id; None if there is none."""
    row = connection.execute("SELECT * FROM job WHERE id = ?", (id,)).fetchone()
    return _job(row) if row else None
