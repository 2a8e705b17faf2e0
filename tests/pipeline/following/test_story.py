"""Corrective actions through the real command line: a year of three branches, counted by hand."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

import pipeline
from following.world import CLERK, A, B, C, id_of, mingcha, register, replies, set_clock, visits
from pipeline.explain import explain
from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication

A1, A2, B1, C1 = (id_of("2026Q1", *k) for k in ((A, "TR01"), (A, "MM02"), (B, "TR01"), (C, "TR01")))


def conforms(text: str, name: str) -> Any:
    path = Path(pipeline.__file__).parent / "schemas" / f"{name}.schema.json"
    document, schema = json.loads(text), json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document


class Year:
    """The data folder, and what the commands said on the way."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root, self.files, self.patch = root / "data", root, patch
        self.said: dict[str, Any] = {}
        self.root.mkdir()  # its quarters are published at once, without a check period
        (self.root / "settings.yaml").write_text("check_days: 0\n", "utf-8")

    def today(self, month: int, day: int) -> None:
        set_clock(self.patch, date(2026, month, day))

    def run(self, *arguments: str, status: int = 0) -> str:
        done = mingcha(self.root, *arguments)
        assert done.exit_code == status, (arguments, done.output, done.exception)
        assert "Traceback" not in done.output
        return done.stdout

    def action(self, *arguments: str, status: int = 0, schema: str = "action") -> Any:
        return conforms(self.run("action", *arguments, "--json", status=status), schema)

    def ingest(self, *paths: Path) -> list[dict[str, Any]]:
        told = self.run("ingest", *map(str, paths), "--json")
        return [f for file in json.loads(told)["files"] for f in file["findings"]]

    def publication(self, period: str) -> Publication:
        found = open_publication(DataFolder(self.root), period)
        assert found is not None
        return found

    def value(self, period: str, metric: str, of: str) -> tuple[float, float]:
        """Numerator and denominator in the province, as publication `period` has it for `of`."""
        rows = self.publication(period).table("metric_value").to_dicts()
        (row,) = [r for r in rows if (r["metric"], r["scope"], r["period"]) == (metric, "01", of)]
        return row["numerator"], row["denominator"]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    with pytest.MonkeyPatch.context() as patch:
        told = Year(tmp_path_factory.mktemp("year"), patch)
        _first_round(told)
        _second_round(told)
        _third_round(told)
        yield told


def _first_round(year: Year) -> None:
    year.today(4, 8)
    year.ingest(register(year.files / "名册.xlsx"), visits(year.files / "一季度.xlsx", "2026Q1"))
    year.run("publish", "--period", "2026Q1")
    year.said["preview"] = mingcha(year.root, "action", "open", "--period", "2026Q1", "--as", CLERK)
    year.run("publish", "--period", "2026Q1", "--stage", "formal")
    year.said["opened"] = year.action(
        "open", "--period", "2026Q1", "--as", CLERK, schema="action-open"
    )
    year.said["again"] = year.action(
        "open", "--period", "2026Q1", "--as", CLERK, schema="action-open"
    )
    year.today(4, 15)
    photo = year.files / "照片.jpg"
    photo.write_bytes(b"a photograph")
    own = ("reply", A2, "--as", f"李东/branch@{A}", "--measure", "已补记录", "--done", "2026-04-14")
    year.said["reply"] = year.action(*own, "--evidence", str(photo))
    year.today(4, 17)
    sheet = replies(
        year.files / "回复.xlsx",
        (A1, A, "TR01", "已配新版手册", "2026-04-16", "手册.jpg"),
        (B1, B, "TR01", "已配新版手册", "2026-04-16", "手册.jpg"),
        (C1, C, "TR01", "已向分行申领", None, ""),  # not done yet: progress
        (A2, B, "MM02", "不是我的", "2026-04-16", "x.jpg"),  # another branch's
        ("Z0", B, "MM02", "没有这个编号", "2026-04-16", "x.jpg"),  # nobody's: of the office's sheet
    )
    year.said["findings"] = year.ingest(sheet)
    year.said["replied"] = year.action("list", schema="action-list")
    year.today(4, 20)
    year.said["accepted"] = year.action("accept", A1, A2, B1, C1, "--as", CLERK, status=1)


def _second_round(year: Year) -> None:
    year.today(7, 9)
    year.ingest(visits(year.files / "二季度.xlsx", "2026Q2"))
    year.run("publish", "--period", "2026Q2", "--stage", "formal")
    year.said["second"] = year.action(
        "open", "--period", "2026Q2", "--as", CLERK, schema="action-open"
    )
    year.run("publish", "--period", "2026Q2", "--stage", "formal")  # as it stood: nothing new


def _third_round(year: Year) -> None:
    year.today(10, 13)
    year.ingest(visits(year.files / "三季度.xlsx", "2026Q3"))
    year.run("publish", "--period", "2026Q3", "--stage", "formal")
    year.said["third"] = year.action(
        "open", "--period", "2026Q3", "--as", CLERK, schema="action-open"
    )


def test_a_preview_opens_nothing(year: Year) -> None:
    assert year.said["preview"].exit_code == 1
    assert "核对期" in year.said["preview"].output


def test_the_first_round_opens_four_by_hand(year: Year) -> None:
    """CW06 costs one point, which is under the floor."""
    said = year.said["opened"]
    assert (said["defects"], sorted(said["opened"])) == (4, sorted([A1, A2, B1, C1]))
    assert said["recurred"] == said["repeated"] == said["gone"] == []
    assert (year.said["again"]["known"], year.said["again"]["opened"]) == (4, [])


def test_owner_severity_and_due_day(year: Year) -> None:
    """MM02 costs 3 points: major, ten working days from 8 April: 22 April. TR01 costs 2: minor,
    twenty. 1 to 5 May 2026 are holidays and Saturday 9 May is worked (State Council notice), so
    the twentieth working day is 11 May: 9 10 13 14 15 16 17 20 21 22 23 24 27 28 29 30 April,
    6 7 8 9 May, the last of which is a worked Saturday."""
    rows = {r["action"]: r for r in year.said["replied"]["actions"]}
    assert (rows[A2]["severity"], rows[A2]["owner"], rows[A2]["due"]) == (
        "major", "branch_head", "2026-04-22",
    )  # fmt: skip
    assert (rows[A1]["severity"], rows[A1]["lost"], rows[A1]["due"]) == (
        "minor", "2", "2026-05-09",
    )  # fmt: skip
    assert rows[A1]["found"] == "2026-02-10"


def test_replies_come_by_command_and_by_sheet(year: Year) -> None:
    states = {r["action"]: r["state"] for r in year.said["replied"]["actions"]}
    assert states == {A1: "replied", A2: "replied", B1: "replied", C1: "open"}
    (progress,) = [r for r in year.said["replied"]["actions"] if r["action"] == C1]
    assert progress["measure"] == "已向分行申领" and progress["done"] is None
    (said,) = year.said["findings"]
    assert said["rule"] == "reply_not_taken" and said["severity"] == "warning"
    assert "只能由该网点回复" in said["zh"] and said["cell"] == "A5"


def test_accepting_tells_what_it_could_not_do(year: Year) -> None:
    said = year.said["accepted"]
    assert {r["action"]: r["closed"] for r in said["actions"]} == dict.fromkeys(
        (A1, A2, B1), "2026-04-20"
    )
    (refused,) = said["refused"]
    assert refused["action"] == C1 and "不能销号" in refused["zh"]


def test_recurrence_and_repetition_by_hand(year: Year) -> None:
    """Q2: A's TR01 was closed and fails again; C's was never closed; TR11 is new.
    Q3: B's TR01 fails in the second round after it was closed. C's goes on from the first."""
    second, third = year.said["second"], year.said["third"]
    assert second["recurred"] == [id_of("2026Q2", A, "TR01")]
    assert second["repeated"] == [C1]
    assert second["opened"] == [id_of("2026Q2", C, "TR11")]
    assert (third["recurred"], third["repeated"], third["opened"]) == (
        [id_of("2026Q3", B, "TR01")], [], [],
    )  # fmt: skip
    rows = {r["action"]: r for r in year.action("list", schema="action-list")["actions"]}
    new = rows[id_of("2026Q2", A, "TR01")]
    assert (new["recurs"], new["severity"]) == (A1, "major")  # minor, raised by one
    assert (rows[A1]["again"], rows[A1]["state"]) == (["2026Q2"], "closed")
    assert rows[C1]["again"] == ["2026Q2"] and rows[C1]["overdue"]
    assert rows[B1]["again"] == ["2026Q3"]
    assert not rows[A2]["recurring"]


def test_the_metrics_count_them(year: Year) -> None:
    """Due in the second quarter: A1, A2, B1 (closed 20 April, in time) and C1 (never).

    Closed in it: A1, A2, B1. Seen from the end of the second quarter one of them failed again, from
    the end of the third two. What was closed or opened after a quarter's end changes nothing in
    its own publication: the second was published again after actions had been opened.
    """
    assert year.value("2026Q2", "rectified_on_time", "2026Q2") == (3, 4)
    assert year.value("2026Q2", "recurrence", "2026Q2") == (1, 3)
    assert year.value("2026Q3", "recurrence", "2026Q2") == (2, 3)
    assert year.value("2026Q3", "rectified_on_time", "2026Q2") == (3, 4)
    folder = DataFolder(year.root)
    hashes = {open_publication(folder, "2026Q2", r).manifest["content_hash"] for r in (1, 2)}  # type: ignore[union-attr]
    assert len(hashes) == 1
    assert year.publication("2026Q2").table("restatement").is_empty()


def test_a_figure_is_walked_back_to_the_records(year: Year) -> None:
    found = explain(
        year.publication("2026Q2"),
        "rectified_on_time",
        "01",
        "2026Q2",
        folder=DataFolder(year.root),
    )
    jsonschema.validate(
        found,
        json.loads(
            (Path(pipeline.__file__).parent / "schemas" / "explain.schema.json").read_text("utf-8")
        ),
    )
    numerator, denominator = found["components"]
    closed = {
        (cell["sheet"], cell["cell"]): cell for row in numerator["rows"] for cell in row["cells"]
    }
    assert {cell["column"] for cell in closed.values()} == {"closed_date"}
    assert {cell["value"] for cell in closed.values()} == {"2026-04-20"}
    assert set(closed) == {(A1, "R3"), (A2, "R3"), (B1, "R3")}  # opened, replied, accepted
    due = {cell["sheet"]: cell for row in denominator["rows"] for cell in row["cells"]}
    assert due[C1]["value"] == "2026-05-09" and due[C1]["cell"] == "R1"
    shown = year.action("show", A1, schema="action-show")
    accepted = next(a for a in shown["acts"] if a["event"] == "accept")
    assert closed[A1, "R3"]["file"] == f"office-ledger#{accepted['record']}"
    blind = explain(year.publication("2026Q2"), "rectified_on_time", "01", "2026Q2")
    assert {c["file"] for p in blind["components"] for r in p["rows"] for c in r["cells"]} == {
        "office-ledger"
    }


def test_everything_holds_together_and_survives(year: Year, tmp_path: Path) -> None:
    assert json.loads(year.run("verify", "--json"))["problems"] == []
    year.run("rebuild")
    assert json.loads(year.run("verify", "--json"))["notes"] == []  # evidence is known too
    before = year.action("list", schema="action-list")
    year.run("backup", str(tmp_path / "all.zip"))
    back = mingcha(tmp_path / "back", "restore", str(tmp_path / "all.zip"))
    assert back.exit_code == 0, back.output
    told = mingcha(tmp_path / "back", "action", "list", "--json")
    assert json.loads(told.stdout) == before


@pytest.mark.parametrize(
    ("status", "arguments", "says"),
    [
        (2, ["accept", "Z-nothing", "--as", CLERK], "没有编号"),
        (2, ["accept", C1], "--as"),
        (2, ["accept", C1, "--as", "nobody"], "姓名/角色"),
        (2, ["accept", C1, "--as", "x/system"], "姓名/角色"),
        (2, ["chase", C1, "--as", "王/city"], "须写明代码"),
        (2, ["reply", C1, "--as", "李东/branch", "--measure", "x"], "姓名/角色"),
        (2, ["reply", C1, "--as", f"周南/branch@{C}", "--measure", "x", "--done", "昨"], "YYYY"),
        (
            2,
            ["reply", C1, "--as", f"周南/branch@{C}", "--measure", "x", "--evidence", "no"],
            "证据",
        ),
        (2, ["list", "--state", "finished"], "overdue"),
        (2, ["show", "Z-nothing"], "没有编号"),
        (2, ["return", C1, "--as", CLERK], "--reason"),
        (1, ["return", C1, "--as", CLERK, "--reason", "x"], "不能退回"),
        (1, ["open", "--period", "2026Q4", "--as", CLERK], "还没有发布"),
        (1, ["open", "--period", "2026Q3", "--as", "吴霞/union"], "由省行办理"),
        (2, ["open", "--period", "soon", "--as", CLERK], "不是期间"),
        (1, ["chase", C1, "--as", "王/city@0101"], "不在本行辖内"),
        (1, ["accept", C1, "--as", "吴霞/union"], "工会"),
        (1, ["accept", C1, "--as", "高/hq"], "总行"),
        (1, ["withdraw", C1, "--as", f"张敏/office@{C}", "--reason", "x"], "回避"),
        (0, ["chase", C1, "--as", "王/city@0199"], "待整改"),
        (0, ["chase", C1, "--as", "何涛/head"], "待整改"),
        (0, ["list", "--state", "overdue", "--scope", "0101"], "截至"),
        (0, ["show", A1], "  销号  "),
        (2, [], "accept"),
    ],
)
def test_exit_statuses_and_sentences(
    year: Year, status: int, arguments: list[str], says: str
) -> None:
    done = mingcha(year.root, "action", *arguments)
    assert (done.exit_code, says in done.output) == (status, True), done.output
    if status == 1:  # refusals change nothing, so they can be asked for again
        english = mingcha(year.root, "--lang", "en", "action", *arguments)
        assert english.exit_code == 1 and says not in english.output
        assert "核" not in english.output and "。" not in english.output


def test_the_kit_is_counted_by_hand(year: Year, tmp_path: Path) -> None:
    """On 13 October: nobody sent a monthly sheet. Of the first city A's and B's recurring ones are
    open, A's late (due in July); of the direct branch both are late, one failed again."""
    asked = ("follow-up", "--period", "2026Q3", "-o", str(tmp_path / "kit"))
    said = conforms(year.run(*asked, "--json"), "follow-up")
    told = [
        {k: c[k] for k in ("city", "unreported", "actions", "overdue", "recurring")}
        for c in said["cities"]
    ]
    assert told == [
        {"city": "0101", "unreported": 6, "actions": 2, "overdue": 1, "recurring": 2},
        {"city": "0199", "unreported": 3, "actions": 2, "overdue": 2, "recurring": 1},
    ]
    assert all(Path(f).is_file() for c in said["cities"] for f in c["files"])
    assert len([f for c in said["cities"] for f in c["files"]]) == 8
    one = year.run(*asked[:4], str(tmp_path / "one"), "--city", "0199")
    assert "0199" in one and "0101" not in one
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["0199"]
    for wrong in (("--city", "01"), ("--city", C)):
        done = mingcha(year.root, *asked, *wrong)
        assert done.exit_code == 2 and "不是二级分行" in done.output
    assert mingcha(year.root, "follow-up", "--period", "x", "-o", str(tmp_path)).exit_code == 2
    empty = mingcha(tmp_path / "empty", *asked)
    assert empty.exit_code == 1 and "名册" in empty.output


@pytest.mark.parametrize("change", ["day = '2026-04-19'", "actor = '他人'"])
def test_a_changed_record_is_found(year: Year, tmp_path: Path, change: str) -> None:
    copy = tmp_path / "data"
    copy.mkdir()
    with sqlite3.connect(year.root / "office.sqlite") as source:
        target = sqlite3.connect(copy / "office.sqlite")
        source.backup(target)
    target.execute(f"UPDATE action_act SET {change} WHERE event = 'accept'")
    target.commit()
    target.close()
    found = json.loads(mingcha(copy, "verify", "--json").stdout)
    assert {p["check"] for p in found["problems"]} >= {"actions"}


def test_evidence_is_no_program_no_pipe_and_no_flood(tmp_path: Path) -> None:
    from pipeline.faults import Fault
    from pipeline.folders import DataFolder
    from pipeline.following.acting import _archived

    folder = DataFolder(tmp_path / "data")
    program, flood, pipe = (tmp_path / n for n in ("=cmd.jpg", "b.jpg", "c.jpg"))
    program.write_bytes(b"MZ\x90\x00")
    with flood.open("wb") as file:
        file.truncate(20_000_001)
    os.mkfifo(pipe)
    for path in (program, flood, pipe):
        with pytest.raises(Fault) as told:
            _archived(folder, path)
        assert told.value.status == 1 and path.name in told.value.zh
    assert not folder.root.exists()


def test_a_ledger_row_of_an_action_kept_here_is_told(year: Year) -> None:
    from pipeline.sheets import kinds

    path = year.files / "台账.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([c.zh for c in kinds()["action_ledger"].columns])
    sheet.append(
        [A1, A, "2026Q1", "TR01", "2026-04-08", "2026-05-09", "2026-05-20", "2026-05-21", "已销号"]
    )
    book.save(path)
    (said,) = year.ingest(path)
    assert said["rule"] == "action_kept_here" and said["cell"] == "A2"
    year.run("publish", "--period", "2026Q2", "--stage", "formal")
    assert year.value("2026Q2", "rectified_on_time", "2026Q2") == (3, 4)  # the record holds
