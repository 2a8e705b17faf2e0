"""Publishing (发布): live facts become an immutable publication, whole or not at all.

Every publishing gives a new revision, also of unchanged content: stage, clock and ledger head are
part of what was published. The content hash says whether anything is different: the same inputs
give the same hash. What changed against the former revision stands in table `restatement`, and
other publications that rest on the changed facts are marked stale in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import polars as pl

from audits.procedure import Actor
from pipeline import appeals
from pipeline.check_period import refuse_early, refuse_early_again
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import ledger
from pipeline.office.ledger import Act
from pipeline.periods import months_of, parse_period
from pipeline.proceeding import at_work
from pipeline.publication import Publication, open_publication, published
from pipeline.publishing import on_record, procedures, stale
from pipeline.publishing.assembly import Inputs, assemble, months_with_data
from pipeline.publishing.content_hash import content_hash
from pipeline.publishing.former import former_told
from pipeline.publishing.inputs import gather
from pipeline.publishing.restated import Restated, restate
from pipeline.publishing.reviewing import note_items
from pipeline.publishing.soundness import damaged
from pipeline.publishing.writing import sweep, write_whole
from pipeline.stores import Stores

ACT = on_record.PUBLISHED
STAGES = ("preview", "formal")  # 预发布, 正式通报
FORMAT = 1
USAGE, NOTHING = 2, 1


@dataclass(frozen=True)
class PublishReport:
    """What a publishing did. `restatements`: one entry for each changed source cell."""

    period: str
    revision: int
    stage: str
    content_hash: str
    path: Path
    restatements: list[dict[str, Any]]
    counts: dict[str, int]
    stale: list[str] = field(default_factory=list)  # published periods that are outdated now
    cascaded: list[PublishReport] = field(default_factory=list)
    check: dict[str, Any] | None = None
    appeals: dict[str, int] = field(default_factory=dict)
    same_as: int | None = None  # the former revision, where stage and content are the same
    over_formal: int | None = None  # of a preview: the formal revision that stays in force
    damaged: list[str] = field(default_factory=list)  # publications nothing was compared with

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of design §5."""
        told = ("period", "revision", "stage", "content_hash", "restatements", "counts", "stale")
        own = (*told, "check", "appeals", "same_as", "over_formal", "damaged")
        return {
            **{k: getattr(self, k) for k in own},
            "path": str(self.path),
            "cascaded": [report.to_json() for report in self.cascaded],
        }


def publish(
    folder: DataFolder,
    period: str,
    *,
    stage: str = "preview",
    cascade: bool = False,
    actor: str = "office",
    early: str = "",
    head: Actor | None = None,
) -> PublishReport:
    """Publish `period` as a new revision; with `cascade` also the periods that it makes stale.

    A formal publication waits for the end of the check period, unless `head` says why it is
    published `early`; so do the formal ones of a cascade, whose figures are others than those
    that an earlier waiver was for. Fault: 2 no such period or stage, 1 no data in the period, too
    early or not allowed, 3 busy, 4 environment.
    """
    wanted = wanted_period(period)
    refuse_unknown(stage)
    with at_work(folder) as (stores, settings):
        sweep(folder.publications)
        _record_unrecorded(stores)
        appeals.finish(stores)
        if stage == "formal":
            refuse_early(stores, settings, wanted, early, head)
        made = make(stores, wanted)
        outdated = made.outdated(stores.folder)
        if cascade:
            formal = [p.period for p in outdated if _stage(p) == "formal"]
            refuse_early_again(stores, settings, formal, early, head)
        report = _publish(stores, made, outdated, stage, actor)
        if not cascade:
            return replace(report, stale=[p.period for p in outdated])
        return replace(report, cascaded=[_renewed(stores, p, actor) for p in outdated])


def refuse_unknown(stage: str) -> None:
    """Fault (2) unless it is a stage."""
    if stage not in STAGES:
        raise Fault(
            f"没有“{stage}”这个阶段，只有 preview（预发布）和 formal（正式通报）。",
            f"There is no stage {stage!r}: preview or formal.",
            USAGE,
        )


def wanted_period(text: str) -> str:
    """The canonical period. Fault (2) if it is none."""
    try:
        return parse_period(text)
    except ValueError as error:
        raise Fault(
            f"“{text}”不是期间。请写成 2026-09、2026Q3 或 2026。",
            f"{text!r} is not a period. Write 2026-09, 2026Q3 or 2026.",
            USAGE,
        ) from error


@dataclass(frozen=True)
class Made:
    """A publication before it is written: what it is made of, its tables, what it restates.

    `damaged`: publications, by name, that are not as they were published; nothing is held against
    them.
    """

    inputs: Inputs
    former: Publication | None
    tables: dict[str, pl.DataFrame]
    restated: Restated
    damaged: list[str] = field(default_factory=list)

    @property
    def compared(self) -> Publication | None:
        """The former revision, unless it is damaged."""
        known = self.former is not None and self.former.path.name not in self.damaged
        return self.former if known else None

    def outdated(self, folder: DataFolder) -> list[Publication]:
        """The publications of other periods that rest on facts which are others now."""
        return stale.outdated(folder, self.inputs.period, self.inputs.facts, self.damaged)


def make(stores: Stores, period: str) -> Made:
    """What publishing `period` now would write; the review queue learns what was found."""
    inputs = gather(stores, period)
    _refuse_empty(inputs)
    former = open_publication(stores.folder, period)
    tables = assemble(inputs)
    note_items(stores, tables["item_agreement"], inputs.editions)
    changed = procedures.changed_answers(stores)
    made = Made(inputs, former, tables, Restated(), damaged(stores.folder, period))
    restated = restate(made.compared, tables, inputs.editions, code_version(), changed)
    tables["restatement"] = restated.table
    return replace(made, restated=restated)


def same_as(former: Publication | None, stage: str, hashed: str) -> int | None:
    """The former revision, if another one of this stage and content would say nothing new."""
    if former is None or former.manifest["stage"] != stage:
        return None
    return former.revision if former.manifest["content_hash"] == hashed else None


def _publish(
    stores: Stores, made: Made, outdated: list[Publication], stage: str, actor: str
) -> PublishReport:
    report = _write(stores, made, stage, actor)
    _mark(stores, outdated, report, actor)
    return report


def _renewed(stores: Stores, former: Publication, actor: str) -> PublishReport:
    """What a cascade makes of an outdated publication: its stage stays as it was."""
    made = make(stores, former.period)
    return _publish(stores, made, made.outdated(stores.folder), _stage(former), actor)


def _refuse_empty(inputs: Inputs) -> None:
    if not set(months_with_data(inputs.facts)) & set(months_of(inputs.period)):
        raise Fault(
            f"{inputs.period} 没有任何数据，不能发布。请先导入该期的业绩报表或评分表"
            "（mingcha ingest）。",
            f"There is no data for {inputs.period}, so nothing can be published. "
            "First ingest its performance sheets or scorecards (mingcha ingest).",
            NOTHING,
        )


def _write(stores: Stores, made: Made, stage: str, actor: str) -> PublishReport:
    inputs, former, tables, restated = made.inputs, made.former, made.tables, made.restated
    period, revision = inputs.period, former.revision + 1 if former else 1
    path = stores.folder.publications / f"{period}-r{revision}"
    _refuse_stranger(path)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "period": period,
        "revision": revision,
        "stage": stage,
        "content_hash": content_hash(tables, period),
        "created_at": ledger.now(),
        "ledger_head": stores.office.head().to_json(),
        "code_version": code_version(),
        "due_business_day": inputs.due_day,
        "counts": counts_of(tables, restated, period),
        **procedures.told(stores, inputs, stage, revision, tables, restated),
        "former_circular": former_told(stores.folder, period, tables, made.damaged),
    }
    place = {"period": period, "revision": revision}

    def announce(sha256: str) -> None:
        stores.office.record(on_record.ANNOUNCED, place | {"manifest": sha256}, actor)

    write_whole(path, tables, manifest, announce)
    stores.office.record(ACT, _record(path, manifest), actor)
    stores.warehouse.note_head(stores.office.head())
    return PublishReport(
        period,
        revision,
        stage,
        manifest["content_hash"],
        path,
        restated.entries,
        manifest["counts"],
        check=manifest["check"],
        appeals=manifest["appeals"],
        same_as=same_as(former, stage, manifest["content_hash"]),
        over_formal=manifest["over_formal"],
        damaged=made.damaged,
    )


def counts_of(
    tables: Mapping[str, pl.DataFrame], restated: Restated, period: str
) -> dict[str, int]:
    """The counts of a manifest: branches, values, monthly sheets of the period by how they were
    reported (as `mingcha status` counts them), what was restated."""
    own = {"values": "metric_value", "visits": "visit_score", "sources": "source"}
    branches = tables["scope"].filter(pl.col("level") == "branch").height
    now = tables["coverage"].filter(pl.col("period").is_in(months_of(period)))
    states = ("reported", "late", "not_reported", "pending_correction")
    return {
        "branches": branches,
        **{name: tables[table].height for name, table in own.items()},
        **{state: now.filter(pl.col("status") == state).height for state in states},
        "changed_cells": len(restated.entries),
        "restated_values": restated.table.height,
    }


def _record(path: Path, manifest: Mapping[str, Any], recovered: bool = False) -> dict[str, Any]:
    digest = on_record.manifest_digest(path)
    kept = {k: manifest[k] for k in ("period", "revision", "stage", "content_hash")}
    check = {"check": manifest["check"]} if manifest.get("opens_check") else {}
    return {**kept, "manifest": digest, "recovered": recovered, **check}


def _refuse_stranger(path: Path) -> None:
    """What lies in the place of the new revision was made by no publishing: it would have been
    taken for the former one."""
    if path.exists():
        raise Fault(
            f"发布目录中已有 {path.name}，台账没有它的记录，来历不明，不能作为发布使用。"
            "请将它移出 publications 目录，查明来历，再发布。",
            f"There is a {path.name} among the publications that the ledger knows nothing of; it "
            "is no publication. Move it out of the folder, find out where it came from, and "
            "publish again.",
            NOTHING,
        )


def _record_unrecorded(stores: Stores) -> None:
    """A kill between the rename and its record leaves a good publication, which was announced: put
    it on record. What was announced nowhere is left alone (`published` does not know it)."""
    done = ledger.payloads(stores.office.connection, ACT)
    known = {(payload["period"], payload["revision"]) for _, payload in done}
    for found in published(stores.folder):
        if (found.period, found.revision) not in known:
            stores.office.record(ACT, _record(found.path, found.manifest, True), "system")


def _mark(stores: Stores, outdated: list[Publication], report: PublishReport, actor: str) -> None:
    flagged = stale.marked(stores.office)
    acts = [
        Act(
            stale.ACT,
            {
                "period": p.period,
                "revision": p.revision,
                "because": {"period": report.period, "revision": report.revision},
            },
            actor,
        )
        for p in outdated
        if (p.period, p.revision) not in flagged
    ]
    if acts:
        stores.office.record_all(acts)


def _stage(publication: Publication) -> str:
    return str(publication.manifest["stage"])


def code_version() -> str:
    """The version of Mingcha that is running."""
    try:
        return version("mingcha")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0"
