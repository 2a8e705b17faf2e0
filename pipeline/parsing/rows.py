"""What each row under a header is: data, a total, a note, or the header once more."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.parsing.numbering import Grid, marked

_TOTAL = r"(?:合计|小计|总计|共计|汇总|总分|总得分)[::]?$"
_MEAN = r"(?:平均|均值|平均值|平均数)[::]?$"
_NOTE = (
    r"^(?:\*|※)?(?:备注|附注|注[::\d一二三]|注$|说明|填报说明|填表说明|填写说明|制表|填表|审核|复核|"
    r"审批|负责人|单位负责人|主管|经办|联系人|联系电话|数据来源|打印|填报|报送|上报|签字|签章|盖章)"
    # whoever signs (暗访员签字：), and any label that waits for its value
    r"|(?:签字|签名|签章|盖章)\)?:?$|:$"
)
_CHINESE = r"\p{Han}"
_STEMS = "甲乙丙丁戊己"
_FIRST_NUMBER = ["栏次", *_STEMS, "0", "1", "(1)", "1.0"]
ROLES = ("data", "total", "mean", "note", "header")
_DATA, _IS_TOTAL, _IS_MEAN, _IS_NOTE, _IS_HEADER = range(len(ROLES))
# What a text may say of its row; one bit each.
_SAYS_TOTAL, _SAYS_MEAN, _SAYS_NOTE, _IS_CHINESE = 1, 2, 4, 8
_LAST_ROW = 2**40  # beyond any
_FEW, _TITLES = 3, 2  # cells of a title's row; such rows over the header of a printed page
LONGEST_TOTAL = 24  # characters; a longer text that ends in 合计 is prose


def _repeated(
    grid: Grid, rows: pl.DataFrame, hits: pl.DataFrame, columns: pl.DataFrame, about: pl.DataFrame
) -> pl.Series:
    """line of header rows printed again further down (pages), with their group rows.

    `rows`: those under the headers; `about`: sid, kind, header_first, header_last.
    """
    under = np.isin(hits["line"].to_numpy(), rows["line"].to_numpy())
    again = (
        hits.filter(pl.Series(under))
        .join(about.select("sid", "kind"), on=["sid", "kind"])
        .join(columns.select("sid", "col", "column"), on=["sid", "col", "column"])
        .select("line", "sid")
    )
    if again.is_empty():
        return again["line"]
    some = about.join(again.select("sid").unique(), on="sid", how="semi")
    lines = grid.lines_between(some["sid"], some["header_first"].to_numpy(), _LAST_ROW)
    lines = lines.join(some.select("sid", "header_last"), on="sid", maintain_order="left")
    own = grid.on(lines.select("line", "header_last"))
    over = pl.col("row") <= pl.col("header_last")
    texts = own.filter(over).select("sid", "col", "word").unique().with_columns(same=True)
    rest = own.filter(~over).join(texts, on=["sid", "col", "word"], how="left")
    whole = rest.group_by("line").agg(same=pl.col("same").fill_null(False).all())
    return pl.concat([again["line"], whole.filter("same")["line"]])


def roles(
    grid: Grid, fields: np.ndarray, hits: pl.DataFrame, columns: pl.DataFrame, sheets: pl.DataFrame
) -> pl.DataFrame:
    """line, sid, row, role for every row under a header.

    `fields`: see `fields_of`. `columns` has sid, col, column; `sheets` sid, kind, anchor,
    header_first, header_last. Roles: data, total, mean, note, header. Only data rows are loaded;
    totals are checked.
    """
    about = sheets.select("sid", "kind", "anchor", "header_first", "header_last")
    last = about["header_last"].to_numpy().astype(np.int64)
    rows = grid.lines_between(about["sid"], last + 1, _LAST_ROW)
    line = rows["line"].to_numpy()
    keys = columns.join(about.select("sid", "anchor"), on="sid", maintain_order="left")
    key, name = (
        _words_under(grid, fields, own)[line]
        for own in (keys["column"] == keys["anchor"], columns["column"] == "branch_name")
    )
    again = marked(_repeated(grid, rows, hits, columns, about), len(grid.lines))[line]
    again |= _numbering(grid, rows, about)
    alone = rows["n"].to_numpy()
    alone = (alone == 1) | ((alone <= _FEW) & _over(again, rows))
    role = _role(grid, again, alone, (rows["first"].to_numpy(), key, name))
    named = pl.Series("role", role).cat.to(pl.Enum(ROLES))
    return rows.select("line", "sid", "row", named)


def _numbering(grid: Grid, rows: pl.DataFrame, about: pl.DataFrame) -> np.ndarray:
    """Which rows right under a header only number its columns: 甲 乙 1 2 3 …, or 1 2 3 …"""
    begins = about.select("sid", next=pl.col("header_last").cast(pl.Int64) + 1)
    under = rows.with_row_index("at").join(begins, on="sid").filter(pl.col("row") == pl.col("next"))
    under = grid.spelled(under, "dense", word="first").filter(pl.col("dense").is_in(_FIRST_NUMBER))
    found = np.zeros(len(rows), dtype=bool)
    for at, line in under.select("at", "line").iter_rows():
        own = grid.spelled(grid.on(pl.DataFrame({"line": [line]})), "dense")["dense"]
        found[at] = _counts(own.to_list())
    return found


def _counts(texts: list[str]) -> bool:
    """Whether texts, after 栏次 and stems, count on by one, and to three at least."""
    rest = [t.strip("()").removesuffix(".0") for t in texts if t not in ("栏次", *_STEMS)]
    numbers = [int(t) for t in rest if t.isdecimal()]
    return (
        len(numbers) == len(rest) >= 3
        and numbers[0] <= 1
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )


def _over(again: np.ndarray, rows: pl.DataFrame) -> np.ndarray:
    """Which rows stand right over a header printed again: the page has its title and number too."""
    sid, row = rows["sid"].to_numpy(), rows["row"].to_numpy().astype(np.int64)
    over = np.zeros(len(again), dtype=bool)
    for _ in range(_TITLES):
        near = (sid[1:] == sid[:-1]) & (row[1:] - row[:-1] <= 2)
        over[:-1] |= near & (again | over)[1:]
    return over


def without_second(rows: pl.DataFrame, seconds: pl.DataFrame) -> pl.DataFrame:
    """`rows` up to where a second table begins (`seconds`: sid, row)."""
    ends = seconds.select("sid", end="row")
    rows = rows.join(ends, on="sid", how="left", maintain_order="left")
    return rows.filter((pl.col("row") < pl.col("end")).fill_null(True)).drop("end")


def _words_under(grid: Grid, fields: np.ndarray, own: pl.Series) -> np.ndarray:
    """By line, the word of its cell in one of the columns that are marked `own`; if none, one more
    than there are."""
    under = np.flatnonzero(np.append(own.fill_null(False).to_numpy(), False)[fields])
    found = np.full(len(grid.lines), len(grid.words), dtype=np.uint32)
    found[grid.cells["line"].to_numpy()[under]] = grid.cells["word"].to_numpy()[under]
    return found


def _marks(grid: Grid, words: tuple[np.ndarray, ...]) -> np.ndarray:
    """By word what it may say of its row, for some words; 0 for the others and for none."""
    short = pl.col("text").str.len_chars() <= LONGEST_TOTAL
    there = np.zeros(len(grid.words) + 1, dtype=bool)
    for some in words:
        there[some] = True
    met = np.flatnonzero(there[:-1])
    clean = pl.col("dense")
    said = grid.words.select("text", "dense")[met].select(
        (clean.str.contains(_TOTAL) & short).cast(pl.UInt8) * _SAYS_TOTAL
        + (clean.str.contains(_MEAN) & short).cast(pl.UInt8) * _SAYS_MEAN
        + clean.str.contains(_NOTE).cast(pl.UInt8) * _SAYS_NOTE
        + pl.col("text").str.contains(_CHINESE).cast(pl.UInt8) * _IS_CHINESE
    )
    marks = np.zeros(len(grid.words) + 1, dtype=np.uint8)
    marks[met] = said.to_series().to_numpy()
    return marks


def _role(
    grid: Grid, again: np.ndarray, alone: np.ndarray, words: tuple[np.ndarray, ...]
) -> np.ndarray:
    """The place in ROLES of each row; `words`: of its first cell, its key and its branch's name."""
    marks = _marks(grid, words)
    first, key, name = (marks[some] for some in words)
    anywhere = first | key | name
    keyless = (words[1] == len(grid.words)) | (key & _IS_CHINESE > 0)
    note = keyless & ((first & _SAYS_NOTE > 0) | alone)
    role = np.where(note, np.uint8(_IS_NOTE), np.uint8(_DATA))
    role[anywhere & _SAYS_MEAN > 0] = _IS_MEAN
    role[anywhere & _SAYS_TOTAL > 0] = _IS_TOTAL
    role[again] = _IS_HEADER
    return role
