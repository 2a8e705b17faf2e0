"""Uploads: one row for each received workbook that changed something, with its status."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from pipeline.office import ledger
from pipeline.office.ledger import Act, Head

INTENT, SEAL, UNDONE, AGAIN = "upload.intent", "upload.seal", "upload.undone", "upload.again"
# {table: [rows, hash]} as sealed in the ledger.
Sealed = dict[str, list[Any]]


@dataclass(frozen=True)
class Upload:
    """One upload. `dropped` = rows of the workbook kept out: {table: [[sheet, row], …]}.

    `planned` is what its facts will be; after a kill it tells whether they are all there.
    `spellings`: the ledger record up to which confirmed spellings were known when it was read.
    `stands_for`: the number of the upload whose place it takes, being the same file read anew with
    `corrections` ({"correction": number, "sheet", "cell", "old", "new"}).
    """

    sha256: str
    extension: str
    name: str
    kind: str | None
    period: str | None
    status: str
    rows: int
    findings: list[dict[str, Any]] = field(default_factory=list)
    dropped: dict[str, list[list[Any]]] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)  # rows per table
    spellings: int = 0
    stands_for: int | None = None
    corrections: list[dict[str, Any]] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        """What the intent commits to."""
        said = self.__dict__.items()
        return {k: v for k, v in said if k in _ALWAYS or v not in ({}, [], None, 0)}


_ALWAYS = {f.name for f in fields(Upload) if f.default is MISSING and f.default_factory is MISSING}


@dataclass(frozen=True)
class Begun:
    """An upload with its place in the ledger."""

    upload: Upload
    seq: int

    @property
    def upload_id(self) -> str:
        return f"{self.upload.sha256}:{self.seq}"

    @property
    def rank(self) -> int:
        """What decides between two uploads of one fact: a corrected one keeps its old place."""
        return self.upload.stands_for or self.seq


def begin(connection: sqlite3.Connection, uploads: Sequence[Upload], actor: str) -> list[Begun]:
    """Records the intents and their rows; `seq` follows the order given. In a transaction."""
    heads = ledger.append(connection, [Act(INTENT, u.payload(), actor) for u in uploads])
    begun = [Begun(u, h.seq) for u, h in zip(uploads, heads, strict=True)]
    at = ledger.now()
    connection.executemany(
        "INSERT INTO upload (upload_id, seq, sha256, extension, name, kind, period, status, state,"
        " rows, findings, received_at, actor, spellings, stands_for)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intent', ?, ?, ?, ?, ?, ?)",
        [_row(b, at, actor) for b in begun],
    )
    return begun


def _row(begun: Begun, at: str, actor: str) -> tuple[Any, ...]:
    u = begun.upload
    place = (begun.upload_id, begun.seq, u.sha256, u.extension, u.name, u.kind, u.period)
    findings = json.dumps(u.findings, ensure_ascii=False)
    return (*place, u.status, u.rows, findings, at, actor, u.spellings, u.stands_for)


def seal(
    connection: sqlite3.Connection, sealed: dict[str, Sealed], actor: str, recovered: bool = False
) -> Head:
    """Seals uploads with the counts and hashes of their facts. In a transaction."""
    acts = [
        Act(SEAL, {"upload_id": u, "facts": facts, "recovered": recovered}, actor)
        for u, facts in sealed.items()
    ]
    heads = ledger.append(connection, acts)
    connection.executemany(
        "UPDATE upload SET state = 'sealed', seal_seq = ? WHERE upload_id = ?",
        [(h.seq, u) for h, u in zip(heads, sealed, strict=True)],
    )
    return ledger.head(connection)


def undo(connection: sqlite3.Connection, upload_ids: Sequence[str], actor: str) -> None:
    """Records that these intents came to nothing. In a transaction."""
    ledger.append(connection, [Act(UNDONE, {"upload_id": u}, actor) for u in upload_ids])
    connection.executemany(
        "UPDATE upload SET state = 'undone' WHERE upload_id = ?", [(u,) for u in upload_ids]
    )


def again(connection: sqlite3.Connection, sent: Sequence[tuple[str, str]], actor: str) -> None:
    """Records files (sha256, name) that were sent again and changed nothing. In a transaction."""
    ledger.append(connection, [Act(AGAIN, {"sha256": s, "name": n}, actor) for s, n in sent])


def unsealed(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Uploads with an intent and no seal, in order."""
    return connection.execute("SELECT * FROM upload WHERE state = 'intent' ORDER BY seq").fetchall()


def sealed_facts(connection: sqlite3.Connection) -> dict[str, Sealed]:
    """{upload_id: {table: [rows, hash]}} of every sealed upload, from the ledger itself."""
    return {p["upload_id"]: p["facts"] for _, p in ledger.payloads(connection, SEAL)}


def former(connection: sqlite3.Connection, sha256s: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest sealed upload of each of these files, by sha256, with `body` of its record.

    It may be a corrected one; `received_at` is always when the file itself was received.
    """
    rows = connection.execute(
        "SELECT u.*, p.body, o.received_at AS came_at FROM upload u"
        " LEFT JOIN ledger_payload p USING (seq)"
        " JOIN upload o ON o.seq = coalesce(u.stands_for, u.seq)"
        " WHERE u.state = 'sealed' AND u.sha256 IN (SELECT value FROM json_each(?)) ORDER BY u.seq",
        (json.dumps(list(sha256s)),),
    )
    return {row["sha256"]: dict(row) | {"received_at": row["came_at"]} for row in rows}


def followed(connection: sqlite3.Connection, row: Mapping[str, Any]) -> bool:
    """Whether a newer accepted upload of the same kind and period came after this one: for lists
    that are sent whole. A corrected upload is as old as the one it stands for."""
    found = connection.execute(
        "SELECT 1 FROM upload WHERE state = 'sealed' AND status <> 'refused' AND seq > ?"
        " AND stands_for IS NULL AND kind IS ? AND period IS ? LIMIT 1",
        (row["stands_for"] or row["seq"], row["kind"], row["period"]),
    ).fetchone()
    return found is not None


def note_returned(connection: sqlite3.Connection, returned: dict[str, str]) -> None:
    """Where the annotated workbooks lie: {upload_id: path relative to the data folder}."""
    connection.executemany(
        "UPDATE upload SET returned = ? WHERE upload_id = ?", [(p, u) for u, p in returned.items()]
    )


def listed(connection: sqlite3.Connection, period: str | None = None) -> list[dict[str, Any]]:
    """Sealed uploads as received, newest first, `findings` decoded; of one period if given."""
    rows = connection.execute(
        "SELECT * FROM upload WHERE state = 'sealed' AND stands_for IS NULL"
        " AND (?1 IS NULL OR period = ?1)"
        " ORDER BY seq DESC",
        (period,),
    )
    return [{**dict(row), "findings": json.loads(row["findings"])} for row in rows]


def periods(connection: sqlite3.Connection) -> list[str]:
    """The periods that taken workbooks name."""
    rows = connection.execute(
        "SELECT DISTINCT period FROM upload"
        " WHERE state = 'sealed' AND status <> 'refused' AND period IS NOT NULL ORDER BY period"
    )
    return [row["period"] for row in rows]
