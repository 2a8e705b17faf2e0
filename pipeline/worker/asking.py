"""Asking for work: the worker does it if there is one within reach, else this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, jobs
from pipeline.office.jobs import Job
from pipeline.worker.presence import present
from pipeline.worker.tasks import Answer, Moved, Order, perform

_TICK = 0.1
_PATIENCE = 20.0  # seconds for a worker that died to be replaced; then the work is done here


def carry_out(
    folder: DataFolder,
    order: Order,
    moved: Moved | None = None,
    asked: Callable[[], None] = lambda: None,
) -> Answer:
    """Has the work done and gives its answer. Fault as the command has it; 130 if cancelled.

    `asked` is called when Ctrl-C has become a request to cancel; a second Ctrl-C leaves at once,
    and the worker goes on.
    """
    told: Moved = moved or (lambda step, done, total: None)
    worker = present(folder)
    if worker is None or not worker.within_reach:
        return perform(folder, order, told)
    with Office.open(folder) as office:
        with office.transaction() as connection:
            id = jobs.enqueue(connection, order.task, dict(order.request), order.actor, order.lang)
        job = _until_ended(folder, office, id, told, asked)
    if job.open:  # taken back
        return perform(folder, replace(order, since=job.since), told)
    return answer_of(job)


def answer_of(job: Job) -> Answer:
    """The answer of an ended job; Fault with its sentence if it failed or was cancelled."""
    result, status = job.result or {}, job.status or 0
    if job.state != "done":
        raise Fault(str(result.get("zh")), str(result.get("en")), status)
    return Answer(result, status)


def _until_ended(
    folder: DataFolder, office: Office, id: int, told: Moved, asked: Callable[[], None]
) -> Job:
    """The job once it has ended, or as it was when it was taken back from a worker that is gone."""
    wanted = False
    while True:
        try:
            return _follow(folder, office, id, told)
        except KeyboardInterrupt:
            if wanted:
                raise
            wanted = True
            with office.transaction() as connection:
                jobs.ask_to_cancel(connection, id)
            asked()


def _follow(folder: DataFolder, office: Office, id: int, told: Moved) -> Job:
    alone, shown = time.monotonic(), None
    while True:
        job = jobs.job(office.connection, id)
        assert job is not None, "open jobs are never forgotten"
        if not job.open:
            return job
        if job.state == "queued":
            shown = _tell(told, ("queue", 0, jobs.queued(office.connection, id)), shown)
        else:
            shown = _tell(told, (job.step, job.done, job.total), shown)
        if present(folder) is not None:
            alone = time.monotonic()
        elif time.monotonic() - alone > _PATIENCE and _take_back(office, job):
            return job
        time.sleep(_TICK)


def _tell(
    told: Moved, now: tuple[str, int, int], before: tuple[str, int, int] | None
) -> tuple[str, int, int]:
    if now != before:
        told(*now)
    return now


def _take_back(office: Office, job: Job) -> bool:
    with office.transaction() as connection:
        return jobs.withdraw(connection, job.id)
