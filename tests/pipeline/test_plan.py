"""A plan through the real entry points: list in, workbooks out, filled in and taken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from typer.testing import CliRunner

import pipeline
from audits.scorecard import load_editions
from pipeline.__main__ import load_commands
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.office import Office, ledger
from pipeline.plan import Asked, PlanReport, plan
from pipeline.sheets import kinds
from pipeline.stores import open_stores
from pipeline.template import FRONT, answer_choices, write_rows

PEOPLE = [
    ["S01", "张三丰", "010101", "东1区", "周一至周五", 9],
    ["S02", "李四光", "010201", "西1区", None, 9],
    ["S03", "王五岳", None, "东2区", "2025-10-12 至 2026-03-20；周二、周四", 9],
    ["S04", "赵六合", "010204", "西2区", "每天", None],
]
NAMES = [p[1] for p in PEOPLE]


def register_rows() -> list[list[Any]]:
    """A province with two cities, two sub-branches each, and twelve branches."""
    none: list[Any] = [None] * 8
    rows = [["01", "明省分行", "省行", None, None, *none]]
    for city, name in (("0101", "东州"), ("0102", "西州")):
        rows.append([city, f"{name}分行", "二级分行", "01", None, *none])
        for sub in (1, 2):
            parent = f"{city}9{sub}"
            rows.append([parent, f"{name}{sub}支行", "支行", city, None, *none])
            for n in (1, 2, 3):
                code = f"{city}{3 * sub - 3 + n:02d}"
                since = date(2025, 1, 2) if n > 1 else None
                weekend, district = "是" if n == 3 else "否", f"{name[0]}{sub}区"
                row = [code, f"{name}{code}网点", "网点", parent, None, "综合网点", since]
                rows.append([*row, date(2001, 1, 1), None, weekend, None, None, district])
    return rows


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a register, to be copied."""
    room = tmp_path_factory.mktemp("registered")
    path = write_rows(kinds()["branches"], room / "名册.xlsx", register_rows())
    (entry,) = ingest(DataFolder(room / "data"), [path]).files
    assert entry.status == "accepted", entry.findings
    return room / "data"


@pytest.fixture
def folder(tmp_path: Path, registered: Path) -> DataFolder:
    """A data folder of its own, with a register."""
    return DataFolder(Path(shutil.copytree(registered, tmp_path / "data")))


@pytest.fixture
def shoppers(tmp_path: Path) -> Path:
    return write_rows(kinds()["shoppers"], tmp_path / "暗访员.xlsx", PEOPLE)


@pytest.fixture
def make(folder: DataFolder, shoppers: Path) -> Callable[..., PlanReport]:
    def made(out: Path | None = None, **more: Any) -> PlanReport:
        asked = {"period": "2025Q4", "shoppers": shoppers, "visits": 26, "seed": 5} | more
        return plan(folder, Asked(**asked), out)

    return made


def assignment(report: PlanReport) -> list[tuple[Any, ...]]:
    return [(v.site, v.shopper, v.day, v.half, v.window, v.role) for v in report.plan.visits]


def test_it_is_recorded_once_and_made_again_from_its_seed(
    folder: DataFolder, make: Callable[..., PlanReport]
) -> None:
    first, again, other = make(), make(), make(seed=6)
    assert first.concerns == [] and len(first.plan.visits) == 26
    assert assignment(first) == assignment(again) != assignment(other)
    assert (first.again, again.again, other.again) == (False, True, False)
    assert first.number == again.number != other.number
    with Office.open(folder) as office:
        said = dict(ledger.payloads(office.connection, "plan"))
        people = [p for _, p in ledger.payloads(office.connection, "plan.people")]
    assert set(said) == {first.number, other.number}
    assert (said[first.number]["seed"], said[first.number]["planned"]) == (5, 26)
    assert not any(p[0] in json.dumps(said) or p[1] in json.dumps(said) for p in PEOPLE)
    own = {p["shopper_id"]: p["visits"] for p in people if p["plan"] == first.number}
    assert sum(map(len, own.values())) == 26 and set(own) <= {p[0] for p in PEOPLE}


def test_no_shopper_goes_home_or_where_he_was(
    folder: DataFolder, make: Callable[..., PlanReport], tmp_path: Path
) -> None:
    """The plan of a quarter is history for the next one as soon as its sheet is taken."""
    first = make(tmp_path / "out", visits=13)
    (entry,) = ingest(folder, [first.paths[0]]).files
    assert (entry.status, entry.kind, entry.rows) == ("accepted", "plans", 13)
    later = make(period="2026Q1", visits=13)
    before = {(v.shopper, v.site) for v in first.plan.visits}
    now = {(v.shopper, v.site) for v in later.plan.visits}
    assert now and not before & now
    districts = {r[0]: r[12] for r in register_rows()}
    homes = {"S01": {"东1区"}, "S02": {"西1区"}, "S04": {"西2区"}}
    for shopper, site in before | now:
        assert districts[site] not in homes.get(shopper, set())


def test_a_district_that_the_register_does_not_know_is_told(
    make: Callable[..., PlanReport], shoppers: Path
) -> None:
    rows = [[*p[:3], "远方区", *p[4:]] for p in PEOPLE[:3]] + [[*PEOPLE[3][:4], "看情况", 9]]
    write_rows(kinds()["shoppers"], shoppers, rows)
    report = make(visits=12)
    kinds_told = {c.kind: c.zh for c in report.concerns}
    assert "3 名暗访员" in kinds_told["district_unknown"]
    assert "1 名暗访员" in kinds_told["days_unread"]
    assert "S04" not in {v.shopper for v in report.plan.visits}
    said = json.dumps(report.to_json(), ensure_ascii=False)
    assert not any(p[0] in said or p[1] in said for p in PEOPLE)


def fill(path: Path, until: int | None = None) -> int:
    """Fills in the cards as a shopper would, the first `until` of them; how many."""
    edition = load_editions()["covert-1"]
    book = openpyxl.load_workbook(path)
    pages = [p for p in book.worksheets if p.title != FRONT][:until]
    for page in pages:
        cells = {c.value: c for row in page.iter_rows(max_row=8) for c in row if c.value}
        for name, value in (("进入时间", "09:35"), ("离开时间", "10:20"), ("工会陪同", "否")):
            page.cell(cells[name].row, cells[name].column + 1).value = value
        first = next(r for r in range(1, 30) if page.cell(r, 1).value == edition.items[0].id)
        for row, item in enumerate(edition.items, start=first):
            col = 4 if item.scope == "visit" else 5
            page.cell(row, col).value = (answer_choices(item) or ("0",))[0]
    book.save(path)
    return len(pages)


def test_a_filled_in_workbook_is_taken_and_blank_cards_wait(
    folder: DataFolder, make: Callable[..., PlanReport], tmp_path: Path
) -> None:
    report = make(tmp_path / "out", visits=13)
    path = max(report.paths[1:], key=lambda p: len(openpyxl.load_workbook(p).sheetnames))
    count = len(openpyxl.load_workbook(path).sheetnames) - 1
    assert fill(path, 2) == 2
    (entry,) = ingest(folder, [path]).files
    assert (entry.status, entry.kind) == ("accepted", "scorecard"), entry.findings
    assert {f["rule"] for f in entry.findings} == {"sheet_skipped", "scorecard_not_filled"}
    assert sum(f["rule"] == "scorecard_not_filled" for f in entry.findings) == count - 2
    fill(path)
    (entry,) = ingest(folder, [path]).files
    assert entry.status == "accepted", entry.findings
    with open_stores(folder) as stores:
        visits = stores.warehouse.live("visit")
    assert visits.height == count
    (shopper,) = visits["shopper_id"].unique()
    planned = {(v.site, v.day, v.role) for v in report.plan.visits if v.shopper == shopper}
    assert set(visits.select("branch_code", "visit_date", "customer_role").rows()) == planned


def test_a_workbook_without_a_single_card_filled_in_is_refused(
    folder: DataFolder, make: Callable[..., PlanReport], tmp_path: Path
) -> None:
    report = make(tmp_path / "out", visits=13)
    (entry,) = ingest(folder, [report.paths[1]]).files
    assert entry.status == "refused"


def test_workbooks_are_the_same_bytes_and_their_names_name_nobody(
    make: Callable[..., PlanReport], tmp_path: Path
) -> None:
    one, two = make(tmp_path / "a", visits=13), make(tmp_path / "b", visits=13)
    assert [p.name for p in one.paths] == [p.name for p in two.paths]
    assert [p.read_bytes() for p in one.paths] == [p.read_bytes() for p in two.paths]
    names = " ".join(p.name for p in one.paths)
    assert not any(p[0] in names or p[1] in names for p in PEOPLE)
    cards = [openpyxl.load_workbook(p) for p in one.paths[1:]]
    assert sum(len(b.sheetnames) - 1 for b in cards) == 13
    for book in cards:
        said = "".join(str(c.value) for page in book for row in page for c in row if c.value)
        assert sum(f"暗访员编号 {p[0]} " in said for p in PEOPLE) == 1
        assert not any(name in said for name in NAMES)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"period": "2026"}, 2), ({"period": "第三轮"}, 2), ({"visits": 0}, 2), ({"seed": -1}, 2),
        ({"edition": "covert-9"}, 2), ({"paired": 1.5}, 2), ({"shoppers": Path("no.xlsx")}, 2),
    ],
)  # fmt: skip
def test_senseless_questions_are_refused(
    make: Callable[..., PlanReport], more: dict[str, Any], status: int
) -> None:
    with pytest.raises(Fault) as told:
        make(**more)
    assert told.value.status == status
    assert told.value.zh and told.value.en


def test_a_file_of_another_kind_is_not_taken(
    folder: DataFolder, make: Callable[..., PlanReport], tmp_path: Path
) -> None:
    other = write_rows(kinds()["actions"], tmp_path / "x.xlsx", [])
    with Office.open(folder) as office:
        before = office.head()
    with pytest.raises(Fault) as told:
        make(shoppers=other)
    assert told.value.status == 1 and "暗访员名册" in told.value.zh
    with Office.open(folder) as office:
        assert office.head() == before


def test_without_a_register_there_is_nothing_to_plan(tmp_path: Path, shoppers: Path) -> None:
    with pytest.raises(Fault) as told:
        plan(DataFolder(tmp_path / "new"), Asked("2025Q4", shoppers, 5, 1))
    assert told.value.status == 1


def test_command(folder: DataFolder, shoppers: Path, tmp_path: Path) -> None:
    asked = ["plan", "--period", "2025Q4", "--shoppers", str(shoppers), "--visits", "26"]
    data = ["--data", str(folder.root)]
    run = CliRunner().invoke
    done = run(load_commands(), [*data, *asked, "--seed", "5", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    schema = json.loads(
        (Path(pipeline.__file__).parent / "schemas" / "plan.schema.json").read_text("utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert (document["planned"], document["pairs"], document["islands"]) == (26, 2, 1)
    assert not any(p[0] in done.stdout or p[1] in done.stdout for p in PEOPLE)
    told = run(load_commands(), [*data, "--lang", "en", *asked, "--seed", "5"])
    assert told.exit_code == 0 and "the very same as on record" in told.stdout
    short = run(load_commands(), [*data, *asked[:-1], "200", "--seed", "5"])
    assert short.exit_code == 1 and "只能安排 36 次" in short.stdout
    wrong = run(load_commands(), [*data, *asked, "--seed", "5", "--edition", "x"])
    assert wrong.exit_code == 2 and wrong.stdout == ""
