"""What a worker does, and the command line too when there is no worker: one way for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.faults import Fault
from pipeline.folders import DataFolder

if TYPE_CHECKING:
    from pipeline.ingest import IngestReport

# (step, done, total). May raise to stop the work, at steps where nothing has been changed yet.
Moved = Callable[[str, int, int], None]
_SAFE_WAYPOINT = "staged"  # the last one before anything is recorded
_NOT_AGAIN = 1


@dataclass(frozen=True)
class Order:
    """What is asked for. Paths in `request` are absolute.

    `since` is set when the work was begun before and broken off: the end of the ledger then.
    """

    task: str
    request: Mapping[str, Any]
    actor: str = "office"
    lang: str = "zh"
    since: int | None = None


@dataclass(frozen=True)
class Answer:
    """The documented JSON of the command, and its exit status."""

    result: dict[str, Any]
    status: int


def perform(folder: DataFolder, order: Order, moved: Moved) -> Answer:
    """Does what is ordered. Fault as the command has it."""
    return _TASKS[order.task](folder, order, moved)


def _ingest(folder: DataFolder, order: Order, moved: Moved) -> Answer:
    """Request: `paths`, `strict`. Result: `schemas/ingest.schema.json`."""
    from pipeline.ingest import ingest

    def at(waypoint: str) -> None:
        if waypoint == _SAFE_WAYPOINT:
            moved("commit", 0, 1)

    report = ingest(
        folder,
        [Path(p) for p in order.request["paths"]],
        actor=order.actor,
        strict=bool(order.request.get("strict")),
        lang=order.lang,
        progress=moved,
        at=at,
    )
    if order.since is not None:
        _as_first_told(folder, report, order.since)
    return Answer(report.to_json(), report.exit_status)


def _as_first_told(folder: DataFolder, report: IngestReport, since: int) -> None:
    """What the broken-off try had taken is a duplicate now; it is told as what it was then."""
    from pipeline.office import Office, uploads

    with Office.open(folder) as office:
        listed = uploads.listed(office.connection)
    taken = {row["sha256"]: row for row in listed if row["seq"] > since}
    for entry in report.files:
        row = taken.pop(entry.sha256, None)
        if row is not None and entry.status == "duplicate":
            entry.status, entry.rows, entry.findings = row["status"], row["rows"], row["findings"]
            entry.returned = row["returned"]


def _publish(folder: DataFolder, order: Order, moved: Moved) -> Answer:
    """Request: `period`, `stage`, `cascade`; if given `early` and `as`. Result: the schema's."""
    from pipeline.proceeding import actor_of
    from pipeline.publish import publish

    request = order.request
    if order.since is not None:
        _refuse_published(folder, str(request["period"]), order.since)
    moved("publish", 0, 1)
    report = publish(
        folder,
        str(request["period"]),
        stage=str(request["stage"]),
        cascade=bool(request["cascade"]),
        actor=order.actor,
        early=str(request.get("early") or ""),
        head=actor_of(str(request["as"])) if request.get("as") else None,
    )
    return Answer(report.to_json(), 0)


def _rehearse(folder: DataFolder, order: Order, moved: Moved) -> Answer:
    """Request: `period`, `stage`. Nothing is published. Result: the schema's."""
    from pipeline.rehearsal import rehearse

    moved("rehearse", 0, 1)
    request = order.request
    return Answer(rehearse(folder, str(request["period"]), str(request["stage"])), 0)


def _refuse_published(folder: DataFolder, period: str, since: int) -> None:
    """A broken-off publishing may have got as far as the publication: it is not made twice."""
    from pipeline.publication import open_publication

    made = open_publication(folder, period)
    if made is not None and made.manifest["ledger_head"]["seq"] >= since:
        raise Fault(
            f"发布时被中断，但 {period} 第 {made.revision} 版已完整发布，不再重复。"
            "若要求了 --cascade，请再执行一次。",
            f"Publishing was broken off, but revision {made.revision} of {period} is out and "
            "whole, so it is not made twice. If you asked for --cascade, run it once more.",
            _NOT_AGAIN,
        )


def _report(folder: DataFolder, order: Order, moved: Moved) -> Answer:
    """Request: `out`, `period`, `revision`, `documents`, `formats`, `codes`. Result: schema."""
    from pipeline.making import make
    from pipeline.publication import open_publication

    request, redone = order.request, 0
    publication = open_publication(folder, request["period"], request["revision"])
    if publication is None:
        name = f"{request['period']}-r{request['revision']}"
        raise Fault(f"{name} 已不在。", f"{name} is no longer there.", _NOT_AGAIN)

    def again(jobs: int) -> None:
        nonlocal redone
        redone += jobs

    made = make(
        publication,
        request["documents"],
        request["formats"],
        request["codes"],
        ["en" if order.lang == "en" else "zh"],
        Path(request["out"]),
        lambda done, total: moved("report", done, total),
        again,
    )
    result = {
        "period": publication.period,
        "revision": publication.revision,
        "content_hash": publication.manifest["content_hash"],
        "out": str(request["out"]),
        "files": [each.to_json() for each in made],
        "redone": redone,
        "over_formal": publication.manifest.get("over_formal"),
    }
    return Answer(result, 0)


_TASKS: dict[str, Callable[[DataFolder, Order, Moved], Answer]] = {
    "ingest": _ingest,
    "publish": _publish,
    "rehearse": _rehearse,
    "report": _report,
}
