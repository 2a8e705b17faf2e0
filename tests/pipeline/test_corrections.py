"""Corrections from real workbooks to the publication: every figure worked out by hand.

One office for the whole module: ingest is slow. The tests run in the order in which things happen.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

import pipeline
from pipeline import archive, corrections, spellings
from pipeline.__main__ import load_commands
from pipeline.corrections import Change, Refused, correct, withdraw
from pipeline.explain import explain
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.ingest import IngestReport, ingest
from pipeline.office import Office
from pipeline.publication import open_publication
from pipeline.publish import publish
from pipeline.rebuild import rebuild
from pipeline.sheets import kinds
from pipeline.stores import open_stores
from pipeline.verify import verify
from pipeline.warehouse.store import Warehouse
from tests.pipeline.test_ingest import EAST, REGISTER, WEST, book, monthly, register

SERVED, IDENTIFIED, SPOKEN = "接待客户数", "识别客户数", "一句话营销数"
UNKNOWN = "接待客户人次数"


def cells_of(path: Path) -> dict[str, str]:
    """{header: column letter} of row 1, as openpyxl has it."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return {str(cell.value): cell.column_letter for cell in sheet[1]}


def as_csv(book: Path, target: Path) -> Path:
    """The sheet as a CSV, by the standard library."""
    sheet = openpyxl.load_workbook(book).worksheets[0]
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(sheet.iter_rows(values_only=True))
    return target


def renamed(path: Path, old: str, new: str) -> Path:
    """The workbook with one header called otherwise."""
    book = openpyxl.load_workbook(path)
    for cell in book.worksheets[0][1]:
        if cell.value == old:
            cell.value = new
    book.save(path)
    return path


class Office_:
    """A data folder, what was ingested into it, and questions to it."""

    def __init__(self, root: Path) -> None:
        self.sent, self.folder = root / "sent", DataFolder(root / "data")
        register(self.sent / "名册.xlsx")
        box = self.sent
        august = monthly(root / "八月.xlsx", (EAST, 700, 300, 1.0), (WEST, 600, 200, 2.0))
        _month(august, "2026-08")
        as_csv(august, box / "2026-08.csv")
        monthly(box / "2026-09.xlsx", (EAST, 900, 300, 10.0), (WEST, 800, 200, 20.0))
        self.letters = cells_of(box / "2026-09.xlsx")
        # West's row cannot hold: more identified than served.
        july = monthly(box / "2026-07.xlsx", (EAST, 500, 100, 1.0), (WEST, 400, 450, 2.0))
        _month(july, "2026-07")
        june = monthly(box / "2026-06.xlsx", (EAST, 300, 90, 1.0), (WEST, 200, 80, 2.0))
        renamed(_month(june, "2026-06"), SERVED, UNKNOWN)
        self.report: IngestReport = ingest(self.folder, [box])

    def sha(self, name: str) -> str:
        (found,) = [f.sha256 for f in self.report.files if Path(f.file).name == name]
        return found

    def served(self, month: str) -> dict[str, int | None]:
        with Warehouse.open(self.folder, read_only=True) as warehouse:
            live = warehouse.live("performance").filter(pl.col("month") == month)
        return dict(live.select("branch_code", "served").iter_rows())

    def at(self, header: str, row: int) -> str:
        return f"{self.letters[header]}{row}"

    def head(self) -> int:
        with Office.open(self.folder) as office:
            return office.head().seq


def _month(path: Path, month: str) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    (column,) = [c.column for c in sheet[1] if c.value == "月份"]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column).value = month
    book.save(path)
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office_]:
    yield Office_(tmp_path_factory.mktemp("corrected"))


def conforms(document: Any, name: str) -> None:
    path = Path(pipeline.__file__).parent / "schemas" / f"{name}.schema.json"
    jsonschema.validate(json.loads(json.dumps(document)), json.loads(path.read_text("utf-8")))


E0, W0 = EAST[0], WEST[0]


def test_the_office_as_it_is_received(office: Office_) -> None:
    said = {Path(f.file).name: f.status for f in office.report.files}
    assert said["2026-08.csv"] in ("accepted", "warned")
    assert said["2026-07.xlsx"] == "partial"
    assert office.served("2026-09") == {E0: 900, W0: 800}
    assert office.served("2026-08") == {E0: 700, W0: 600}
    publish(office.folder, "2026-08")
    publish(office.folder, "2026-09")


@pytest.mark.parametrize("month", ["2026-08", "2026-09"])
def test_every_cell_of_an_explanation_is_the_one_in_the_file(office: Office_, month: str) -> None:
    """Of the CSV, too, whose sheet is called after the file it was received as."""
    publication = open_publication(office.folder, month)
    assert publication is not None
    told = explain(publication, "identification_rate", "37", month, folder=office.folder)
    cells = [c for part in told["components"] for row in part["rows"] for c in row["cells"]]
    assert len(cells) == 4  # served and identified of two branches
    for cell in cells:
        assert cell["corrected"] is None
        assert cell["value"] == written(office, cell)
    if month == "2026-08":
        assert {(c["file"], c["sheet"]) for c in cells} == {("2026-08.csv", "2026-08")}
        assert sorted(c["value"] for c in cells) == [200, 300, 600, 700]


def written(office: Office_, cell: dict[str, Any]) -> int:
    """What the file says in the cell, by other libraries."""
    path = office.sent / cell["file"]
    if path.suffix == ".xlsx":
        value = openpyxl.load_workbook(path)[cell["sheet"]][cell["cell"]].value
        assert isinstance(value, int | float)
        return int(value)
    column, row = openpyxl.utils.cell.coordinate_from_string(cell["cell"])
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    return int(lines[row - 1][openpyxl.utils.column_index_from_string(column) - 1])


@pytest.mark.parametrize(
    ("upload", "cell", "old", "new", "reason", "status"),
    [
        ("2026-09.xlsx", (SERVED, 2), "901", "910", "打错", 1),  # the cell says otherwise
        ("2026-09.xlsx", (SERVED, 3), "900", "910", "打错", 1),  # another row
        ("2026-09.xlsx", (SERVED, 2), "900", "900.0", "打错", 2),  # no change
        ("2026-09.xlsx", (SERVED, 2), "900", "910", "  ", 2),  # no reason
        ("2026-09.xlsx", (SERVED, 2), "900", "很多", "打错", 1),  # no number
        ("2026-09.xlsx", (SERVED, 2), "900", "200", "打错", 1),  # fewer than identified
    ],
)
def test_what_is_refused_leaves_no_trace(
    office: Office_,
    upload: str,
    cell: tuple[str, int],
    old: str,
    new: str,
    reason: str,
    status: int,
) -> None:
    before = office.head()
    change = Change("报表", office.at(*cell), old, new)
    with pytest.raises(Fault) as told:
        correct(office.folder, office.sha(upload)[:10], [change], reason)
    assert told.value.status == status
    assert office.head() == before
    assert office.served("2026-09") == {E0: 900, W0: 800}


def test_a_row_that_would_not_hold_is_refused_with_its_finding(office: Office_) -> None:
    change = Change("报表", office.at(SERVED, 2), "900", "200")
    with pytest.raises(Refused) as told:
        correct(office.folder, office.sha("2026-09.xlsx"), [change], "打错")
    cells = {f.cell for f in told.value.findings}
    assert cells & {office.at(SERVED, 2), office.at(IDENTIFIED, 2)}
    assert IDENTIFIED in told.value.zh


def test_names_that_mean_nothing(office: Office_) -> None:
    good = Change("报表", office.at(SERVED, 2), "900", "910")
    for name in ("0" * 64, "ab", "zzzzzz"):
        with pytest.raises(Fault) as told:
            correct(office.folder, name, [good], "打错")
        assert told.value.status == 2
    sha = office.sha("2026-09.xlsx")
    for wrong in (Change("别的", "A1", "", ""), Change("报表", "7", "", "")):
        with pytest.raises(Fault) as told:
            correct(office.folder, sha, [wrong], "打错")
        assert told.value.status == 2
    with pytest.raises(Fault, match="两次"):
        correct(office.folder, sha, [good, good], "打错")


def test_a_file_is_named_by_its_name(office: Office_) -> None:
    wrong = Change("", office.at(SERVED, 2), "901", "910")
    for name in ("2026-09.xlsx", "here/2026-09.xlsx"):
        with pytest.raises(Fault, match="的内容是“900”"):
            correct(office.folder, name, [wrong], "打错")
    with pytest.raises(Fault, match="没有收到过名为"):
        correct(office.folder, "2031-01.xlsx", [wrong], "打错")


def test_a_corrected_cell_counts_and_the_file_stays(office: Office_) -> None:
    sha = office.sha("2026-09.xlsx")
    change = Change("", office.at(SERVED, 2).lower(), "900", "910")
    done = correct(office.folder, sha[:8], [change], "网点来函", actor="王")
    conforms(done.to_json(), "correct")
    (entry,) = done.corrections
    assert (entry["old"], entry["new"], entry["reason"], entry["actor"]) == (
        "900", "910", "网点来函", "王",
    )  # fmt: skip
    assert not done.superseded
    assert office.served("2026-09") == {E0: 910, W0: 800}
    path = archive.path_of(office.folder, sha, "xlsx")
    assert archive.holds(path, sha)
    with pytest.raises(Fault, match="已由第") as told:
        correct(office.folder, sha, [Change("报表", office.at(SERVED, 2), "910", "920")], "又")
    assert told.value.status == 1


def test_the_publication_restates_that_cell_alone(office: Office_) -> None:
    report = publish(office.folder, "2026-09")
    assert report.revision == 2
    (entry,) = report.restatements
    told = {k: entry[k] for k in ("sha256", "sheet", "cell", "old", "new", "branch_code")}
    assert told == {
        "sha256": office.sha("2026-09.xlsx"), "sheet": "报表", "cell": office.at(SERVED, 2),
        "old": "900", "new": "910", "branch_code": E0,
    }  # fmt: skip
    moved = {(v["metric"], v["scope"], v["period"]): v["value"] for v in entry["values"]}
    # (300 + 200) identified of (910 + 800) served
    assert moved["identification_rate", "37", "2026-09"] == pytest.approx(500 / 1710)


def test_explain_shows_what_was_written_what_counts_and_why(office: Office_) -> None:
    cell = {1: None, 2: None}
    for revision in cell:
        publication = open_publication(office.folder, "2026-09", revision)
        assert publication is not None
        told = explain(publication, "identification_rate", E0, "2026-09", folder=office.folder)
        conforms(told, "explain")
        cells = [c for part in told["components"] for row in part["rows"] for c in row["cells"]]
        (cell[revision],) = [c for c in cells if c["cell"] == office.at(SERVED, 2)]
    former, now = cell[1], cell[2]
    assert former is not None and now is not None
    # revision 1 was made before the correction and still explains itself
    assert (former["value"], former["fact"], former["corrected"]) == (900, 900, None)
    assert (now["value"], now["fact"]) == (900, 910)
    assert (now["corrected"]["new"], now["corrected"]["reason"]) == ("910", "网点来函")


def test_verify_and_rebuild_know_of_it(office: Office_) -> None:
    assert verify(office.folder).problems == []
    before = publish(office.folder, "2026-09").content_hash
    rebuilt = rebuild(office.folder)
    conforms(rebuilt.to_json(), "rebuild")
    assert (rebuilt.problems, rebuilt.kept) == ([], False)
    assert office.served("2026-09") == {E0: 910, W0: 800}
    assert verify(office.folder).problems == []
    assert publish(office.folder, "2026-09").content_hash == before


def test_the_same_file_sent_again_stays_corrected(office: Office_) -> None:
    again = ingest(office.folder, [office.sent / "2026-09.xlsx"])
    assert [f.status for f in again.files] == ["duplicate"]
    assert office.served("2026-09") == {E0: 910, W0: 800}


def test_the_command_corrects_and_explains(office: Office_) -> None:
    """August's CSV by the command line, taken back again: the office is left as it was."""
    root, sha = str(office.folder.root), office.sha("2026-08.csv")

    def mingcha(*arguments: str) -> str:
        done = CliRunner().invoke(load_commands(), ["--data", root, *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    # both figures of a branch at once; one sheet, so it need not be named
    said = ["--cell", office.at(SERVED, 2), "--old", "700", "--new", "707",
            "--cell", office.at(IDENTIFIED, 2), "--old", "300", "--new", "303"]  # fmt: skip
    made = json.loads(mingcha("correct", sha[:6], *said, "--reason", "来函", "--json"))
    conforms(made, "correct")
    assert [(c["old"], c["new"]) for c in made["corrections"]] == [("700", "707"), ("300", "303")]
    assert office.served("2026-08") == {E0: 707, W0: 600}
    mingcha("publish", "--period", "2026-08")
    asked = ("explain", "identification_rate", "--scope", E0, "--period", "2026-08")
    told = mingcha(*asked)
    assert "= 0.428571" in told  # 303 of 707
    assert "served = 700" in told and "“700” → “707”，来函" in told
    shown = mingcha("correct", "list")
    for one in made["corrections"]:
        assert f"#{one['correction']}" in shown
        mingcha("correct", "withdraw", str(one["correction"]), "--reason", "再来函")
    assert office.served("2026-08") == {E0: 700, W0: 600}


def test_a_quarantined_row_can_be_mended(office: Office_) -> None:
    assert office.served("2026-07") == {E0: 500}
    change = Change("报表", office.at(IDENTIFIED, 3), "450", "45")
    done = correct(office.folder, office.sha("2026-07.xlsx"), [change], "多打一个 0")
    assert done.status in ("accepted", "warned") and done.rows == 2
    assert office.served("2026-07") == {E0: 500, W0: 400}
    with Warehouse.open(office.folder, read_only=True) as warehouse:
        assert warehouse.quarantined("performance").is_empty()
    (number,) = [c["correction"] for c in done.corrections]
    taken = withdraw(office.folder, number, "看错了")
    assert (taken.status, taken.rows, taken.corrections) == ("partial", 1, [])
    assert office.served("2026-07") == {E0: 500}
    with Warehouse.open(office.folder, read_only=True) as warehouse:
        assert warehouse.quarantined("performance")["branch_code"].to_list() == [W0]
    with pytest.raises(Fault) as told:
        withdraw(office.folder, number, "再撤一次")
    assert told.value.status == 2


def test_a_kill_leaves_the_former_reading_or_the_new_one(office: Office_) -> None:
    sha = office.sha("2026-08.csv")
    change = Change("2026-08", office.at(SERVED, 3), "600", "640")

    def killed_at(step: str) -> None:
        def die(reached: str) -> None:
            if reached == step:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            correct(office.folder, sha, [change], "打错", at=die)

    for step in ("staged", "intents", "placed", "facts:before commit"):
        killed_at(step)
        with open_stores(office.folder):  # mends what was interrupted
            pass
        assert office.served("2026-08") == {E0: 700, W0: 600}
        assert verify(office.folder).problems == []
    killed_at("facts")
    with open_stores(office.folder):
        pass
    assert office.served("2026-08") == {E0: 700, W0: 640}
    assert verify(office.folder).problems == []
    listed = [c for c in corrections.listed(office.folder) if c["sha256"] == sha]
    conforms({"corrections": corrections.listed(office.folder)}, "correct-list")
    states = ["in_force", *["interrupted"] * 4, *["withdrawn"] * 2]
    assert [c["state"] for c in listed] == states


def test_a_superseded_upload_does_not_come_back_to_life(office: Office_) -> None:
    newer = monthly(office.sent.parent / "九月-新.xlsx", (EAST, 1000, 300, 10.0))
    assert ingest(office.folder, [newer]).files[0].status in ("accepted", "warned")
    assert office.served("2026-09") == {E0: 1000, W0: 800}
    changes = [
        Change("报表", office.at(SPOKEN, 2), "0", "5"),
        Change("报表", office.at(SERVED, 3), "800", "808"),
    ]
    done = correct(office.folder, office.sha("2026-09.xlsx"), changes, "两处打错")
    assert done.superseded and len(done.corrections) == 3
    # East's newer row stands in every column; West's, which nobody sent again, is corrected
    assert office.served("2026-09") == {E0: 1000, W0: 808}
    with Warehouse.open(office.folder, read_only=True) as warehouse:
        live = warehouse.live("performance").filter(pl.col("month") == "2026-09")
    assert dict(live.select("branch_code", "spoken").iter_rows()) == {E0: 0, W0: 0}


def test_a_correction_may_move_a_row_to_another_month(office: Office_) -> None:
    month = office.at("月份", 3)
    change = Change("2026-08", month, "2026-08", "2026-05")
    correct(office.folder, office.sha("2026-08.csv"), [change], "月份写错")
    assert office.served("2026-08") == {E0: 700}  # the row as received is not there any more
    assert office.served("2026-05") == {W0: 640}


def test_a_spelling_confirmed_later_is_read_when_the_file_is_sent_again(office: Office_) -> None:
    listing = spellings.listed(office.folder)
    conforms(listing.to_json(), "spelling-list")
    (proposal,) = [p for p in listing.proposals if p.header == UNKNOWN]
    assert (proposal.kind, proposal.column) == ("performance", "served")
    where = {(p.file, p.sheet, p.cell) for p in proposal.places}
    assert where == {("2026-06.xlsx", "报表", office.at(SERVED, 1))}
    june = office.sent / "2026-06.xlsx"
    (former,) = ingest(office.folder, [june]).files
    unread = office.served("2026-06")
    spellings.confirm(office.folder, proposal.kind, proposal.header, proposal.column or "")
    (entry,) = ingest(office.folder, [june]).files
    assert former.status in ("duplicate", "refused") and set(unread.values()) <= {None}
    assert entry.status in ("accepted", "warned")
    assert not any(f["rule"] == "unknown_column" for f in entry.findings)
    assert office.served("2026-06") == {E0: 300, W0: 200}
    assert [p for p in spellings.listed(office.folder).proposals if p.header == UNKNOWN] == []


def test_rebuild_reads_each_upload_with_the_spellings_of_then(office: Office_) -> None:
    spellings.confirm(office.folder, "performance", "别处的写法", "identified")
    spellings.revoke(office.folder, "performance", UNKNOWN)
    assert rebuild(office.folder).problems == []
    assert office.served("2026-06") == {E0: 300, W0: 200}
    assert office.served("2026-05") == {W0: 640}
    assert office.served("2026-08") == {E0: 700}
    assert verify(office.folder).problems == []
    # and so does a correction of the workbook that was read with it
    change = Change("报表", office.at(SERVED, 2), "300", "310")
    correct(office.folder, office.sha("2026-06.xlsx"), [change], "打错")
    assert office.served("2026-06") == {E0: 310, W0: 200}
    assert rebuild(office.folder).problems == []


def test_rebuild_restores_lost_zeros_by_the_register_of_then(office: Office_) -> None:
    """A branch that came later has a code of which Excel makes the same as of the older one's."""
    bare = E0.lstrip("0")
    april = monthly(office.sent.parent / "四月.xlsx", ((bare, EAST[1]), 111, 11, 1.0))
    ingest(office.folder, [_month(april, "2026-04")])
    assert office.served("2026-04") == {E0: 111}
    ids = ("branch_code", "branch_name", "level", "parent_code", "peer_group")
    newer = (f"0{E0}", "云安北街网点", "网点", "370101", "城区")
    rows = [list(row) for row in (*REGISTER, newer)]
    headers = [kinds()["branches"].column(i).zh for i in ids]
    (entry,) = ingest(
        office.folder, [book(office.sent.parent / "新名册.xlsx", headers, rows)]
    ).files
    assert entry.status in ("accepted", "warned")
    assert rebuild(office.folder).problems == []
    assert office.served("2026-04") == {E0: 111}


def test_a_wrong_rebuild_keeps_the_warehouse_that_is_right(
    office: Office_, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline import rebuild as module

    monkeypatch.setattr(module, "replaced", lambda batch, corrections: batch)  # another reading
    rebuilt = module.rebuild(office.folder)
    assert rebuilt.kept and rebuilt.problems
    assert all("mingcha rebuild" not in p.zh for p in rebuilt.problems)  # no circle
    assert verify(office.folder).problems == []
    assert office.served("2026-06") == {E0: 310, W0: 200}
