"""Whatever stands in the cells of an edition's workbook: findings, never an exception."""

from __future__ import annotations

from pathlib import Path
from random import Random

import polars as pl
from books import book, second

from audits.scorecard import load_editions
from pipeline.editions.reading import edition_in
from pipeline.workbook import read
from pipeline.workbook.cells import CELL_SCHEMA

NASTY = (
    "", " ", "NaN", "inf", "-1", "1e400", "0.1e-9", "999999999999", "十", "=1+1", "是", "否", "１",
    "ENV01", "ENV01=", "=;=", "客户角色=", "a" * 40_000, "\x00\x01", "{value}", "{0}", "拆分",
    "2026-13-45", "0000-00-00", "\u202e", "封顶", "计数", "扣分", "逐柜",
)  # fmt: skip


def test_no_cell_can_raise(tmp_path: Path) -> None:
    batch = read([book(tmp_path / "a.xlsx", second())])
    texts, flags = batch.cells["text"].to_list(), batch.cells["flag"].to_list()
    random, stopped = Random(20261125), 0
    for _ in range(60):
        own, marks = list(texts), list(flags)
        for at in random.sample(range(len(own)), random.choice((1, 3, 40))):
            own[at] = random.choice(NASTY)
            marks[at] = random.choice(("", "", "error", "uncached", "long", "date"))
        cells = batch.cells.with_columns(
            text=pl.Series(own, dtype=pl.String), flag=pl.Series(marks, dtype=pl.String)
        ).cast(CELL_SCHEMA)  # type: ignore[arg-type]
        found = edition_in(batch.with_cells(cells), "a.xlsx", load_editions())
        assert all(f.zh.strip() and f.en.strip() for f in found.findings)
        stopped += not found.sound
    assert stopped > 50  # nearly every such workbook is refused
