"""Scorecard editions that the office has imported: in the ledger, so that it says who and when.

An edition can be imported again under its id as long as no visit has used it; what was used lies
in the ledger as it was used. Those that come with Mingcha stand beside them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audits.scorecard import Edition, load_editions
from pipeline.office import ledger
from pipeline.office.ledger import Act

IMPORTED = "edition.imported"
USED = "edition.used"  # recorded with the first visit scored by it


@dataclass(frozen=True)
class Imported:
    """An edition as imported last: `seq` of its record, who did it, from which workbook."""

    edition: Edition
    seq: int
    at: str
    actor: str
    name: str
    sha256: str


def imported(connection: sqlite3.Connection) -> dict[str, Imported]:
    """The imported editions by id, each as it was imported last."""
    found: dict[str, Imported] = {}
    for row in connection.execute(
        "SELECT seq, at, actor, body FROM ledger JOIN ledger_payload USING (seq)"
        " WHERE act = ? ORDER BY seq",
        (IMPORTED,),
    ):
        said = json.loads(row["body"])
        edition = Edition.model_validate(said["body"])
        found[edition.id] = Imported(
            edition, row["seq"], row["at"], row["actor"], said["name"], said["sha256"]
        )
    return found


def keep(
    connection: sqlite3.Connection, edition: Edition, name: str, sha256: str, actor: str
) -> int:
    """Records an imported edition; the number of the record. In a transaction."""
    body = edition.model_dump(mode="json")
    said = {"edition": edition.id, "body": body, "name": name, "sha256": sha256}
    (head,) = ledger.append(connection, [Act(IMPORTED, said, actor)])
    return head.seq


def used(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """The bodies of editions as they were first used, by id."""
    return {said["edition"]: said["body"] for _, said in ledger.payloads(connection, USED)}


def known(connection: sqlite3.Connection | None) -> dict[str, Edition]:
    """Every edition there is: those that come with Mingcha and the imported ones."""
    own = {} if connection is None else imported(connection)
    return dict(sorted((load_editions() | {id: one.edition for id, one in own.items()}).items()))


def as_used(connection: sqlite3.Connection) -> Mapping[str, Edition]:
    """The editions by id as they were first used; those never used as they are now."""
    then = {id: Edition.model_validate(body) for id, body in used(connection).items()}
    return known(connection) | then
