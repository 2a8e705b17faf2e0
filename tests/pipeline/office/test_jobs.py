"""The queue: each job to one worker, in order; ended once; cancelled at once or when safe."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from pipeline.office import Office, jobs


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with Office.open(DataFolder(tmp_path)) as office:
        office.record("look", {}, "a")  # a ledger that is not empty
        yield office.connection


def _put(queue: sqlite3.Connection, *paths: str) -> list[int]:
    return [jobs.enqueue(queue, "ingest", {"paths": [p]}, "office", "en") for p in paths]


def _state(queue: sqlite3.Connection, id: int) -> tuple[str, int | None]:
    found = jobs.job(queue, id)
    assert found is not None
    return found.state, found.status


def test_jobs_are_claimed_once_and_in_order(queue: sqlite3.Connection) -> None:
    ids = _put(queue, "a", "b")
    claimed = [jobs.claim(queue), jobs.claim(queue), jobs.claim(queue)]
    assert [c and c.id for c in claimed] == [*ids, None]
    first = claimed[0]
    assert first is not None
    assert (first.task, first.actor, first.lang) == ("ingest", "office", "en")
    assert (first.request, first.state, first.tries, first.since) == (
        {"paths": ["a"]},
        "running",
        1,
        1,
    )


def test_a_name_that_is_no_text_comes_through(queue: sqlite3.Connection) -> None:
    raw = b"\xd2\xb5.xlsx".decode("utf-8", "surrogateescape")  # GBK bytes on a UTF-8 system
    _put(queue, raw)
    claimed = jobs.claim(queue)
    assert claimed is not None
    assert claimed.request == {"paths": [raw]}
    jobs.finish(queue, claimed.id, {"files": [raw]}, 1)
    found = jobs.job(queue, claimed.id)
    assert found is not None
    assert (found.result, found.status) == ({"files": [raw]}, 1)


def test_how_many_are_ahead(queue: sqlite3.Connection) -> None:
    first, second, third = _put(queue, "a", "b", "c")
    jobs.claim(queue)
    assert [jobs.queued(queue, i) for i in (first, second, third)] == [0, 1, 2]
    jobs.finish(queue, first, {}, 0)
    assert (jobs.queued(queue, third), jobs.queued(queue)) == (1, 2)


def test_a_queued_job_is_cancelled_at_once(queue: sqlite3.Connection) -> None:
    (id,) = _put(queue, "a")
    jobs.ask_to_cancel(queue, id)
    assert _state(queue, id) == ("cancelled", 130)
    assert jobs.claim(queue) is None


def test_a_running_job_is_told_to_stop_at_its_next_word(queue: sqlite3.Connection) -> None:
    (id,) = _put(queue, "a")
    jobs.claim(queue)
    assert jobs.beat(queue, id, "read", 1, 3) is False
    jobs.ask_to_cancel(queue, id)
    assert _state(queue, id) == ("running", None)
    assert jobs.beat(queue, id, "read", 2, 3) is True
    jobs.cancelled(queue, id)
    assert _state(queue, id) == ("cancelled", 130)


def test_a_job_taken_away_is_not_ended_by_its_former_worker(queue: sqlite3.Connection) -> None:
    (id,) = _put(queue, "a")
    jobs.claim(queue)
    assert jobs.withdraw(queue, id) is True
    assert jobs.beat(queue, id, "read", 1, 3) is True  # stop
    jobs.finish(queue, id, {"late": True}, 0)
    assert _state(queue, id) == ("cancelled", 130)
    assert jobs.withdraw(queue, id) is False


def test_a_job_given_back_does_not_lose_its_try_nor_its_start(queue: sqlite3.Connection) -> None:
    (id,) = _put(queue, "a")
    jobs.claim(queue)
    jobs.release(queue, id)
    queue.execute("INSERT INTO ledger SELECT 2, at, actor, act, commitment, hash, 'h' FROM ledger")
    again = jobs.claim(queue)
    assert again is not None
    assert (again.tries, again.since) == (1, 1)
    assert [j.id for j in jobs.orphaned(queue)] == [id]
    jobs.again(queue, id)
    once_more = jobs.claim(queue)
    assert once_more is not None
    assert (once_more.tries, once_more.since) == (2, 1)


def test_only_old_ended_jobs_are_forgotten(queue: sqlite3.Connection) -> None:
    old, waiting, fresh = _put(queue, "a", "b", "c")
    jobs.ask_to_cancel(queue, old)
    jobs.ask_to_cancel(queue, fresh)
    queue.execute(
        "UPDATE work SET queued_at = '2020-01-01T00:00:00Z' WHERE id IN (?, ?)", (old, waiting)
    )
    jobs.forget(queue)
    assert [jobs.job(queue, i) is None for i in (old, waiting, fresh)] == [True, False, False]
    assert jobs.open_requests(queue) == [{"paths": ["b"]}]
