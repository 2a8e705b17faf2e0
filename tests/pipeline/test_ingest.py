"""From real workbooks to facts: statuses, counts, supersession, duplicates, rebuild."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import openpyxl
import pytest
import xlsxwriter

import pipeline
from pipeline import archive
from pipeline.china_time import CHINA
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.ingest import IngestReport, expand, ingest
from pipeline.rebuild import rebuild
from pipeline.returning import returned_path
from pipeline.sheets import kinds
from pipeline.verify import verify
from pipeline.warehouse.store import Warehouse

SCHEMA = json.loads((Path(pipeline.__file__).parent / "schemas/ingest.schema.json").read_text())
REGISTER = (
    ("37", "全省", "省行", None, None),
    ("3701", "甲州分行", "二级分行", "37", None),
    ("370101", "甲州云安支行", "支行", "3701", None),
    ("0137010101", "云安东门网点", "网点", "370101", "城区"),
    ("0137010102", "云安西桥网点", "网点", "370101", "城区"),
)
EAST, WEST = REGISTER[3][:2], REGISTER[4][:2]


def book(path: Path, headers: list[str], rows: list[list[object]]) -> Path:
    """A workbook with the headers in row 1 and the rows under them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("报表")
        for n, row in enumerate([headers, *rows]):
            sheet.write_row(n, 0, row)
    return path


def register(path: Path) -> Path:
    ids = ("branch_code", "branch_name", "level", "parent_code", "peer_group")
    kind = kinds()["branches"]
    return book(path, [kind.column(i).zh for i in ids], [list(row) for row in REGISTER])


def monthly(path: Path, *rows: tuple[tuple[str, str], int, int, float]) -> Path:
    """Branch, served, identified, deposits (元); every other column is a plausible constant."""
    columns = kinds()["performance"].columns
    given = []
    for (code, name), served, identified, deposits in rows:
        values: dict[str, object] = {
            "branch_code": code, "branch_name": name, "month": "2026-09", "served": served,
            "identified": identified, "deposits": deposits, "customers": 5000, "staff": 9,
            "business_days": 22,
        }  # fmt: skip
        money = {c.id: 0 for c in columns if c.type == "money"}
        counts = {c.id: 0 for c in columns if c.type == "count"}
        row = counts | money | values
        given.append([row[c.id] for c in columns])
    return book(path, [c.zh + ("（元）" if c.type == "money" else "") for c in columns], given)


def entry(report: IngestReport, name: str) -> dict[str, object]:
    (found,) = [f for f in report.to_json()["files"] if f["file"].endswith(name)]
    return dict(found)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an office sends it: one good sheet, one with a wrong row, one that is none."""
    box = tmp_path_factory.mktemp("sent")
    register(box / "1" / "机构台账.xlsx")
    monthly(box / "2" / "九月.xlsx", (EAST, 900, 300, 123456.78), (WEST, 800, 200, 50.5))
    monthly(box / "2" / "九月-更正.xlsx", (EAST, 950, 310, 200000.25), (WEST, 800, 900, 50.5))
    (box / "3").mkdir()
    (box / "3" / "说明.txt").write_text("这不是报表")
    (box / "3" / "~$九月.xlsx").write_text("open elsewhere")
    (box / "truth.json").write_text("{}")
    return box


@pytest.fixture(scope="module")
def taken(
    sent: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DataFolder, IngestReport]]:
    folder = DataFolder(tmp_path_factory.mktemp("office") / "data")
    yield folder, ingest(folder, [sent])


Taken = tuple[DataFolder, IngestReport]


def test_the_report_has_the_documented_shape(taken: Taken) -> None:
    _, report = taken
    jsonschema.validate(report.to_json(), SCHEMA)
    assert [Path(f.file).name for f in report.files] == [
        "机构台账.xlsx", "九月-更正.xlsx", "九月.xlsx", "说明.txt",
    ]  # fmt: skip
    assert {Path(s).name for s in report.skipped} == {"truth.json", "~$九月.xlsx"}
    assert report.exit_status == 1


def test_statuses_and_counts(taken: Taken) -> None:
    _, report = taken
    said = {Path(f.file).name: (f.kind, f.period, f.rows) for f in report.files}
    assert said["机构台账.xlsx"][::2] == ("branches", 5)
    assert said["九月.xlsx"] == ("performance", "2026-09", 2)
    assert said["九月-更正.xlsx"] == ("performance", "2026-09", 1)
    assert said["说明.txt"] == (None, None, 0)
    assert entry(report, "更正.xlsx")["status"] == "partial"
    assert entry(report, "说明.txt")["status"] == "refused"
    assert report.counts()["refused"] == 1 and report.counts()["rows"] == 8


def test_the_finding_names_the_cell(taken: Taken) -> None:
    _, report = taken
    findings = entry(report, "更正.xlsx")["findings"]
    assert isinstance(findings, list)
    errors = [f for f in findings if f["severity"] == "error"]
    columns = [c.id for c in kinds()["performance"].columns]
    # 西桥 is the second row under the header; identified (900) is greater than served (800)
    letter = chr(ord("A") + columns.index("identified"))
    assert [(f["sheet"], f["cell"]) for f in errors] == [("报表", f"{letter}3")]


def test_path_order_decides_and_codes_and_cents_are_exact(taken: Taken) -> None:
    """九月.xlsx comes after 九月-更正.xlsx, so its rows are the live ones."""
    folder, report = taken
    with Warehouse.open(folder, read_only=True) as warehouse:
        live = warehouse.live("performance")
        waiting = warehouse.quarantined("performance")
    facts = {r["branch_code"]: r for r in live.iter_rows(named=True)}
    assert facts[EAST[0]]["deposits"] == Decimal("123456.78")
    assert facts[WEST[0]]["deposits"] == Decimal("50.50")
    assert {r["sha256"] for r in facts.values()} == {entry(report, "2/九月.xlsx")["sha256"]}
    assert waiting.is_empty()  # the wrong row is older than the good one


def test_what_was_not_taken_whole_comes_back_annotated(taken: Taken) -> None:
    folder, report = taken
    partial = entry(report, "更正.xlsx")
    name = f"performance-2026-09-{str(partial['sha256'])[:12]}.xlsx"
    assert partial["returned"] == f"returned/{datetime.now(CHINA).date().isoformat()}/{name}"
    annotated = openpyxl.load_workbook(folder.root / str(partial["returned"]))
    assert len(annotated.sheetnames) == 2
    assert entry(report, "2/九月.xlsx")["returned"] is None


def test_every_file_is_archived_and_all_agrees(taken: Taken, sent: Path) -> None:
    folder, report = taken
    for file in report.files:
        path = archive.path_of(folder, file.sha256, archive.extension_of(file.file))
        assert path.read_bytes() == Path(file.file).read_bytes()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    verdict = verify(folder)
    assert verdict.problems == [] and verdict.counts["uploads"] == 4


def test_sent_again_nothing_changes(taken: Taken, sent: Path) -> None:
    folder, _ = taken
    with Warehouse.open(folder, read_only=True) as warehouse:
        before = warehouse.contents()
    report = ingest(folder, [sent])
    jsonschema.validate(report.to_json(), SCHEMA)
    assert [f.status for f in report.files] == ["duplicate"] * 3 + ["refused"]
    superseded = entry(report, "更正.xlsx")["findings"]
    assert isinstance(superseded, list)
    assert [f["rule"] for f in superseded] == ["upload.duplicate_superseded", "comparison"]
    with Warehouse.open(folder, read_only=True) as warehouse:
        assert warehouse.contents() == before
    assert verify(folder).counts["uploads"] == 4  # refused again counts once


def test_a_sheet_of_another_branch_replaces_nothing(tmp_path: Path) -> None:
    """Each sends its own sheet of the month: the first is no older version of the second."""
    folder = DataFolder(tmp_path / "data")
    east = monthly(tmp_path / "东门.xlsx", (EAST, 900, 300, 123456.78))
    west = monthly(tmp_path / "西桥.xlsx", (WEST, 800, 200, 50.5))
    newer = monthly(tmp_path / "东门二.xlsx", (EAST, 910, 300, 123456.78))
    ingest(folder, [register(tmp_path / "机构台账.xlsx")])
    ingest(folder, [east])
    ingest(folder, [west])
    again = entry(ingest(folder, [east]), "东门.xlsx")
    assert again["status"] == "duplicate"
    assert [f["rule"] for f in again["findings"]] == ["upload.duplicate"]  # type: ignore[attr-defined]
    assert "UTC+8" in again["findings"][0]["zh"]  # type: ignore[index]
    both = monthly(tmp_path / "两家.xlsx", (EAST, 905, 300, 123456.78), (WEST, 805, 200, 50.5))
    ingest(folder, [both])
    ingest(folder, [newer])
    partly = entry(ingest(folder, [both]), "两家.xlsx")  # its row of the other branch still counts
    assert [f["rule"] for f in partly["findings"]] == ["upload.duplicate"]  # type: ignore[attr-defined]
    late = entry(ingest(folder, [east]), "东门.xlsx")
    assert [f["rule"] for f in late["findings"]] == ["upload.duplicate_superseded"]  # type: ignore[attr-defined]


def test_rebuild_gives_the_same_facts(taken: Taken) -> None:
    folder, _ = taken
    with Warehouse.open(folder, read_only=True) as warehouse:
        before = warehouse.contents()
    folder.warehouse.write_bytes(b"\0" * 5000)
    assert not verify(folder).ok
    rebuilt = rebuild(folder)
    assert rebuilt.problems == []
    with Warehouse.open(folder, read_only=True) as warehouse:
        assert warehouse.contents() == before
    assert verify(folder).ok


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_sending_the_original_again_mends_a_damaged_archive(tmp_path: Path, damage: str) -> None:
    """As `verify` advises; it is still told as a duplicate, twins of it too."""
    folder, path = DataFolder(tmp_path / "data"), register(tmp_path / "sent" / "register.xlsx")
    ingest(folder, [path])
    (kept,) = [p for _, p in archive.stored(folder)]
    kept.write_bytes(b"other") if damage == "changed" else kept.unlink()
    assert not verify(folder).ok
    twin = tmp_path / "sent" / "twin.bin"
    twin.write_bytes(path.read_bytes())
    report = ingest(folder, [path, twin])
    assert [f.status for f in report.files] == ["duplicate", "duplicate"]
    assert kept.read_bytes() == path.read_bytes()
    assert verify(folder).ok


def test_a_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Fault) as told:
        ingest(DataFolder(tmp_path / "data"), [tmp_path / "没有.xlsx"])
    assert told.value.status == 2
    assert not (tmp_path / "data").exists()


def test_files_come_in_path_order_once(tmp_path: Path) -> None:
    for name in ("b.xlsx", "a/z.xlsx", "a/.hidden.xlsx", "a/~$z.xlsx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    files, skipped = expand([tmp_path / "b.xlsx", tmp_path, tmp_path / "a"])
    assert files == [tmp_path / "a/z.xlsx", tmp_path / "b.xlsx"]
    # Told once each, not passed over in silence.
    assert [Path(name).name for name in skipped] == [".hidden.xlsx", "~$z.xlsx"]


def test_links_that_lead_nowhere_hide_no_file(tmp_path: Path) -> None:
    """Whatever order a folder is listed in: half of its entries are links to themselves."""
    files = []
    for n in range(8):
        files.append(tmp_path / f"{n}.xlsx")
        files[-1].touch()
        (tmp_path / f"{n}-circle.xlsx").symlink_to(tmp_path / f"{n}-circle.xlsx")
        (tmp_path / f"{n}-gone.xlsx").symlink_to(tmp_path / "gone")
    link = tmp_path / "link.xlsx"
    link.symlink_to(files[0])
    assert expand([tmp_path]) == ([*files, link], [])


@pytest.mark.parametrize(
    ("kind", "period", "stem"),
    [
        ("performance", "2026-09", "performance-2026-09-"),
        ("scorecard", "2026Q3", "scorecard-2026Q3-"),
        ("targets", "2026", "targets-2026-"),
        (None, None, "workbook-"),
        ("performance", "../王小明", "performance-"),
    ],
)
def test_returned_names_tell_nobody(
    tmp_path: Path, kind: str | None, period: str | None, stem: str
) -> None:
    """Kind, period and hash: nothing that the sender wrote into the file name."""
    path = returned_path(DataFolder(tmp_path), kind, period, "ab" * 32, date(2026, 9, 30))
    assert path == tmp_path / "returned" / "2026-09-30" / f"{stem}abababababab.xlsx"
