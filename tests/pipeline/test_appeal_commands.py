"""Appeals at their edges: who reads what, evidence, rehearsal, interruption, the appeal sheet.

One office for the whole module, whose third quarter was published on Friday 9 October 2026 and is
checked until the 13th. No round is on record: corrections stay possible beside appeals.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from audits.appeals import Appeal, Contested
from pipeline import appeals
from pipeline.appealing import evidence
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.office.appeals import standing
from pipeline.persons import MASK, NUMBER, SOMEBODY, Masker
from pipeline.publishing.recorded import with_recorded
from pipeline.warehouse.schema import fact_tables
from tests.pipeline.offices import (
    CLERK,
    EAST_HEAD,
    HEAD,
    UNION,
    WEST_HEAD,
    Clock,
    Line,
    card,
    cell_of,
    with_register,
)
from tests.pipeline.test_ingest import EAST, WEST

LOST = {("ENV01", 0): 0, ("STEP4A", 1): "否", ("STEP4B", 1): None, ("CH04", 0): "否",
        ("MGR03", 0): 1, ("HALL09", 0): "否", ("COMP04", 0): "否"}  # fmt: skip
PDF, JPG = b"%PDF-1.7\n", b"\xff\xd8\xff\xe0" + bytes(32)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("appeals")


@pytest.fixture(scope="module")
def line(box: Path) -> Iterator[Line]:
    with pytest.MonkeyPatch.context() as patch:
        made, clock = Line(box / "data"), Clock(patch)
        clock.set(9, 14)
        with_register(made, box / "sheets")
        east = card(box / "east.xlsx", EAST, date(2026, 9, 10), LOST)
        west = card(box / "west.xlsx", WEST, date(2026, 9, 11), {("ENV01", 0): 1}, hour=14)
        made.run("ingest", str(east), str(west))
        clock.set(10, 9)
        made.run("publish", "--period", "2026Q3")
        clock.set(10, 12)
        yield made


def file(line: Line, item: str, *more: str, who: str = EAST_HEAD, expect: int = 0) -> str:
    words = ("--period", "2026Q3", "--item", item, "--reason", "与事实不符", "--as", who)
    return line.run("appeal", "file", *words, *more, expect=expect)


def number(line: Line) -> int:
    with Office.open(DataFolder(line.root)) as office:
        return max(standing(office.connection))


@pytest.mark.parametrize(
    ("item", "more", "who", "status", "said"),
    [
        ("ENV02", (), EAST_HEAD, 2, "没有失分"),
        ("XX99", (), EAST_HEAD, 2, "没有考核项"),
        ("ENV01", ("--visit", "2026-09-11"), EAST_HEAD, 2, "没有本网点的这次暗访"),  # the west's
        ("ENV01", ("--encounter", "2"), EAST_HEAD, 2, "没有失分"),
        ("ENV01", (), CLERK, 1, "由网点负责人办理"),
        ("ENV01", ("--evidence", "没有.pdf"), EAST_HEAD, 2, "读不到"),
    ],
)
def test_what_cannot_be_appealed(
    line: Line, item: str, more: tuple[str, ...], who: str, status: int, said: str
) -> None:
    assert said in file(line, item, *more, who=who, expect=status)


def test_an_appeal_that_is_wholly_upheld_gets_the_best_answer(line: Line, box: Path) -> None:
    """ENV01, levels 0 to 2: from 0 to 2, without anybody writing the answer."""
    proof, masked = box / "原件.pdf", box / "遮盖.jpg"
    proof.write_bytes(PDF)
    masked.write_bytes(JPG)
    file(line, "ENV01", "--evidence", str(proof))
    own = str(number(line))
    assert "已有申诉" in file(line, "ENV01", expect=1)
    upheld = ("appeal", "propose", own, "--outcome", "upheld", "--reason", "照片可证", "--as")
    line.run(*upheld, CLERK, "--masked", str(masked))
    line.run("appeal", "agree", own, "--as", UNION)
    told = line.json("appeal-list", "appeal", "list", own)["appeals"][0]
    assert (told["state"], told["applied"]) == ("upheld", True)
    assert told["answers"] == [{"encounter": 0, "answer": "2"}]
    # the original for office and branch, the masked copy for the union, nothing for others
    for who, expected in ((CLERK, PDF), (EAST_HEAD, PDF), (UNION, JPG)):
        line.run("appeal", "evidence", own, "-o", str(box / "out"), "--as", who)
        assert (box / "out").read_bytes() == expected
    for who in (WEST_HEAD, "周/city", "孔/hq"):
        line.run("appeal", "evidence", own, "-o", str(box / "out"), "--as", who, expect=2)


def test_counts_are_everybodys_words_are_not(line: Line) -> None:
    file(line, "COMP04")
    mine = line.json("appeal-list", "appeal", "list", "--as", EAST_HEAD)
    assert [a["branch"] for a in mine["appeals"]] == [EAST[0]] * len(mine["appeals"])
    for who in (WEST_HEAD, "周/city@3701", "孔/hq"):
        told = line.json("appeal-list", "appeal", "list", "--as", who)
        assert told["appeals"] == [] and told["counts"] == mine["counts"]
    union = line.json("appeal-list", "appeal", "list", "--as", UNION)
    assert {a["actor"] for one in union["appeals"] for a in one["acts"]} == {""}
    line.run("appeal", "withdraw", str(number(line)), "--as", WEST_HEAD, expect=1)
    line.run("appeal", "withdraw", str(number(line)), "--as", EAST_HEAD)


def test_what_would_not_hold_is_not_even_proposed(line: Line) -> None:
    """STEP4A said no, so STEP4B was not asked; with yes it would be blank."""
    file(line, "STEP4A")
    own = str(number(line))
    words = ("--outcome", "upheld", "--reason", "监控可证", "--as", CLERK)
    assert "STEP4B" in line.run("appeal", "propose", own, *words, expect=1)
    state = line.json("appeal-list", "appeal", "list", own)["appeals"][0]["state"]
    assert state == "filed"
    wrong = ("--outcome", "upheld", "--answer", "2=是", "--reason", "x", "--as", CLERK)
    assert "次序" in line.run("appeal", "propose", own, *wrong, expect=2)
    rejected = ("--outcome", "rejected", "--reason", "监控未见", "--as", CLERK)
    line.run("appeal", "propose", own, *rejected)
    line.run("appeal", "object", own, "--reason", "应再核实", "--as", UNION)
    line.run("appeal", "decide", own, "--reason", "已核", "--as", HEAD, expect=1)  # still in time


def test_an_appeal_never_makes_it_worse(line: Line) -> None:
    """MGR03, levels 0 to 3, stands at 1."""
    file(line, "MGR03")
    own = str(number(line))
    words = ("--outcome", "partly", "--reason", "x", "--as", CLERK)
    assert "得分反而更低" in line.run("appeal", "propose", own, *words, "--answer", "0", expect=1)
    assert "不符" in line.run("appeal", "propose", own, *words, "--answer", "1", expect=1)
    line.run("appeal", "propose", own, *words, "--answer", "2")


def test_it_takes_the_place_of_a_correction_and_cannot_be_taken_back(line: Line, box: Path) -> None:
    """CH04: the card says no, was corrected to n/a by the office, and becomes yes by appeal."""
    cell = cell_of(box / "east.xlsx", "COMP04", 0)
    change = ("--cell", cell, "--old", "否", "--new", "是", "--reason", "录错")
    sha256 = _sha(line)
    line.run("correct", sha256, *change)
    line.run("correct", sha256, "--cell", cell_of(box / "east.xlsx", "CH04", 0),
             "--old", "否", "--new", "否 ", "--reason", "无", expect=2)  # fmt: skip
    file(line, "CH04")
    own = str(number(line))
    line.run("appeal", "propose", own, "--outcome", "upheld", "--reason", "属实", "--as", CLERK)
    line.run("appeal", "agree", own, "--as", UNION)
    held = [c for c in line.json("correct-list", "correct", "list")["corrections"]
            if c["state"] == "in_force"]  # fmt: skip
    assert {(c["cell"], c["new"], c["appeal"] is None) for c in held} >= {(cell, "是", True)}
    (by_appeal,) = [c for c in held if c["appeal"] == int(own)]
    taken_back = ("correct", "withdraw", str(by_appeal["correction"]), "--reason", "x")
    assert "申诉" in line.run(*taken_back, expect=1)


def _sha(line: Line) -> str:
    with Office.open(DataFolder(line.root)) as office:
        row = office.connection.execute("SELECT sha256 FROM upload WHERE name = 'east.xlsx'")
        return str(row.fetchone()[0])


def test_what_was_decided_before_a_kill_is_carried_out_by_the_next_publishing(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(line, "HALL09")
    own = number(line)
    words = ("--outcome", "upheld", "--reason", "属实", "--as", CLERK)
    line.run("appeal", "propose", str(own), *words)
    with monkeypatch.context() as patch:
        patch.setattr(appeals, "_carry_out", _killed)
        with pytest.raises(KeyboardInterrupt):
            appeals.decide(DataFolder(line.root), own, "agree", appeals.Actor("吴霞", "union"))
    told = line.json("appeal-list", "appeal", "list", str(own))["appeals"][0]
    assert (told["state"], told["applied"]) == ("upheld", False)
    second = line.json("publish", "publish", "--period", "2026Q3")
    (changed,) = [e for e in second["restatements"] if e["appeal"] == own]
    assert changed["key"].endswith("|0|HALL09")
    told = line.json("appeal-list", "appeal", "list", str(own))["appeals"][0]
    assert told["applied"]
    # a correction (COMP04) changed figures too: everybody has to look again, from the 12th on
    assert second["check"]["until"] == "2026-10-15"
    manifest = json.loads((Path(second["path"]) / "manifest.json").read_text("utf-8"))
    assert manifest["opens_check"] and manifest["rounds"][0]["state"] == "none"


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\x00"),
        ("b.pdf", b""),
        ("a.jpg", b"<html>"),
        ("a.docx", b"PK\x03\x04"),
    ],
)
def test_evidence_is_told_by_its_bytes(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Fault) as fault:
        evidence.taken(DataFolder(tmp_path / "data"), path, 1)
    assert fault.value.status == 1 and "PDF" in fault.value.zh


def test_evidence_has_a_size_and_no_macros(tmp_path: Path) -> None:
    large, macros = tmp_path / "大.pdf", tmp_path / "宏.docx"
    large.write_bytes(PDF + bytes(1_000_000))
    with zipfile.ZipFile(macros, "w") as box:
        box.writestr("word/document.xml", "<w/>")
        box.writestr("word/vbaProject.bin", b"x")
    for path in (large, macros):
        with pytest.raises(Fault):
            evidence.taken(DataFolder(tmp_path / "data"), path, 1)
    with pytest.raises(Fault) as fault:
        evidence.taken(DataFolder(tmp_path / "data"), tmp_path, 1)
    assert fault.value.status == 2


def test_people_are_masked_and_facts_are_not() -> None:
    masker = Masker(["S0417"], ["欧阳静"], ["云安东"])
    said = "暗访员S0417（欧 阳静）当日未取号；柜员李建国，客户王女士均可作证，"
    said += "云安东行长在场，电话13912345678。"
    told = masker.people(said)
    for hidden in ("S0417", "欧", "李建国", "王女士", "云安东", "13912345678"):
        assert hidden not in told
    assert MASK in told and SOMEBODY in told and NUMBER in told
    assert "当日未取号" in told and "女士均可作证" in told
    kept = "厅堂第3项扣2.5分，第1柜台10:05办理，客户等候12分钟，高峰时段。"
    assert masker.people(kept) == kept


def test_sheet_and_record_live_together_by_round() -> None:
    """Of a round on record only the record counts; of others both, each appeal once."""
    columns = [c for c in fact_tables()["appeal"].columns if c not in ("upload_id", "seq")]

    def row(id: str, round: str, item: str) -> dict[str, object]:
        given = {"sha256": "ab" * 32, "sheet": "台账", "row": 2, "appeal_id": id, "round": round}
        given |= {"branch_code": "0101", "item_id": item, "filed_date": date(2026, 7, 1)}
        return {c: given.get(c) for c in ("sha256", *columns)} | {"outcome": "成立"}

    sheet = pl.DataFrame([row("a", "2026Q1", "T1"), row("b", "2026Q2", "T1"),
                          row("c", "2026Q3", "T1"), row("d", "2026Q3", "T2")],
                         schema_overrides={"visit_date": pl.Date, "decided_date": pl.Date,
                                           "edition": pl.String, "reason": pl.String,
                                           "row": pl.Int64})  # fmt: skip
    map = pl.DataFrame(schema={"sha256": pl.String, "sheet": pl.String, "column": pl.String,
                               "letter": pl.String, "row": pl.Int64})  # fmt: skip
    about = Contested("2026Q3", "0101", "ef" * 8, "T1", (0,), "2026Q3", "covert-1")
    known = [Appeal(1, "partly", about, date(2026, 7, 5)),
             Appeal(2, "withdrawn", about, date(2026, 7, 6)),
             Appeal(3, "filed", about, date(2026, 8, 1))]  # fmt: skip
    both = with_recorded({"appeal": sheet, "column_map": map}, known, ["2026Q2"], "2026-07")
    told = dict(both["appeal"].select("appeal_id", "outcome").rows())
    assert told == {"#1": "部分成立", "a": "成立", "d": "成立"}
    assert with_recorded({"appeal": sheet, "column_map": map}, [], [], "2026-07")["appeal"].equals(
        sheet
    )
