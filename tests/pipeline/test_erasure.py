"""A shopper is erased: gone from list, ledger, tables and file; masked in what comes later."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

import pipeline
from pipeline.__main__ import load_commands
from pipeline.corrections import Change, correct
from pipeline.erasure import erase_shopper
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.office import Office, ledger, shoppers
from pipeline.persons import MASK
from pipeline.plan import Asked, plan
from pipeline.publishing.inputs import gather
from pipeline.rebuild import rebuild
from pipeline.sheets import kinds
from pipeline.stores import open_stores
from pipeline.template import write_rows
from pipeline.verify import verify
from pipeline.workbook.cells import letter
from tests.pipeline.test_plan import PEOPLE, register_rows

NAME, OTHER = PEOPLE[0][1], PEOPLE[1][1]
REASONS = [f"按{NAME}、{OTHER}所见重训", "改了布局", f"{OTHER}看错了", f"张 三丰 要求，{NAME}"]

REASON = letter([c.id for c in kinds()["appeals"].columns if not c.derived].index("reason") + 1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """An office whose sheets, file names, corrections and plans name shoppers; S01 is erased."""
    room = tmp_path_factory.mktemp("erasure")
    folder = DataFolder(room / "data")
    made = {
        "register": write_rows(kinds()["branches"], room / "r.xlsx", register_rows()),
        "shoppers": write_rows(kinds()["shoppers"], room / f"名册-{NAME}.xlsx", PEOPLE),
        "appeals": write_rows(kinds()["appeals"], room / f"{NAME}-申诉.xlsx", appeals(REASONS)),
    }
    # the sheet of appeals comes before anybody knows who is named in it
    for path in (made["register"], made["appeals"], made["shoppers"]):
        assert ingest(folder, [path]).files[0].status in ("accepted", "warned")
    with Office.open(folder) as opened:
        rows = opened.connection.execute("SELECT upload_id, kind FROM upload").fetchall()
    (sent,) = [r["upload_id"] for r in rows if r["kind"] == "appeals"]
    correct(folder, sent, [Change("", f"{REASON}7", REASONS[2], "已重训")], "网点来函更正")
    plan(folder, Asked("2025Q4", made["shoppers"], 20, 1))
    return folder


def appeals(reasons: list[str], name: str = "A") -> list[list[Any]]:
    """Rows of the ledger of appeals."""
    row = {"branch_code": "010101", "round": "2025Q4", "edition": "covert-1", "item_id": "ENV01",
           "visit_date": date(2025, 10, 9), "filed_date": date(2025, 11, 3),
           "outcome": "待处理"}  # fmt: skip
    rows = [row | {"appeal_id": f"{name}{n}", "reason": r} for n, r in enumerate(reasons)]
    columns = [c.id for c in kinds()["appeals"].columns if not c.derived]
    return [[r.get(c) for c in columns] for r in rows]


def published(folder: DataFolder) -> list[str]:
    with open_stores(folder) as stores:
        return sorted(gather(stores, "2025-12").facts["appeal"]["reason"].to_list())


def test_all_of_it(office: DataFolder) -> None:
    before = published(office)
    assert before == sorted([f"按{MASK}、{MASK}所见重训", "改了布局", "已重训",
                             f"{MASK} 要求，{MASK}"])  # fmt: skip
    with pytest.raises(Fault) as told:
        erase_shopper(office, "S99", "本人要求")
    assert told.value.status == 2
    done = erase_shopper(office, "S01", f"{NAME}本人要求")
    assert (done.rows, done.texts, len(done.originals)) == (1, 2, 1)
    # nobody knows the name any more, and still it is not published; the others are masked as ever
    assert published(office) == before
    with Office.open(office) as opened:
        assert "S01" not in shoppers.live(opened.connection)["shopper_id"].to_list()
        people = [p["shopper_id"] for _, p in ledger.payloads(opened.connection, "plan.people")]
        assert people and "S01" not in people
        assert len(ledger.payloads(opened.connection, "plan")) == 1
        assert ledger.first_broken(opened.connection) is None
    for part in ("office.sqlite", "office.sqlite-wal"):
        data = (office.root / part).read_bytes() if (office.root / part).exists() else b""
        assert NAME.encode() not in data, part
        assert part.endswith("-wal") or OTHER.encode() in data
    verdict = verify(office)
    assert verdict.problems == []
    rebuilt = rebuild(office)
    assert rebuilt.problems == [] and published(office) == before


def test_a_second_erasure_of_the_same_records(office: DataFolder) -> None:
    done = erase_shopper(office, "S02", "本人要求")
    assert done.records > 0
    assert not any(OTHER in text or NAME in text for text in published(office))
    assert OTHER.encode() not in office.office.read_bytes()
    assert verify(office).problems == []


def test_the_same_words_in_another_file_are_masked_too(office: DataFolder, tmp_path: Path) -> None:
    path = write_rows(kinds()["appeals"], tmp_path / "b.xlsx", appeals(REASONS[:1], "B"))
    assert ingest(office, [path]).files[0].status == "accepted"
    assert not any(NAME in text or OTHER in text for text in published(office))


def test_tampering_with_what_was_left_is_seen(office: DataFolder, tmp_path: Path) -> None:
    with Office.open(office) as opened:
        (seq,) = opened.connection.execute("SELECT min(seq) FROM ledger_redaction").fetchone()
        for row in opened.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            opened.connection.execute(f"DROP TRIGGER {row['name']}")
        opened.connection.execute("BEGIN")
        opened.connection.execute("UPDATE ledger_payload SET body = '{}' WHERE seq = ?", (seq,))
        assert ledger.first_broken(opened.connection) == (seq, "payload")
        opened.connection.execute("ROLLBACK")


def test_nobody_is_named_in_a_correction(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    paths = [
        write_rows(kinds()["branches"], tmp_path / "r.xlsx", register_rows()),
        write_rows(kinds()["shoppers"], tmp_path / "p.xlsx", PEOPLE),
        write_rows(kinds()["appeals"], tmp_path / "a.xlsx", appeals(REASONS)),
    ]
    report = ingest(folder, paths)
    (sha,) = [f.sha256 for f in report.files if f.kind == "appeals"]
    for new, reason in ((f"{NAME}说已改", "更正"), ("已改", f"{NAME}来电")):
        with pytest.raises(Fault) as told:
            correct(folder, sha, [Change("", f"{REASON}5", REASONS[0], new)], reason)
        assert told.value.status == 1 and "姓名" in told.value.zh
    correct(folder, sha, [Change("", f"{REASON}5", REASONS[0], "已改")], "去掉姓名")
    with Office.open(folder) as opened:
        ((_, said),) = ledger.payloads(opened.connection, "correction")
    assert said["old"] == f"按{MASK}、{MASK}所见重训"
    asked = ["--data", str(folder.root), "erase", "S01", "--reason", "本人要求"]
    done = CliRunner().invoke(load_commands(), [*asked, "--json"])
    assert done.exit_code == 0
    schema = Path(pipeline.__file__).parent / "schemas" / "erase.schema.json"
    jsonschema.validate(json.loads(done.stdout), json.loads(schema.read_text("utf-8")))
    again = CliRunner().invoke(load_commands(), asked)
    assert again.exit_code == 2 and NAME not in again.output
