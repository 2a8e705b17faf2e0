"""What people do to corrective actions: reply, chase, accept, send back, withdraw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

import polars as pl

from audits.actions import EVENT_WORDS, Act, Action, Actor, Event, Refused, Role, apply, check
from pipeline import archive, proceeding
from pipeline.archive import Copy
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.following.region import newest_regions
from pipeline.following.standing import row_of
from pipeline.office import Office, actions, noted
from pipeline.office.proceedings import today
from pipeline.settings import load_settings
from pipeline.stores import Stores
from pipeline.validation.replies import reply_of

USAGE = 2
# What an act on record is called: the opening is no event of the procedure.
ACT_WORDS: dict[str, tuple[str, str]] = {
    actions.OPENED: ("下发", "open"),
    **{str(event): words for event, words in EVENT_WORDS.items()},
}


@dataclass
class Acted:
    """What came of an act on several actions: how the changed ones stand, why others were not."""

    changed: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        return int(bool(self.refused))

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/action.schema.json)."""
        return {"actions": self.changed, "refused": self.refused}


def actor_of(text: str) -> Actor:
    """`NAME/ROLE[@CODE]`, as everywhere; the code of a city manager is the region's. Fault (2)."""
    who = proceeding.actor_of(text)
    if who.role == "city" and not who.branch:
        raise Fault(
            f"二级分行须写明代码：{who.name}/city@0101",
            f"A city manager names the city: {who.name}/city@0101",
            USAGE,
        )
    return Actor(cast(Role, who.role), who.name, who.branch)


def act(
    folder: DataFolder,
    ids: Sequence[str],
    event: Event,
    actor: Actor,
    details: Mapping[str, str] | None = None,
    evidence: Path | None = None,
) -> Acted:
    """Does `event` to each action that it may be done to.

    `evidence`: a file that goes into the archive. Fault: 2 no such action or file, 4 environment.
    """
    given = dict(details or {})
    if not folder.office.is_file():
        raise _unknown(ids[0])
    regions, day, acted = newest_regions(folder), today(), Acted()
    with Office.open(folder) as office:
        standing = actions.standing(actions.acts(office.connection))
        for id in ids:
            if id not in standing:
                raise _unknown(id)
    if evidence is not None:
        given |= _archived(folder, evidence)
    with Office.open(folder) as office, office.transaction() as connection:
        standing = actions.standing(actions.acts(connection))
        for id in dict.fromkeys(ids):
            done = Act(event, day, actor, given)
            try:
                check(standing[id], done, regions.above(standing[id].branch))
            except Refused as refusal:
                acted.refused.append({"action": id, "zh": refusal.zh, "en": refusal.en})
                continue
            new = apply(standing[id], done)
            actions.record(connection, [(id, new.acts, event, day, actor, given)])
            acted.changed.append(row_of(new, day, regions))
    return acted


def possible(folder: DataFolder, id: str, actor: Actor) -> dict[Event, tuple[str, str] | None]:
    """What `actor` may do to an action now: event → None, or why not in both languages.

    Asked as if everything that the event needs were said; only what the action itself lacks (its
    state, its evidence, whose branch it is) stands in the way. Fault (2): no such action.
    """
    if not folder.office.is_file():
        raise _unknown(id)
    with Office.open(folder) as office:
        action = actions.standing(actions.acts(office.connection)).get(id)
    if action is None:
        raise _unknown(id)
    day, above = today(), newest_regions(folder).above(action.branch)
    said = {"measure": "…", "reason": "…", "done": day.isoformat()}
    found: dict[Event, tuple[str, str] | None] = {}
    for event in get_args(Event):
        try:
            check(action, Act(event, day, actor, said), above)
            found[event] = None
        except Refused as refusal:
            found[event] = (refusal.zh, refusal.en)
    return found


def _archived(folder: DataFolder, path: Path) -> dict[str, str]:
    """The evidence file into the archive, durable; what is recorded of it."""
    _refuse_odd(path, load_settings(folder).evidence_mb)
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Fault(
            f"证据文件 {path} 无法读取（{error.strerror}）。",
            f"The evidence file {path} cannot be read ({error.strerror}).",
            USAGE,
        ) from error
    copy = Copy(path, sha256, archive.extension_of(path.name))
    said = archive.stage(folder, [copy])
    if why := said.get(sha256):
        raise Fault(
            f"证据文件 {path.name} 读取过程中被改动或移走（{why}），请重试。",
            f"The evidence file {path.name} was changed or moved while it was read ({why}). "
            "Try again.",
            1,
        )
    archive.place(folder, [copy])
    return {"evidence": path.name, "sha256": sha256, "extension": copy.extension}


def _refuse_odd(path: Path, most_mb: int) -> None:
    """Evidence is a document or a picture of some size: no program, no pipe, no flood."""
    try:
        size = path.stat().st_size if path.is_file() else 0
        begins = _beginning(path) if size else b""
    except OSError:
        return  # told where it is read
    if path.exists() and not path.is_file():
        zh, en = "不是普通文件", "is no plain file"
    elif size > most_mb * 1_000_000:
        zh, en = f"超过 {most_mb} MB", f"is larger than {most_mb} MB"
    elif begins[:2] in (b"MZ", b"#!") or begins == b"\x7fELF":
        zh, en = "是程序，不是材料", "is a program, no document"
    else:
        return
    raise Fault(
        f"证据文件 {path.name} {zh}。请改交图片、PDF 或文档。",
        f"The evidence file {path.name} {en}. Hand in a picture, a PDF or a document.",
        1,
    )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _unknown(id: str) -> Fault:
    return Fault(
        f"没有编号为“{id}”的整改事项。可用 mingcha action list 查看。",
        f"There is no corrective action {id!r}. See: mingcha action list",
        USAGE,
    )


def history(folder: DataFolder, id: str) -> dict[str, Any]:
    """One action with everything that was done to it (schemas/action-show.schema.json)."""
    if not folder.office.is_file():
        raise _unknown(id)
    with Office.open(folder) as office:
        own = [a for a in actions.acts(office.connection) if a.action_id == id]
    if not own:
        raise _unknown(id)
    action = actions.standing(own)[id]
    told = [
        {
            "record": a.seq,
            "number": a.number,
            "event": a.event,
            "day": a.day.isoformat(),
            "role": a.actor.role,
            "node": a.actor.node,
            "actor": a.actor.account,
            "details": a.details,
        }
        for a in own
    ]
    return row_of(action, today(), newest_regions(folder)) | {"acts": told}


def take_replies(stores: Stores) -> int:
    """Replies that came as sheets (`actions`) become acts, each once; how many were taken.

    What may not be done (settled meanwhile, another branch) was told to the sender as a finding
    when the sheet came; here it is passed over. A kill in between is made good by the next call.
    """
    if "action_reply" not in stores.warehouse.tables:
        return 0
    read = {row[0] for row in stores.office.connection.execute("SELECT * FROM replies_read")}
    rows = stores.warehouse.query("SELECT * FROM action_reply ORDER BY seq, upload_id, sheet, row")
    rows = rows.filter(~pl.col("upload_id").is_in(list(read)))
    if rows.is_empty():
        return 0
    with stores.office.transaction() as connection:
        standing = actions.standing(actions.acts(connection))
        taken = sum(_take(connection, standing, row) for row in rows.to_dicts())
        done = [(upload_id,) for upload_id in rows["upload_id"].unique().sort()]
        connection.executemany("INSERT INTO replies_read VALUES (?)", done)
        noted.note(connection, "replies_read")
    return taken


def _take(connection: Any, standing: dict[str, Action], row: Mapping[str, Any]) -> bool:
    action = standing.get(row["issue_id"])
    if action is None or action.item != row["item_id"]:
        return False
    event, done = reply_of(row, today())
    try:
        check(action, done)
    except Refused:
        return False
    new = apply(action, done)
    details = {**done.details, **{k: row[k] for k in ("upload_id", "sheet", "row")}}
    actions.record(connection, [(action.id, new.acts, event, done.day, done.actor, details)])
    standing[action.id] = new
    return True
