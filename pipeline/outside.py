"""Tables from outside (外部表格): any CSV, Excel or Parquet file with a header in its first row.

CSV and workbooks go through the same untrusted edge as received files; nothing is stored. What is
wrong is a :class:`Fault`: 1 the content, 2 the file or a column named wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.faults import Fault

REFUSED, USAGE = 1, 2
_HUGE = 1e100  # larger ones, squared and summed, come near the end of floating point
_FIRST_BYTES = b"PAR1"
_SHOWN = 12  # columns named where one is not there
_EMPTY = ("", "-", "—", "–", "无", "NA", "N/A", "NaN", "nan", "null")


@dataclass(frozen=True)
class Outside:
    """A table as text: `rows` has one column per header, `line` [row] says where each row lies."""

    name: str
    sheet: str | None
    rows: pl.DataFrame
    line: list[int]

    def texts(self, column: str) -> pl.Series:
        """A column as text, blanks null. Fault (2) if there is none of that name."""
        if column not in self.rows.columns:
            raise _no_column(self, column)
        text = self.rows[column].str.strip_chars()
        blank = text.is_in(list(_EMPTY)).fill_null(True)
        return text.to_frame("text").select(pl.when(~blank).then("text").alias(column))[column]

    def numbers(self, column: str) -> pl.Series:
        """A column as Float64, blanks null. Fault (1) at the first cell that is no number."""
        text = self.texts(column)
        found = text.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
        bad = (text.is_not_null() & ~found.is_finite().fill_null(False)).to_list()
        if True in bad:
            row = bad.index(True)
            raise self.wrong(row, column, text[row], "应为数字", "should be a number")
        return found

    def measured(self, column: str) -> pl.Series:
        """:meth:`numbers` that can be squared and summed; Fault (1) where some are too large."""
        found = self.numbers(column)
        top = found.abs().max()
        if isinstance(top, float) and top > _HUGE:
            raise Fault(
                f"{self.name} 的“{column}”列有大得不像真数的数（{top:g}）。请检查该列。",
                f"Column {column!r} of {self.name} has numbers too large to be true ({top:g}). "
                "Check it.",
                REFUSED,
            )
        return found

    def wrong(self, row: int, column: str, value: object, zh: str, en: str) -> Fault:
        """What is wrong with one cell: where, and what should be there."""
        place = self.place(row)
        return Fault(
            f"{self.name} {place[0]}“{column}”列的值“{value}”{zh}。请改正后重试。",
            f"{self.name}, {place[1]}, column {column!r}: {value!r} {en}. Mend it and try again.",
            REFUSED,
        )

    def place(self, row: int) -> tuple[str, str]:
        """Where a row lies, in both languages."""
        line, sheet = self.line[row], self.sheet
        if sheet is None:
            return f"第 {line} 行", f"row {line}"
        return f"工作表“{sheet}”第 {line} 行", f"sheet {sheet!r}, row {line}"


def read_outside(path: Path) -> Outside:
    """The first table of a file. Fault: 2 it is not there, 1 it cannot be read or is empty."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise Fault(
            f"读不到 {path.name}（{error.strerror or error}）。请检查文件名和权限。",
            f"{path.name} cannot be read ({error.strerror or error}). Check name and permissions.",
            USAGE,
        ) from error
    found = _parquet(path) if start == _FIRST_BYTES else _workbook(path)
    if found.rows.is_empty():
        raise Fault(
            f"{path.name} 里没有数据行。第一行应为表头，以下每行一条。",
            f"{path.name} has no rows. The first row should be the header, a record in each below.",
            REFUSED,
        )
    return found


def _parquet(path: Path) -> Outside:
    try:
        rows = pl.read_parquet(path)
        text = rows.select(pl.col(c).cast(pl.String) for c in rows.columns)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Fault(
            f"{path.name} 不是完整的 Parquet 文件，或含有嵌套列。请重新导出。",
            f"{path.name} is no whole Parquet file, or has nested columns. Export it again.",
            REFUSED,
        ) from error
    return Outside(path.name, None, text, list(range(1, rows.height + 1)))


def _workbook(path: Path) -> Outside:
    from pipeline.workbook import read

    batch = read([path])
    for finding in batch.findings:
        if finding.severity == "error":
            raise Fault(f"{path.name}：{finding.zh}", f"{path.name}: {finding.en}", REFUSED)
    first = batch.cells.select("file", "sheet").unique(maintain_order=True).head(1)
    cells = batch.cells.join(first, on=["file", "sheet"], how="semi")
    if cells.is_empty():
        return Outside(path.name, None, pl.DataFrame(), [])
    csv = path.suffix.lower() in (".csv", ".tsv", ".txt")
    return _table(path.name, None if csv else str(first["sheet"][0]), cells)


def _table(name: str, sheet: str | None, cells: pl.DataFrame) -> Outside:
    top = int(cells["row"].min())  # type: ignore[arg-type]
    head = cells.filter(pl.col("row") == top).sort("col")
    names = dict(zip(head["col"].to_list(), head["text"].str.strip_chars().to_list(), strict=True))
    if len(set(names.values())) < len(names):
        twice = next(n for n in names.values() if list(names.values()).count(n) > 1)
        raise Fault(
            f"{name} 的表头里“{twice}”出现了不止一次。请让每列的表头各不相同。",
            f"{name} has the header {twice!r} more than once. Give every column its own.",
            REFUSED,
        )
    body = cells.filter((pl.col("row") > top) & pl.col("col").is_in(list(names)))
    wide = body.pivot(on="col", index="row", values="text", aggregate_function="first").sort("row")
    for column in names:
        if str(column) not in wide.columns:
            wide = wide.with_columns(pl.lit(None, pl.String).alias(str(column)))
    rows = wide.select(pl.col(str(c)).alias(n) for c, n in names.items())
    return Outside(name, sheet, rows, wide["row"].to_list())


def _no_column(table: Outside, column: str) -> Fault:
    named = "、".join(table.rows.columns[:_SHOWN])
    return Fault(
        f"{table.name} 没有“{column}”这一列。表头有：{named}。",
        f"{table.name} has no column {column!r}. Its headers: {named.replace('、', ', ')}.",
        USAGE,
    )
