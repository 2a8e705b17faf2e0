"""An office of two branches with scorecards by hand, its clock, and its command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from typer import Typer
from typer.testing import CliRunner

import pipeline
from audits.scorecard import Item, load_editions
from pipeline.__main__ import load_commands
from pipeline.office import ledger
from pipeline.sheets import kinds
from tests.pipeline.test_ingest import EAST, WEST, register

EDITION = "covert-1"
CLERK, HEAD, UNION = "张敏/office", "何涛/head", "吴霞/union"
EAST_HEAD, WEST_HEAD = f"李东/branch@{EAST[0]}", f"赵西/branch@{WEST[0]}"
# (item, encounter) → what the card says where it is not the best answer
Lost = Mapping[tuple[str, int], object]


class Clock:
    """The ledger's clock, set by hand: days at the office in China."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(ledger, "now", lambda: f"{self.day.isoformat()}T02:00:00Z")
        self.day = date(2026, 9, 1)

    def set(self, month: int, day: int) -> None:
        self.day = date(2026, month, day)


@cache
def _app() -> Typer:
    """Every call of load_commands adds all commands once more: one is enough."""
    return load_commands()


class Line:
    """The command line of one office."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str, expect: int = 0) -> str:
        """Standard output of a command, or its sentence where it is refused."""
        done = CliRunner().invoke(_app(), ["--data", str(self.root), *words])
        assert done.exit_code == expect, (done.output, done.exception)
        assert "Traceback" not in done.output
        return done.stdout if expect == 0 else done.stderr

    def json(self, name: str, *words: str, expect: int = 0) -> Any:
        """The document of `--json`, held against its schema."""
        given = ["--data", str(self.root), *words, "--json"]
        done = CliRunner().invoke(_app(), given)
        assert done.exit_code == expect, (done.output, done.exception)
        path = Path(pipeline.__file__).parent / "schemas" / f"{name}.schema.json"
        document, schema = json.loads(done.stdout), json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
        return document


def best(item: Item, role: str) -> object:
    """What a faultless branch gets; blank where the item does not concern this customer."""
    if any(c.field == "customer_role" and role not in c.values for c in item.depends_on):
        return None
    if item.kind == "yes_no":
        return "是" if item.effect == "earn" else "否"
    return item.levels if item.kind == "ordinal" else int(item.target or 0)


def card(
    path: Path,
    branch: tuple[str, str],
    day: date,
    lost: Lost | None = None,
    *,
    shopper: str = "S0417",
    round: str = "2026Q3",
    hour: int = 10,
    reasons: Mapping[str, str] | None = None,
) -> Path:
    """A scorecard of covert-1 with two counter encounters; cells are found by the reader alone."""
    role = "普通客户"
    head = {
        "branch_code": branch[0], "branch_name": branch[1], "round": round, "edition": EDITION,
        "visit_date": day.isoformat(), "time_in": f"{hour}:00", "time_out": f"{hour}:40",
        "shopper_id": shopper, "customer_role": role, "union_present": "否",
    }  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "评分表"
    for column in kinds()["scorecard"].head:
        sheet.append([column.zh, head[column.id]])
    sheet.append([])
    answers = ["检查结果（厅堂）", "检查结果（柜台1）", "检查结果（柜台2）"]
    sheet.append(["考核项编号", "考核内容", "分值", *answers, "不适用", "扣分原因"])
    for item in load_editions()[EDITION].items:
        places = (0,) if item.scope == "visit" else (1, 2)
        given = [
            (lost or {}).get((item.id, e), best(item, role)) if e in places else None
            for e in range(3)
        ]
        why = (reasons or {}).get(item.id)
        sheet.append([item.id, item.zh, float(item.points), *given, None, why])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def cell_of(path: Path, item: str, encounter: int) -> str:
    """Where the answer stands, as openpyxl has it."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    (row,) = [r for r in range(1, sheet.max_row + 1) if sheet.cell(r, 1).value == item]
    return f"{'DEF'[encounter]}{row}"


def with_register(line: Line, box: Path) -> Path:
    """The register of the two branches, ingested."""
    path = register(box / "网点名册.xlsx")
    line.run("ingest", str(path))
    return path


def running_round(line: Line, clock: Clock, id: str = "2026Q3") -> None:
    """A round that was drafted, shown, opened and countersigned: 1-9 September 2026."""
    clock.set(9, 1)
    line.run("round", "draft", id, "--edition", EDITION, "--as", CLERK)
    line.run("round", "show", id, "--as", CLERK)
    clock.set(9, 9)
    line.run("round", "open", id, "--as", CLERK)
    line.run("round", "countersign", id, "--as", UNION)
