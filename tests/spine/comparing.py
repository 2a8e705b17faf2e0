"""What ingest made of the sample, held against truth.json; each function lists what is wrong.

The facts are read from the warehouse file itself, by the hash of the workbook they came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from pipeline.warehouse.store import Warehouse
from spine.conftest import Province

TAKEN = ("accepted", "warned")
MONEY = (
    "closed_amount", "deposits", "deposits_average", "aum", "fee_income", "income",
    "wealth_sales", "insurance_sales",
)  # fmt: skip
VISIT_KEY = ("visit_id", "encounter", "item_id")
MONTH_KEY = ("branch_code", "month")
Rows = dict[tuple[Any, ...], dict[str, Any]]


class Outcome:
    """The report of a province by path below its sheets, and the facts of each workbook."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.entries: dict[str, dict[str, Any]] = {}
        for entry in province.report["files"]:
            name = Path(entry["file"]).relative_to(province.sheets).as_posix()
            self.entries[name] = entry
        self.warehouse = Warehouse.open(province.folder, read_only=True)

    def of(self, file: str) -> list[dict[str, Any]]:
        """The entries of a workbook; of a zip those of its members."""
        inside = [e for name, e in self.entries.items() if name.startswith(f"{file}/")]
        return inside or [self.entries[file]]

    def rows(self, table: str, file: str) -> list[dict[str, Any]]:
        """Facts that came from a workbook, with their sheet and row."""
        hashes = [e["sha256"] for e in self.of(file)]
        found = self.warehouse.connection.execute(
            f"SELECT * FROM {table} WHERE split_part(upload_id, ':', 1) IN "
            "(SELECT unnest(?::VARCHAR[]))",
            [hashes],
        )
        names = [c[0] for c in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _keyed(rows: list[dict[str, Any]], key: tuple[str, ...]) -> Rows:
    keyed = {tuple(r[k] for k in key): r for r in rows}
    assert len(keyed) == len(rows), f"a key twice among {len(rows)} rows"
    return keyed


def same(column: str, true: Any, got: Any) -> bool:
    """Money to the cent, numbers, dates and times as ISO text, 是/否; nothing is nothing."""
    if true is None or got is None:
        return true is None and got is None
    if column in MONEY:
        return Decimal(true) == got
    if isinstance(got, bool):
        return ("是" if got else "否") == true or got is true
    if isinstance(true, (int, float)):
        return float(true) == float(got)
    text = got.isoformat() if hasattr(got, "isoformat") else str(got)
    return text == true or text == f"{true}:00"


def differences(file: str, true: Rows, got: Rows) -> Iterator[str]:
    """Missing rows, rows too many, and values that differ."""
    yield from (f"{file}: {key} is missing" for key in sorted(true.keys() - got.keys()))
    yield from (f"{file}: {key} is too many" for key in sorted(got.keys() - true.keys()))
    for key in sorted(true.keys() & got.keys()):
        for column, value in true[key].items():
            if not same(column, value, got[key][column]):
                yield f"{file}: {key} {column} is {got[key][column]!r}, not {value!r}"


def _canonical(province: Province, messy: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((province.sheets / messy["canonical"]).read_text("utf-8"))
    return body


def unread(outcome: Outcome, messy: Mapping[str, Any]) -> list[str]:
    """A workbook that is to be read: its status, and its facts against the canonical rows."""
    file, body = messy["file"], _canonical(outcome.province, messy)
    wrong = [
        f"{e['file']} is {e['status']}: {[f['zh'] for f in e['findings']]}"
        for e in outcome.of(file)
        if e["status"] not in TAKEN
    ]
    key = VISIT_KEY if body["table"] == "answer" else MONTH_KEY
    got = _keyed(outcome.rows(body["table"], file), key)
    wrong += differences(file, _keyed(body["rows"], key), got)
    if "visit" in body:
        head = {k: v for k, v in body["visit"].items() if k != "branch_name"}
        found = _keyed(outcome.rows("visit", file), ("visit_id",))
        wrong += differences(file, {(head["visit_id"],): head}, found)
    return wrong


def _money_cells(outcome: Outcome, file: str) -> set[str]:
    """Cells that hold an amount of a branch: those of the money columns under the header."""
    sheet = load_workbook(outcome.province.sheets / file).worksheets[0]
    heads = ("转介成交额", "储蓄存款", "管理资产", "收入", "销售额")
    return {
        cell.coordinate
        for column in sheet.iter_cols()
        if any(h in str(column[0].value) for h in heads)
        for cell in column[1:]
    }


def _told(outcome: Outcome, messy: Mapping[str, Any]) -> list[str]:
    """Whether an error stands at the cell of the fault."""
    file, fault = messy["file"], messy["fault"]
    (entry,) = outcome.of(file)
    errors = {(f["sheet"], f["cell"]) for f in entry["findings"] if f["severity"] == "error"}
    cells = {fault["cell"]}
    if fault["kind"] == "wan_unnamed":
        cells = _money_cells(outcome, file)
    if any((fault["sheet"], cell) in errors for cell in cells):
        return []
    return [f"{file}: no error at {fault['sheet']} {fault['cell']}, but at {errors}"]


def unrefused(outcome: Outcome, messy: Mapping[str, Any]) -> list[str]:
    """A workbook that is to be refused: status, cell, and no fact of it anywhere."""
    file = messy["file"]
    (entry,) = outcome.of(file)
    wrong = _told(outcome, messy)
    if entry["status"] != "refused" or entry["rows"] != 0:
        wrong.append(f"{file} is {entry['status']} with {entry['rows']} rows")
    for table in ("performance", "visit", "answer", "encounter"):
        wrong += [f"{file}: facts in {table}" for _ in outcome.rows(table, file)[:1]]
    return wrong


def unquarantined(outcome: Outcome, messy: Mapping[str, Any]) -> list[str]:
    """One branch kept out, the others taken with their true values."""
    file, fault = messy["file"], messy["fault"]
    (entry,) = outcome.of(file)
    wrong = _told(outcome, messy)
    if entry["status"] != "partial":
        wrong.append(f"{file} is {entry['status']}")
    true = _keyed(_canonical(outcome.province, messy)["rows"], MONTH_KEY)
    assert fault["branch_code"] not in {code for code, _ in true}
    wrong += differences(file, true, _keyed(outcome.rows("performance", file), MONTH_KEY))
    kept_out = {r["branch_code"] for r in outcome.rows("quarantine", file)}
    if kept_out != {fault["branch_code"]}:
        wrong.append(f"{file}: quarantined are {kept_out}, not {fault['branch_code']}")
    return wrong


CHECKS = {"read": unread, "refused": unrefused, "quarantined": unquarantined}


def unannotated(outcome: Outcome, messy: Mapping[str, Any]) -> list[str]:
    """A returned workbook has the cell of the fault filled and commented."""
    file, fault = messy["file"], messy["fault"]
    (entry,) = outcome.of(file)
    if not entry["returned"]:
        return [f"{file}: nothing returned"]
    book = load_workbook(outcome.province.folder.root / entry["returned"])
    if fault["cell"] is None:
        return []
    cell = book[fault["sheet"]].cell(*coordinate_to_tuple(fault["cell"]))
    if cell.fill.fill_type != "solid" or cell.comment is None:
        return [f"{file}: {fault['cell']} is not marked in {entry['returned']}"]
    return []


def strangers(outcome: Outcome) -> list[str]:
    """Workbooks that nobody spoiled and that were not taken whole."""
    spoiled = [m["file"] for m in outcome.province.truth["messy"]]
    return [
        f"{name} is {entry['status']}: {[f['zh'] for f in entry['findings']]}"
        for name, entry in outcome.entries.items()
        if entry["status"] not in TAKEN
        and not any(name == s or name.startswith(f"{s}/") for s in spoiled)
    ]
