"""Rounds through the command line: keys, sealing, deadlock, ledger, restore; real scorecards."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.office import Office, proceedings
from pipeline.verify import verify
from tests.pipeline.offices import (
    CLERK,
    EDITION,
    HEAD,
    UNION,
    Clock,
    Line,
    card,
    running_round,
    with_register,
)
from tests.pipeline.test_ingest import EAST, WEST


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "data")


def taken(line: Line, *paths: Path) -> list[tuple[str, list[str]]]:
    """Status and rules of errors of each file, in path order."""
    report = ingest(DataFolder(line.root), paths).to_json()["files"]
    return [
        (f["status"], [x["rule"] for x in f["findings"] if x["severity"] == "error"])
        for f in report
    ]


def test_a_sealed_round_takes_nothing_more(line: Line, clock: Clock, tmp_path: Path) -> None:
    """Refused before both keys, taken while it runs, refused when sealed: each with its cure."""
    with_register(line, tmp_path / "sheets")
    line.run("round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
    first = card(tmp_path / "a.xlsx", EAST, date(2026, 9, 10))
    assert taken(line, first) == [("refused", ["round_not_running"])]
    line.run("round", "cancel", "2026Q3", "--reason", "重来", "--as", CLERK)
    running_round(line, clock)
    clock.set(9, 14)
    assert taken(line, first) == [("accepted", [])]
    line.run("round", "seal", "2026Q3", "--as", CLERK)
    changed = card(tmp_path / "b.xlsx", EAST, date(2026, 9, 10), {("ENV04", 0): "否"})
    forgotten = card(tmp_path / "c.xlsx", WEST, date(2026, 9, 11))
    other = card(tmp_path / "d.xlsx", WEST, date(2026, 6, 11), round="2026Q2")
    assert taken(line, changed, forgotten, other) == [
        ("refused", ["round_sealed"]),
        ("refused", ["round_sealed"]),
        ("accepted", []),  # no such round is on record: nothing to hold it against
    ]
    assert taken(line, first) == [("duplicate", [])]  # it was taken, and that is no fault
    said = ingest(DataFolder(line.root), [changed]).files[0].findings[0]
    assert "2026-09-14" in said["zh"] and "mingcha appeal file" in said["en"]
    sha256 = hashlib.sha256(first.read_bytes()).hexdigest()
    change = ("correct", sha256, "--cell", "B5", "--old", "2026-09-10", "--new", "2026-09-12")
    corrected = line.run(*change, "--reason", "改", expect=1)
    assert "封存" in corrected and "申诉" in corrected
    assert verify(DataFolder(line.root)).ok


def test_a_round_of_some_branches_and_its_edition(line: Line, clock: Clock, tmp_path: Path) -> None:
    with_register(line, tmp_path / "sheets")
    few = ("--edition", "open-1", "--branch", WEST[0], "--as", CLERK)
    line.run("round", "draft", "2026Q3", *few)
    line.run("round", "show", "2026Q3", "--as", CLERK)
    clock.set(9, 9)
    line.run("round", "open", "2026Q3", "--as", CLERK)
    line.run("round", "countersign", "2026Q3", "--as", f"吴霞/union@{WEST[0]}", expect=1)
    line.run("round", "countersign", "2026Q3", "--as", f"吴霞/union@{EAST[0]}")
    path = card(tmp_path / "a.xlsx", EAST, date(2026, 9, 10))
    assert taken(line, path) == [("refused", ["round_edition"])]


def test_two_keys_and_a_deadlock_on_record(line: Line, clock: Clock) -> None:
    """Opened on 9 September; the union may answer until the 16th; decided on the 17th."""
    clock.set(9, 1)
    line.json("round", "round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
    assert "round show" in line.run("round", "open", "2026Q3", "--as", CLERK, expect=1)
    line.run("round", "show", "2026Q3", "--as", CLERK)  # 2, 3, 4, 7, 8 September
    clock.set(9, 8)
    assert "2026-09-08" in line.run("round", "open", "2026Q3", "--as", CLERK, expect=1)
    clock.set(9, 9)
    line.run("round", "open", "2026Q3", "--as", CLERK)
    line.run("round", "countersign", "2026Q3", "--as", CLERK, expect=1)
    line.run("round", "countersign", "2026Q3", "--as", "张敏/union", expect=1)  # the same person
    line.run("round", "refuse", "2026Q3", "--reason", "样本偏少", "--as", UNION)
    clock.set(9, 16)
    decide = ("round", "decide", "2026Q3", "--reason", "双方各执一词，先行开始", "--as", HEAD)
    assert "2026-09-16" in line.run(*decide, expect=1)
    clock.set(9, 17)
    (told,) = line.json("round", *decide)["rounds"]
    assert (told["state"], told["without_union"]) == ("running", True)
    assert [a["event"] for a in told["acts"]] == ["draft", "show", "open", "refuse", "decide"]
    assert "双方各执一词" in line.run("round", "list", "2026Q3")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("round", "list", "2027Q1"), 2),
        (("round", "draft", "第三季度", "--edition", EDITION, "--as", CLERK), 2),
        (("round", "draft", "2026Q3", "--edition", "covert-99", "--as", CLERK), 2),
        (("round", "draft", "2026Q3", "--edition", EDITION, "--as", "张敏"), 2),
        (("round", "draft", "2026Q3", "--edition", EDITION, "--as", "张敏/branch"), 2),
        (("round", "draft", "2026Q3", "--edition", EDITION, "--as", "李东/branch@01"), 1),
        (("round", "seal", "2026Q3", "--as", CLERK), 1),
    ],
)
def test_wrong_usage_and_refusals(line: Line, words: tuple[str, ...], status: int) -> None:
    assert line.run(*words, expect=status).strip()


def test_never_without_the_union_where_the_office_says_so(line: Line, clock: Clock) -> None:
    line.root.mkdir()
    (line.root / "settings.yaml").write_text("deadlock: never\nshow_days: 0\n", "utf-8")
    line.run("round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
    line.run("round", "show", "2026Q3", "--as", CLERK)
    clock.set(9, 2)
    line.run("round", "open", "2026Q3", "--as", CLERK)
    clock.set(9, 30)
    decide = ("round", "decide", "2026Q3", "--reason", "逾期", "--as", HEAD)
    assert "工会" in line.run(*decide, expect=1)


def test_a_round_cannot_be_sealed_while_planned_visits_are_missing(
    line: Line, clock: Clock, tmp_path: Path
) -> None:
    """Two planned in the east, one made; one planned and made in the west."""
    with_register(line, tmp_path / "sheets")
    running_round(line, clock)
    from pipeline.sheets import kinds
    from tests.pipeline.test_ingest import book

    columns = kinds()["plans"].columns
    rows = [
        {"plan_id": f"P{n}", "round": "2026Q3", "branch_code": b, "planned_date": "2026-09-15"}
        for n, b in enumerate((EAST[0], EAST[0], WEST[0]))
    ]
    plan = book(tmp_path / "计划.xlsx", [c.zh for c in columns],
                [[r.get(c.id) for c in columns] for r in rows])  # fmt: skip
    cards = [card(tmp_path / "a.xlsx", EAST, date(2026, 9, 10)),
             card(tmp_path / "b.xlsx", WEST, date(2026, 9, 11))]  # fmt: skip
    assert [rules for _, rules in taken(line, plan, *cards)] == [[]] * 3
    assert "1" in line.run("round", "seal", "2026Q3", "--as", CLERK, expect=1)
    seal = ("round", "seal", "2026Q3", "--reason", "网点装修停业", "--as", CLERK)
    (told,) = line.json("round", *seal)["rounds"]
    assert (told["state"], told["missing"]) == ("sealed", 1)


def test_a_changed_row_is_seen_and_made_anew_from_the_ledger(line: Line, clock: Clock) -> None:
    running_round(line, clock)
    folder = DataFolder(line.root)
    assert verify(folder).ok
    connection = sqlite3.connect(folder.office)
    connection.execute("UPDATE proceeding SET event = 'decide' WHERE event = 'countersign'")
    connection.execute("DELETE FROM proceeding WHERE event = 'show'")
    connection.commit()
    connection.close()
    assert {p.check for p in verify(folder).problems} == {"proceedings"}
    assert len(verify(folder).problems) == 2
    line.run("rebuild")
    assert verify(folder).ok
    assert line.json("round", "round", "list")["rounds"][0]["state"] == "running"


def test_what_somebody_wrote_can_be_erased(line: Line, clock: Clock) -> None:
    clock.set(9, 1)
    line.run("round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
    line.run("round", "cancel", "2026Q3", "--reason", "因王某某个人原因", "--as", CLERK)
    with Office.open(DataFolder(line.root)) as office, office.transaction() as writing:
        seq = proceedings.entries(writing, "round")[-1].seq
        proceedings.forget(writing, seq, "office", "个人信息删除请求")
    assert verify(DataFolder(line.root)).ok
    assert "王某某" not in line.run("round", "list", "2026Q3")
    assert b"\xe7\x8e\x8b\xe6\x9f\x90\xe6\x9f\x90" not in b"".join(
        text.encode() for (text,) in sqlite3.connect(line.root / "office.sqlite").execute(
            "SELECT said FROM proceeding UNION ALL SELECT body FROM ledger_payload")
    )  # fmt: skip


@pytest.mark.parametrize("who", ["张 敏/union", "张\u200b敏 ／ union"])
def test_one_person_by_another_spelling_is_one_person(line: Line, clock: Clock, who: str) -> None:
    clock.set(9, 1)
    line.run("round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
    line.run("round", "show", "2026Q3", "--as", CLERK)
    clock.set(9, 9)
    line.run("round", "open", "2026Q3", "--as", CLERK)
    assert "张敏" in line.run("round", "countersign", "2026Q3", "--as", who, expect=1)


def test_a_round_of_branches_that_nobody_knows_is_refused(
    line: Line, clock: Clock, tmp_path: Path
) -> None:
    """Else it would concern nobody's own branch."""
    with_register(line, tmp_path / "sheets")
    clock.set(9, 1)
    draft = ("round", "draft", "2026Q3", "--edition", EDITION, "--as", CLERK)
    lost = WEST[0].lstrip("0")
    for code in (lost, f" {WEST[0]}", "9999", "'; DROP TABLE visit; --"):
        assert code in line.run(*draft, "--branch", code, expect=2)
    line.run(*draft, "--branch", WEST[0])


def test_a_sealed_card_does_not_leave_its_round(line: Line, clock: Clock, tmp_path: Path) -> None:
    """Corrected into a round that is not on record it would be gone from the sealed one."""
    with_register(line, tmp_path / "sheets")
    running_round(line, clock)
    clock.set(9, 14)
    path = card(tmp_path / "a.xlsx", EAST, date(2026, 9, 10))
    assert taken(line, path) == [("accepted", [])]
    line.run("round", "seal", "2026Q3", "--as", CLERK)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    sheet = openpyxl.load_workbook(path).worksheets[0]
    at = {sheet.cell(r, 2).value: f"B{r}" for r in range(1, 15)}
    moved = {"2026Q3": "2026Q2", "2026-09-10": "2026-06-10"}
    words = [w for old, new in moved.items()
             for w in ("--cell", at[old], "--old", old, "--new", new)]  # fmt: skip
    change = ("correct", sha256, *words)
    assert "封存" in line.run(*change, "--reason", "改", expect=1)
    assert verify(DataFolder(line.root)).ok
