"""Three branches, three rounds, a handful of failed items: small enough to count by hand.

Points (open-1): TR01 2, MM02 3, CW06 1 (under the floor of 2), TR11 a deduction of 2.

| branch | item | 2026Q1 (10 Feb) | 2026Q2 (12 May) | 2026Q3 (11 Aug) |
|---|---|---|---|---|
| A | TR01 | fails | fails | passes |
| A | MM02 | fails | passes | passes |
| A | CW06 | fails | fails | fails |
| B | TR01 | fails | passes | fails |
| C | TR01 | fails | fails | passes |
| C | TR11 | – | found | – |
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from click.testing import Result
from hand_facts import REGISTER
from typer.testing import CliRunner

from audits.scorecard import load_editions
from pipeline.__main__ import load_commands
from pipeline.office import ledger
from pipeline.sheets import kinds

A, B, C = "01010101", "01010102", "019901"
DAYS = {"2026Q1": date(2026, 2, 10), "2026Q2": date(2026, 5, 12), "2026Q3": date(2026, 8, 11)}
FAILS = {
    (A, "TR01"): ("2026Q1", "2026Q2"),
    (A, "MM02"): ("2026Q1",),
    (A, "CW06"): ("2026Q1", "2026Q2", "2026Q3"),
    (B, "TR01"): ("2026Q1", "2026Q3"),
    (C, "TR01"): ("2026Q1", "2026Q2"),
    (C, "TR11"): ("2026Q2",),
}
EDITION = load_editions()["open-1"]
CLERK = "张敏/office"


@cache
def _app() -> Any:
    """The commands, registered once: every loading adds them all again."""
    return load_commands()


def mingcha(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(_app(), ["--data", str(root), *arguments])


def set_clock(patch: Any, day: date) -> None:
    """The day at the office: everything asks the ledger's clock."""
    patch.setattr(ledger, "now", lambda: f"{day.isoformat()}T02:00:00Z")


def save(path: Path, rows: Iterable[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def register(path: Path) -> Path:
    columns = kinds()["branches"].columns
    rows = [[n.get(c.id) for c in columns] for n in REGISTER]
    return save(path, [[c.zh for c in columns], *rows])


def _answer(branch: str, round: str, item: Any) -> Any:
    wrong = round in FAILS.get((branch, item.id), ())
    if item.effect == "deduct":
        return ("是" if wrong else "否") if item.kind == "yes_no" else 0
    if item.kind == "yes_no":
        return "否" if wrong else "是"
    return int(item.levels or item.target or 1)


def visits(path: Path, round: str) -> Path:
    """The list of scorecards of one round: every branch was visited once."""
    head = kinds()["scorecards"].columns
    rows: list[list[Any]] = [[*(c.zh for c in head), *(i.id for i in EDITION.items)]]
    for n, branch in enumerate((A, B, C)):
        given = {
            "branch_code": branch,
            "branch_name": f"机构{branch}",
            "round": round,
            "edition": "open-1",
            "visit_date": DAYS[round].isoformat(),
            "time_in": f"{9 + n:02d}:00",
            "time_out": f"{9 + n:02d}:50",
            "shopper_id": f"S{n}",
            "customer_role": "普通客户",
            "union_present": "是",
            "encounter": 0,
        }
        answers = [_answer(branch, round, item) for item in EDITION.items]
        rows.append([*(given[c.id] for c in head), *answers])
    return save(path, rows)


def replies(path: Path, *rows: tuple[str, str, str, str, Any, str]) -> Path:
    """A workbook of kind `actions`: id, branch, item, measure, done, evidence."""
    return save(path, [[c.zh for c in kinds()["actions"].columns], *map(list, rows)])


def id_of(round: str, branch: str, item: str) -> str:
    return f"Z{round}-{branch}-{item}"
