"""A quarter of which a branch owes a month: real workbooks through the real commands.

One answer in every place: status, publish, rehearsal, metrics, explain, the circular's verdict.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.commands.numbers import plain
from pipeline.commands.publish import _tell_gaps
from pipeline.commands.session import Session
from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication
from pipeline.reports.figures import Figures
from pipeline.reports.movement import movements, verdict_word
from pipeline.sheets import kinds
from tests.pipeline.offices import Line
from tests.pipeline.test_ingest import EAST, WEST, book, register

# (month, branch): one-sentence talks, customers served, contracts. West owes August.
GIVEN = {
    ("2026-07", EAST): (60, 100, 5), ("2026-07", WEST): (20, 100, 7),
    ("2026-08", EAST): (50, 100, 5),
    ("2026-09", EAST): (40, 100, 5), ("2026-09", WEST): (30, 100, 7),
}  # fmt: skip


def sheet(path: Path, month: str, branch: tuple[str, str], given: tuple[int, int, int]) -> Path:
    """A branch's sheet of the columns that are counted here."""
    ids = ("branch_code", "branch_name", "month", "spoken", "served", "dca_contracts")
    kind = kinds()["performance"]
    path.parent.mkdir(exist_ok=True)
    return book(path, [kind.column(i).zh for i in ids], [[*branch, month, *given]])


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    box = tmp_path_factory.mktemp("owed")
    line = Line(box / "data")
    for (month, branch), given in GIVEN.items():
        sheet(box / "in" / f"{branch[0]}-{month}.xlsx", month, branch, given)
    line.run("ingest", str(register(box / "网点名册.xlsx")), str(box / "in"))
    return line


@pytest.fixture(scope="module")
def told(line: Line) -> str:
    """What the command says of the quarter that it publishes."""
    return line.run("publish", "--period", "2026Q3")


@pytest.fixture(scope="module")
def quarter(line: Line, told: str) -> Publication:
    found = open_publication(DataFolder(line.root), "2026Q3")
    assert found is not None
    return found


def value(publication: Publication, metric: str, scope: str, period: str) -> tuple[object, ...]:
    rows = publication.table("metric_value").filter(metric=metric, scope=scope, period=period)
    (row,) = rows.select("value", "numerator", "denominator", "status").rows()
    return row


def test_a_branch_has_no_quarter_while_it_owes_a_month(quarter: Publication) -> None:
    speak = "reported_speak_up"
    assert value(quarter, speak, WEST[0], "2026Q3") == (None, 50, 200, "incomplete")
    assert value(quarter, "dca_contracts", WEST[0], "2026Q3") == (None, 14, None, "incomplete")
    assert value(quarter, speak, EAST[0], "2026Q3") == (150 / 300, 150, 300, "ok")
    # The month it did report stands, and nodes above add up what was reported.
    assert value(quarter, speak, WEST[0], "2026-09") == (0.3, 30, 100, "ok")
    assert value(quarter, speak, "37", "2026Q3") == (200 / 500, 200, 500, "ok")


def test_every_place_counts_the_same_sheets(
    line: Line, told: str, quarter: Publication, capsys: pytest.CaptureFixture[str]
) -> None:
    status = line.json("status", "status", "--period", "2026Q3")["counts"]
    assert (status["not_reported"], status["pending_correction"]) == (1, 0)
    counts = quarter.manifest["counts"]
    assert counts["not_reported"] == 1
    rehearsed = line.json("publish-rehearsal", "publish", "--period", "2026Q3", "--rehearse")
    assert rehearsed["counts"]["not_reported"] == 1
    assert [(r["scope"], r["period"]) for r in rehearsed["not_reported"]] == [(WEST[0], "2026-08")]
    assert "业绩报表未报 1 份" in told and "应报业绩报表 6 份" in told and "还缺 1 份" in told
    _tell_gaps(Session(DataFolder(line.root), "en"), "2026Q3", counts)
    english = capsys.readouterr().out
    assert "of 6 performance sheets due in the period" in english and "1 are not there" in english


def test_sums_of_unlike_periods_are_not_compared(line: Line, quarter: Publication) -> None:
    """September beside August: 12 contracts beside 5, since West has not reported August."""
    line.run("publish", "--period", "2026-09")
    month = open_publication(DataFolder(line.root), "2026-09")
    assert month is not None
    whole, east = movements(Figures(month), ["dca_contracts"], ["37", EAST[0]])
    assert (whole.now.value, whole.before.value, whole.change) == (12, 5, None)
    assert [verdict_word(lang, whole) for lang in ("zh", "en")] == [
        "未报齐，不比较", "not all reported",
    ]  # fmt: skip
    assert east.change is not None and east.change.value == 0
    (rate,) = movements(Figures(month), ["reported_speak_up"], ["37"])
    assert rate.change is not None  # a share of those who reported


def test_explain_names_the_months_owed(line: Line, quarter: Publication) -> None:
    where = ("explain", "reported_speak_up", "--scope", WEST[0], "--period", "2026Q3")
    found = line.json("explain", *where)
    owed = {"branch_code": WEST[0], "month": "2026-08", "status": "not_reported"}
    assert (found["value"], found["owed"]) == (None, [owed])
    told = line.run(*where)
    assert "incomplete" not in told and "期内有月份未报" in told
    assert f"未报：{WEST[0]} 2026-08" in told and "mingcha status --period 2026Q3" in told
    assert f"Not reported: {WEST[0]} 2026-08" in found["reason"]["en"]
    province = line.json("explain", *where[:2], "--scope", "37", *where[4:])
    assert (province["status"], province["owed"]) == ("ok", [owed])  # a sum says what it lacks


def test_explain_says_why_a_figure_is_empty(line: Line, quarter: Publication) -> None:
    """Sheets came without the columns; no visit was made; and a large figure is told in full."""
    at = ("--scope", EAST[0], "--period", "2026Q3")
    blank = line.run("explain", "fee_share", *at)
    assert (
        "未报送" in blank
        and "中间业务收入”“营业收入”等列是否空白" in blank
        and "未报：" not in blank
    )
    unseen = line.json("explain", "explain", "adherence", *at)["reason"]
    assert "没有可计入的记录" in unseen["zh"] and "Nothing of the period enters" in unseen["en"]
    assert [plain(v) for v in (9.94986e7, 0.36666666, -1234.5, 1.2e-5)] == [
        "99,498,600", "0.366667", "-1,234.5", "0.000012",
    ]  # fmt: skip


def test_metrics_json_says_incomplete(line: Line, quarter: Publication) -> None:
    given = ("--period", "2026Q3", "--metric", "reported_speak_up", "--scope", WEST[0])
    (row,) = json.loads(line.run("metrics", *given, "--format", "json"))
    assert (row["value"], row["status"]) == (None, "incomplete")
