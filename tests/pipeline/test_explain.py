"""Publish, restate, explain through the real stores. Facts are typed in by hand beside workbooks
that openpyxl writes and, in the checks, reads again: another library than the one under test.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hand_facts import REGISTER, TYPES

from audits.procedure import Actor
from pipeline.commands.explain import FEW, lines
from pipeline.commands.session import Session
from pipeline.commit import Group, Incoming, commit
from pipeline.explain import explain
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office.uploads import Upload
from pipeline.publication import open_publication
from pipeline.publish import publish
from pipeline.publishing.stale import stale_periods
from pipeline.stores import open_stores
from pipeline.verify import verify
from pipeline.warehouse.schema import fact_tables

HEADERS = {
    "branch_code": "网点代码",
    "month": "月份",
    "served": "接待客户数",
    "spoken": "一句话营销数",
    "identified": "识别客户数",
    "income": "营业收入（万元）",
    "staff": "在岗人数",
}
LETTERS = dict(zip(HEADERS, "ABCDEFG", strict=True))
MORE = {"income": 1.5, "staff": 10}


def rows_of(month: str) -> list[dict[str, Any]]:
    """Three branches; income is written in 万元 and means ten thousand times as much."""
    given = {"01010101": (100, 50, 40), "01010102": (200, 60, 80), "019901": (50, 10, 20)}
    return [
        {"branch_code": b, "month": month, "served": s, "spoken": p, "identified": i, **MORE}
        for b, (s, p, i) in given.items()
    ]


def workbook(path: Path, rows: list[dict[str, Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "月报"
    sheet.append(["业绩报表"])
    sheet.append(list(HEADERS.values()))
    for row in rows:
        sheet.append([row[c] for c in HEADERS])
    book.save(path)
    return path


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {c: TYPES[t] for c, t in fact_tables()[table].columns.items()}
    own = {c: t for c, t in schema.items() if c not in ("upload_id", "seq")}
    return pl.DataFrame(rows, schema={"file": pl.UInt32, **own})


def yuan(wan: float) -> Decimal:
    return Decimal(str(wan)) * 10000


def ingest_by_hand(
    folder: DataFolder, path: Path, month: str, rows: list[dict[str, Any]], register: bool = False
) -> None:
    """What ingest makes of `workbook`: facts from row 3 on, columns by their letters."""
    facts = [
        {
            **row,
            "file": 0,
            "sheet": "月报",
            "row": 3 + i,
            "income": Decimal(str(row["income"])) * 10000,
        }
        for i, row in enumerate(rows)
    ]
    columns = [{"file": 0, "sheet": "月报", "column": c, "letter": x} for c, x in LETTERS.items()]
    tables = {
        "performance": frame("performance", facts),
        "column_map": frame("column_map", columns),
    }
    if register:
        nodes = [{**n, "file": 0, "sheet": "机构", "row": 2 + i} for i, n in enumerate(REGISTER)]
        tables["branch"] = frame("branch", nodes)
    planned = {t: f.height for t, f in tables.items()}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    upload = Upload(
        digest, "xlsx", path.name, "performance", month, "accepted", len(rows), planned=planned
    )
    with open_stores(folder) as stores:
        commit(stores, Group([Incoming(0, path, upload)], tables), "office")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """August and September ingested and published, nothing sent again."""
    folder = filled(tmp_path_factory.mktemp("office"))
    publish(folder, "2026-09")
    return folder


def filled(root: Path) -> DataFolder:
    folder = DataFolder(root / "data")
    for i, month in enumerate(("2026-08", "2026-09")):
        path = workbook(root / f"报表{month}.xlsx", rows_of(month))
        ingest_by_hand(folder, path, month, rows_of(month), register=i == 0)
    return folder


def value(folder: DataFolder, metric: str, scope: str, period: str) -> tuple[float, float, float]:
    publication = open_publication(folder, period)
    assert publication is not None
    row = publication.table("metric_value").row(
        by_predicate=(pl.col("metric") == metric)
        & (pl.col("scope") == scope)
        & (pl.col("period") == period),
        named=True,
    )
    return row["numerator"], row["denominator"], row["value"]


def test_publish_restate_explain(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    first = publish(folder, "2026-09")
    again = publish(folder, "2026-09", stage="formal", early="测试", head=Actor("h", "head"))
    assert (first.revision, again.revision) == (1, 2)
    assert first.content_hash == again.content_hash
    assert again.restatements == []
    assert value(folder, "reported_speak_up", "01", "2026-09") == (
        120,
        350,
        pytest.approx(120 / 350),
    )
    assert publish(folder, "2026Q3").stale == []

    rows = rows_of("2026-09")
    rows[0]["spoken"], rows[1]["served"], rows[2]["income"] = 55, 210, 2.5
    sent = workbook(tmp_path / "报表2026-09.xlsx", rows)
    ingest_by_hand(folder, sent, "2026-09", rows)
    third = publish(folder, "2026-09")
    assert third.content_hash != first.content_hash
    keys = ("branch_code", "column", "old", "new", "cell")
    told = {tuple(entry[k] for k in keys) for entry in third.restatements}
    assert told == {
        ("01010101", "spoken", "50", "55", "D3"),
        ("01010102", "served", "200", "210", "C4"),
        ("019901", "income", "15000.00", "25000.00", "F5"),
    }
    assert {e["sheet"] for e in third.restatements} == {"月报"}
    sheet = openpyxl.load_workbook(sent)["月报"]
    assert [sheet[e["cell"]].value for e in third.restatements] == [55, 210, 2.5]
    assert third.stale == ["2026Q3"]
    assert stale_periods(folder) == {"2026Q3": 1}
    assert value(folder, "reported_speak_up", "01", "2026-09") == (
        125,
        360,
        pytest.approx(125 / 360),
    )

    publication = open_publication(folder, "2026-09")
    assert publication is not None
    restated = publication.table("restatement")
    of = (pl.col("metric") == "reported_speak_up") & (pl.col("scope") == "0101")
    speak = restated.filter(of)
    assert speak.select("period", "former_value", "value").rows() == [
        ("2026-09", pytest.approx(110 / 300), pytest.approx(115 / 310)),
        ("2026Q3", pytest.approx(220 / 600), pytest.approx(225 / 610)),
    ]
    assert "D3: 50 -> 55" in speak["cause"][0] and "C4: 200 -> 210" in speak["cause"][0]
    assert restated.filter(pl.col("period") == "2026-08").is_empty()

    renewed = publish(folder, "2026-09", cascade=True)
    assert [(r.period, r.revision) for r in renewed.cascaded] == [("2026Q3", 2)]
    assert stale_periods(folder) == {}
    assert verify(folder).ok


def test_the_same_workbooks_in_another_order_elsewhere_have_the_same_hash(tmp_path: Path) -> None:
    one, two = DataFolder(tmp_path / "one"), DataFolder(tmp_path / "two")
    paths = {m: workbook(tmp_path / f"{m}.xlsx", rows_of(m)) for m in ("2026-08", "2026-09")}
    for folder, months in ((one, ["2026-08", "2026-09"]), (two, ["2026-09", "2026-08"])):
        for month in months:
            ingest_by_hand(folder, paths[month], month, rows_of(month), register=month == "2026-08")
    assert publish(one, "2026-09").content_hash == publish(two, "2026-09").content_hash


def test_a_kill_between_rename_and_record_is_mended_at_the_next_publishing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path)

    record = Office.record

    def killed(office: Office, act: str, *rest: Any) -> object:
        if act == "publication":
            raise KeyboardInterrupt
        return record(office, act, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Office, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(folder, "2026-09")
    (folder.publications / ".unfinished-2026-08-r1").mkdir()
    assert publish(folder, "2026-09").revision == 2
    assert sorted(p.name for p in folder.publications.iterdir()) == ["2026-09-r1", "2026-09-r2"]
    with Office.open(folder) as office:
        told = [p for _, p in ledger.payloads(office.connection, "publication")]
    assert [(p["revision"], p["recovered"]) for p in told] == [(1, True), (2, False)]
    assert verify(folder).ok


def test_every_cell_is_the_one_in_the_original(folder: DataFolder) -> None:
    publication = open_publication(folder, "2026-09")
    assert publication is not None
    found = explain(publication, "exam_pass", "01", "2026-09", folder=folder)
    assert found["value"] is None and found["status"] == "not_reported"
    found = explain(publication, "reported_speak_up", "0101", "2026-09", folder=folder)
    assert found["value"] == pytest.approx(110 / 300)
    assert [c["value"] for c in found["components"]] == [110, 300]
    cells = [c for part in found["components"] for r in part["rows"] for c in r["cells"]]
    assert {(c["column"], c["cell"], c["value"]) for c in cells} == {
        ("spoken", "D3", 50),
        ("spoken", "D4", 60),
        ("served", "C3", 100),
        ("served", "C4", 200),
    }
    for cell in cells:
        assert cell["file"] == "报表2026-09.xlsx"
        assert cell["file_period"] == "2026-09" and cell["received_at"].endswith("Z")
        original = next(folder.archive.rglob(f"{cell['sha256']}.xlsx"))
        assert openpyxl.load_workbook(original)[cell["sheet"]][cell["cell"]].value == cell["value"]


def test_money_in_wan_is_told_as_written_and_as_understood(folder: DataFolder) -> None:
    publication = open_publication(folder, "2026-09")
    assert publication is not None
    found = explain(publication, "per_head", "01010101", "2026-09", folder=folder)
    assert found["value"] == pytest.approx(15000 / 10)
    cells = {c["column"]: c for p in found["components"] for r in p["rows"] for c in r["cells"]}
    assert (cells["income"]["value"], cells["income"]["fact"]) == (1.5, 15000.0)
    assert (cells["staff"]["value"], cells["staff"]["cell"]) == (10, "G3")


def test_without_the_folder_names_and_originals_stay_closed(folder: DataFolder) -> None:
    publication = open_publication(folder, "2026-09")
    assert publication is not None
    found = explain(publication, "reported_speak_up", "01010101", "2026-09")
    cells = [c for part in found["components"] for r in part["rows"] for c in r["cells"]]
    assert all(c["file"].startswith("file-") and c["value"] == c["fact"] for c in cells)
    assert {(c["file_period"], c["received_at"]) for c in cells} == {(None, None)}


def test_the_terminal_shows_the_cell_its_file_and_when_that_came(folder: DataFolder) -> None:
    publication = open_publication(folder, "2026-09")
    assert publication is not None
    found = explain(publication, "reported_speak_up", "0101", "2026-09", folder=folder)
    told = "\n".join(lines(Session(folder, "zh"), found))
    assert "报表2026-09.xlsx（2026-09，" in told and "收到）" in told and "!D3" in told
    many = [dict(found["components"][0]["rows"][0], branch_code=f"{n}") for n in range(FEW + 1)]
    found["components"][0]["rows"] = many
    short, whole = (lines(Session(folder, "en"), found, every) for every in (False, True))
    assert "--all" in "\n".join(short) and len(whole) > len(short) > FEW


@pytest.mark.parametrize(
    ("metric", "scope", "period"),
    [
        ("nothing", "01", "2026-09"),
        ("reported_speak_up", "99", "2026-09"),
        ("reported_speak_up", "01", "1999-01"),
    ],
)
def test_what_is_not_there_is_said(
    folder: DataFolder, metric: str, scope: str, period: str
) -> None:
    publication = open_publication(folder, "2026-09")
    assert publication is not None
    with pytest.raises(Fault) as told:
        explain(publication, metric, scope, period)
    assert told.value.status == 2


@pytest.mark.parametrize(
    ("period", "stage", "status"),
    [("2027-01", "preview", 1), ("2026-13", "preview", 2), ("2026-09", "final", 2)],
)
def test_refusals(folder: DataFolder, period: str, stage: str, status: int) -> None:
    with pytest.raises(Fault) as told:
        publish(folder, period, stage=stage)
    assert told.value.status == status
