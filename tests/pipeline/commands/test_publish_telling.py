"""What a person reads of restatements: rows counted, columns by the headers of the sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.commands.publish import _restated_lines
from pipeline.commands.session import Session
from pipeline.folders import DataFolder


def _entry(**own: Any) -> dict[str, Any]:
    said = {"table": "answer", "change": "removed", "branch_code": "01010101", "period": "2026-09"}
    said |= {"column": None, "old": None, "new": None, "sheet": "评分表", "cell": "C4", "row": 4}
    return said | own


@pytest.mark.parametrize(
    ("lang", "rows", "column"),
    [("zh", "删去 60 行", "接待客户数"), ("en", "60 rows removed", "Customers served")],
)
def test_rows_are_counted_and_columns_have_their_headers(lang: Any, rows: str, column: str) -> None:
    changed = _entry(table="performance", change="changed", column="served", old="1", new="2")
    session = Session(DataFolder(Path("data")), lang)
    lines = list(_restated_lines(session, [*[_entry()] * 60, changed]))
    assert lines == [f"01010101 2026-09 {rows}", f"01010101 2026-09 {column} 评分表!C4 1 → 2"]
