"""Work of the resident worker that a page asked for: found again after the tab was closed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from dashboards.access import Act, check_user_can
from dashboards.formats import literal
from dashboards.views import Context
from pipeline.office import Office, jobs
from pipeline.office.jobs import Job
from pipeline.worker.presence import present

SHOWN_FOR = timedelta(hours=24)  # an ended job is still told for so long
_PATIENCE = 90.0  # seconds without any worker after which a job is given up
_TICK = 0.2


def ask(context: Context, act: Act, task: str, request: dict[str, Any]) -> int:
    """Puts a job into the queue for a viewer who may do this; its id. Denied, Fault, OSError."""
    check_user_can(context.viewer, act)
    return put(context, task, request)


def put(context: Context, task: str, request: dict[str, Any]) -> int:
    """Puts a job into the queue, for callers who have asked whether the viewer may; its id."""
    with Office.open(context.folder) as office, office.transaction() as connection:
        actor = context.viewer.actor.name
        return jobs.enqueue(connection, task, request, actor, context.words.lang)


def newest(context: Context, *tasks: str) -> Job | None:
    """The viewer's newest job of these tasks that is open or ended within a day."""
    if not context.folder.office.is_file():
        return None
    since = (datetime.now(UTC) - SHOWN_FOR).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Office.open(context.folder) as office:
        found = jobs.newest(office.connection, tasks, context.viewer.actor.name, since)
    return next(iter(found), None)


def job(context: Context, number: int) -> Job | None:
    """How far a job is; None if it is gone."""
    with Office.open(context.folder) as office:
        return jobs.job(office.connection, number)


def follow(context: Context, asked: Job) -> Job | None:
    """Stays with a job until it has ended, telling how far it is; None if it is gone."""
    words, place, begun = context.words, st.empty(), time.monotonic()
    seen = begun
    while asked.open:
        if present(context.folder) is not None:
            seen = time.monotonic()
        elif time.monotonic() - seen > _PATIENCE:
            _withdraw(context, asked, place)
            return None
        share = asked.done / asked.total if asked.total else 0.0
        place.progress(min(share, 1.0), _said(context, asked, int(time.monotonic() - begun)))
        time.sleep(_TICK)
        now = job(context, asked.id)
        if now is None:
            place.empty()
            return None
        asked = now
    place.empty()
    if asked.state != "done":
        failed(words, asked)
    return asked


def _said(context: Context, job: Job, seconds: int) -> str:
    words = context.words
    if job.state == "queued":
        with Office.open(context.folder) as office:
            ahead = jobs.queued(office.connection, job.id)
        return words("upload.queue", count=ahead, s=seconds)
    said = words.either(f"work.{job.task}", words("app.working"))
    if job.total > 1:
        return words("upload.progress", said=said, done=job.done, count=job.total, s=seconds)
    return words("work.running", said=said, s=seconds)


def _withdraw(context: Context, job: Job, place: Any) -> None:
    with Office.open(context.folder) as office, office.transaction() as connection:
        jobs.withdraw(connection, job.id)
    place.empty()
    st.error(context.words("work.no_worker"))


def failed(words: Any, job: Job) -> None:
    """Why a job was not done, in its own sentence."""
    result = job.result or {}
    st.error(literal(words.of(result.get("zh"), result.get("en")) or words("work.failed")))


def done(job: Job | None, tasks: Sequence[str]) -> dict[str, Any] | None:
    """The result of a job of these tasks that was done; None of any other."""
    if job is None or job.state != "done" or job.task not in tasks:
        return None
    return job.result
