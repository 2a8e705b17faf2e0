"""What each row under a header is: data, a total, a note, or the header once more."""

from __future__ import annotations

import polars as pl

from pipeline.parsing.text import dense

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
    cells: pl.DataFrame, hits: pl.DataFrame, columns: pl.DataFrame, sheets: pl.DataFrame
) -> pl.DataFrame:
    """sid, row of header rows printed again further down (pages), with their group rows."""
    again = (
        hits.join(sheets.select("sid", "kind", "header_last"), on=["sid", "kind"])
        .filter(pl.col("row") > pl.col("header_last"))
        .join(columns.select("sid", "col", "column"), on=["sid", "col", "column"])
        .select("sid", "row")
        .unique()
    )
    if again.is_empty():
        return again
    some = sheets.join(again.select("sid").unique(), on="sid", how="semi")
    own = cells.join(some.select("sid", "header_first", "header_last"), on="sid")
    block = own.filter(pl.col("row").is_between("header_first", "header_last"))
    texts = block.select("sid", "col", "text").unique().with_columns(same=True)
    below = own.filter(pl.col("row") > pl.col("header_last")).join(
        texts, on=["sid", "col", "text"], how="left"
    )
    whole = below.group_by("sid", "row").agg(same=pl.col("same").fill_null(False).all())
    return pl.concat([again, whole.filter("same").select("sid", "row")]).unique()


def roles(
    cells: pl.DataFrame, hits: pl.DataFrame, columns: pl.DataFrame, sheets: pl.DataFrame
) -> pl.DataFrame:
    """sid, row, role for every row under a header.

    `columns` has sid, col, column; `sheets` sid, kind, anchor, header_first, header_last. Roles:
    data, total, mean, note, header. Only data rows are loaded; totals are checked.
    """
    body = cells.join(sheets.select("sid", "header_last"), on="sid").filter(
        pl.col("row") > pl.col("header_last")
    )
    rows = body.group_by("sid", "row", maintain_order=True).agg(
        n=pl.len(), first=pl.col("text").first()
    )
    key = columns.join(sheets.select("sid", "anchor"), on="sid").filter(
        pl.col("column") == pl.col("anchor")
    )
    name = columns.filter(pl.col("column") == "branch_name")
    for label, frame in (("key", key), ("name", name)):
        found = body.join(frame.select("sid", "col"), on=["sid", "col"], how="semi")
        rows = rows.join(
            found.select("sid", "row", pl.col("text").alias(label)), on=["sid", "row"], how="left"
        )
    again = _repeated(cells, hits, columns, sheets).with_columns(again=True)
    rows = rows.join(again, on=["sid", "row"], how="left")
    rows = _with_marks(rows)
    return rows.with_columns(_role().alias("role")).select("sid", "row", "role")


def _with_marks(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds total, mean, note and chinese for each of first, key and name, read once per text."""
    texts = pl.concat([rows.select(text=pl.col(c)) for c in ("first", "key", "name")]).unique()
    clean = dense(pl.col("text"))
    short = pl.col("text").str.len_chars() <= LONGEST_TOTAL
    marks = texts.drop_nulls().select(
        "text",
        total=clean.str.contains(_TOTAL) & short,
        mean=clean.str.contains(_MEAN) & short,
        note=clean.str.contains(_NOTE),
        chinese=pl.col("text").str.contains(_CHINESE),
    )
    marked = marks.filter(pl.any_horizontal("total", "mean", "note", "chinese"))
    for label in ("first", "key", "name"):
        own = marked.rename({c: f"{label}_{c}" for c in ("total", "mean", "note", "chinese")})
        rows = rows.join(own, left_on=label, right_on="text", how="left")
    return rows.with_columns(pl.selectors.boolean().fill_null(False))


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
