"""What a header means: confirmed once, refused where it has a meaning, known to the ledger."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline import spellings
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office import spellings as records
from pipeline.office.spellings import Standing
from pipeline.parsing.headers import names_of
from pipeline.verify import verify


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def standing(folder: DataFolder, until: int | None = None) -> Standing:
    with Office.open(folder) as office:
        return records.standing(office.connection, until)


def test_a_confirmed_spelling_is_read_and_on_record(folder: DataFolder) -> None:
    made, new = spellings.confirm(folder, "performance", "接待 人次数（人）", "served", actor="王")
    assert new and (made.header, made.column, made.actor) == ("接待 人次数（人）", "served", "王")
    extra = spellings.known(folder).extra
    found = names_of("performance", extra).find("接待人次数")
    assert found is not None and found[0].id == "served"
    assert names_of("performance").find("接待人次数") is None
    with Office.open(folder) as office:
        ((seq, told),) = ledger.payloads(office.connection, records.CONFIRMED)
    assert seq == made.number
    assert told == {
        "kind": "performance", "header": "接待人次数", "written": "接待 人次数（人）",
        "column": "served",
    }  # fmt: skip


def test_said_twice_it_is_recorded_once(folder: DataFolder) -> None:
    first, _ = spellings.confirm(folder, "performance", "接待人次数", "served")
    again, new = spellings.confirm(folder, "performance", "接待人次数 ", "接待客户数")
    assert not new and again == first
    with Office.open(folder) as office:
        assert office.head().seq == 1


@pytest.mark.parametrize(
    ("kind", "header", "column", "status"),
    [
        ("performance", "识别客户数", "served", 1),  # another column's own name
        ("performance", "identified", "served", 1),
        ("performance", "网点号", "served", 1),  # a declared spelling of another column
        ("performance", "接待客户数", "served", 1),  # nothing to confirm
        ("scorecards", "A101", "round", 1),  # an item id
        ("scorecard", "轮次", "edition", 1),  # a head field
        ("performances", "接待人次数", "served", 2),
        ("performance", "接待人次数", "serve", 2),
        ("performance", "12", "served", 2),
        ("performance", "序号", "served", 2),
        ("performance", "   ", "served", 2),
        ("performance", "长" * 61, "served", 2),
    ],
)
def test_what_is_refused(
    folder: DataFolder, kind: str, header: str, column: str, status: int
) -> None:
    with pytest.raises(Fault) as told:
        spellings.confirm(folder, kind, header, column)
    assert told.value.status == status
    assert told.value.zh and told.value.en
    assert spellings.known(folder) == Standing()


def test_a_confirmed_spelling_cannot_get_a_second_meaning(folder: DataFolder) -> None:
    spellings.confirm(folder, "performance", "客流", "served")
    with pytest.raises(Fault, match="接待客户数") as told:
        spellings.confirm(folder, "performance", "客流", "identified")
    assert told.value.status == 1 and "revoke" in told.value.en
    spellings.revoke(folder, "performance", "客流")
    _, new = spellings.confirm(folder, "performance", "客流", "identified")
    assert new


def test_another_kind_may_use_the_word_otherwise(folder: DataFolder) -> None:
    """轮次 is a round in scorecards; in the register it means nothing yet."""
    spellings.confirm(folder, "branches", "轮次", "opened")
    assert spellings.known(folder).extra == {"branches": {"轮次": "opened"}}


def test_spellings_stand_from_one_record_to_another(folder: DataFolder) -> None:
    first, _ = spellings.confirm(folder, "performance", "客流", "served")  # record 1
    spellings.confirm(folder, "performance", "在编人数", "staff")  # record 2
    spellings.revoke(folder, "performance", "客流")  # record 3
    spellings.confirm(folder, "performance", "客流", "identified")  # record 4
    assert first.number == 1
    assert standing(folder, 0) == Standing(0, {})
    assert standing(folder, 1) == Standing(1, {"performance": {"客流": "served"}})
    both = {"performance": {"客流": "served", "在编人数": "staff"}}
    assert standing(folder, 2) == Standing(2, both)
    assert standing(folder, 3) == Standing(3, {"performance": {"在编人数": "staff"}})
    assert standing(folder, 4).extra["performance"] == {"在编人数": "staff", "客流": "identified"}
    assert standing(folder) == standing(folder, 4) == standing(folder, 99)


def test_what_was_not_confirmed_cannot_be_revoked(folder: DataFolder) -> None:
    with pytest.raises(Fault) as told:
        spellings.revoke(folder, "performance", "客流")
    assert told.value.status == 2
    assert not folder.root.exists()


def test_asking_creates_nothing(folder: DataFolder) -> None:
    assert spellings.known(folder) == Standing()
    nothing = {"confirmed": [], "proposals": [], "ignored": []}
    assert spellings.listed(folder).to_json() == nothing
    assert not folder.root.exists()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE spelling SET column_id = 'identified'",
        "UPDATE spelling SET revoked_seq = 1",
        "DELETE FROM spelling",
        "INSERT INTO spelling VALUES (2, 'performance', 'x', 'x', 'staff', 'a', 'b', NULL)",
    ],
)
def test_a_spelling_changed_beside_the_ledger_is_seen(folder: DataFolder, harm: str) -> None:
    spellings.confirm(folder, "performance", "客流", "served")
    assert verify(folder).ok
    with sqlite3.connect(folder.office) as connection:
        connection.execute(harm)
    connection.close()
    assert {p.check for p in verify(folder).problems} == {"spellings"}


def test_only_a_header_confirmed_since_makes_a_file_worth_reading_again() -> None:
    unknown = [{"rule": "unknown_column", "value": "客 流（人）"}]
    other = [{"rule": "jump", "value": "客流"}]
    confirmed = Standing(4, {"performance": {"客流": "served"}})
    assert spellings.now_read(unknown, "performance", confirmed)
    assert not spellings.now_read(unknown, "targets", confirmed)
    assert not spellings.now_read(unknown, None, confirmed)
    assert not spellings.now_read(other, "performance", confirmed)
    assert not spellings.now_read(unknown, "performance", Standing())
