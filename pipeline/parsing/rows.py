"""What each row under a header is: data, a total, a note, or the header once more."""

from __future__ import annotations

import polars as pl

from pipeline.parsing.numbering import Grid, marked

_TOTAL = r"(?:合计|小计|总计|共计|汇总)[::]?$"
_MEAN = r"(?:平均|均值|平均值|平均数)[::]?$"
_NOTE = (
    r"^(?:\*|※)?(?:备注|附注|注[::\d一二三]|注$|说明|填报说明|填表说明|填写说明|制表|填表|审核|复核|"
    r"审批|负责人|单位负责人|主管|经办|联系人|联系电话|数据来源|打印|填报|报送|上报|签字|签章|盖章)"
    # whoever signs (暗访员签字：), and any label that waits for its value
    r"|(?:签字|签名|签章|盖章)\)?:?$|:$"
)
_CHINESE = r"\p{Han}"
LONGEST_TOTAL = 24  # characters; a longer text that ends in 合计 is prose


def _repeated(
    grid: Grid, lines: pl.DataFrame, hits: pl.DataFrame, columns: pl.DataFrame
) -> pl.DataFrame:
    """line of header rows printed again further down (pages), with their group rows.

    `lines` has line, sid, row, kind, header_first, header_last of all rows from the header on.
    """
    below = lines.filter(pl.col("row") > pl.col("header_last"))
    again = (
        hits.join(below.select("line", "kind"), on=["line", "kind"])
        .join(columns.select("sid", "col", "column"), on=["sid", "col", "column"])
        .select("line", "sid")
    )
    if again.is_empty():
        return again.select("line")
    some = lines.join(again.select("sid").unique(), on="sid", how="semi")
    own = grid.on(some.select("line", "header_last"))
    over = pl.col("row") <= pl.col("header_last")
    texts = own.filter(over).select("sid", "col", "word").unique().with_columns(same=True)
    rest = own.filter(~over).join(texts, on=["sid", "col", "word"], how="left")
    whole = rest.group_by("line").agg(same=pl.col("same").fill_null(False).all())
    return pl.concat([again.select("line"), whole.filter("same").select("line")]).unique()


def roles(
    grid: Grid, fields: pl.Series, hits: pl.DataFrame, columns: pl.DataFrame, sheets: pl.DataFrame
) -> pl.DataFrame:
    """line, sid, row, role for every row under a header.

    `fields`: see `fields_of`. `columns` has sid, col, column; `sheets` sid, kind, anchor,
    header_first, header_last. Roles: data, total, mean, note, header. Only data rows are loaded;
    totals are checked.
    """
    about = sheets.select("sid", "kind", "anchor", "header_first", "header_last")
    lines = grid.numbered_lines().join(about, on="sid", maintain_order="left")
    lines = lines.filter(pl.col("row") >= pl.col("header_first"))
    rows = lines.filter(pl.col("row") > pl.col("header_last"))
    keys = columns.join(about.select("sid", "anchor"), on="sid", maintain_order="left")
    for label, own in (
        ("key", keys["column"] == keys["anchor"]),
        ("name", columns["column"] == "branch_name"),
    ):
        rows = rows.with_columns(_words_under(grid, fields, own).gather(rows["line"]).alias(label))
    again = _repeated(grid, lines, hits, columns)["line"]
    rows = rows.with_columns(again=marked(again, len(grid.lines)).gather(rows["line"]))
    rows = _with_marks(rows, grid)
    return rows.select("line", "sid", "row", role=_role())


def without_second(rows: pl.DataFrame, seconds: pl.DataFrame) -> pl.DataFrame:
    """`rows` up to where a second table begins (`seconds`: sid, row)."""
    ends = seconds.select("sid", end="row")
    rows = rows.join(ends, on="sid", how="left", maintain_order="left")
    return rows.filter((pl.col("row") < pl.col("end")).fill_null(True)).drop("end")


def _words_under(grid: Grid, fields: pl.Series, own: pl.Series) -> pl.Series:
    """By line, the word of its cell in one of the columns that are marked `own`; null if none."""
    under = grid.cells.filter(own.gather(fields).fill_null(False))
    empty = pl.repeat(None, len(grid.lines), dtype=pl.UInt32, eager=True)
    return empty.scatter(under["line"], under["word"])


def _with_marks(rows: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """Adds total, mean, note and chinese for each of first, key and name, read once per word."""
    short = pl.col("text").str.len_chars() <= LONGEST_TOTAL
    met = pl.concat([rows[c] for c in ("first", "key", "name")]).drop_nulls().unique()
    clean = pl.col("dense")
    marks = grid.words.with_row_index("word").select("word", "text", "dense")
    marks = marks.filter(marked(met, len(marks))).select(
        "word",
        total=clean.str.contains(_TOTAL) & short,
        mean=clean.str.contains(_MEAN) & short,
        note=clean.str.contains(_NOTE),
        chinese=pl.col("text").str.contains(_CHINESE),
    )
    names = ("total", "mean", "note", "chinese")
    found: dict[str, pl.Series] = {}
    for name in names:
        flags = marked(marks.filter(name)["word"], len(grid.words))
        for label in ("first", "key", "name"):
            found[f"{label}_{name}"] = flags.gather(rows[label]).fill_null(False)
    return rows.with_columns(series.alias(name) for name, series in found.items())


def _any(mark: str) -> pl.Expr:
    return pl.any_horizontal(*(f"{label}_{mark}" for label in ("first", "key", "name")))


def _role() -> pl.Expr:
    keyless = pl.col("key").is_null() | pl.col("key_chinese")
    note = keyless & (pl.col("first_note") | (pl.col("n") == 1))
    return (
        pl.when("again")
        .then(pl.lit("header"))
        .when(_any("total"))
        .then(pl.lit("total"))
        .when(_any("mean"))
        .then(pl.lit("mean"))
        .when(note)
        .then(pl.lit("note"))
        .otherwise(pl.lit("data"))
    )
