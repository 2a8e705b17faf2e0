"""What is no data sheet: files of no kind, skipped and hidden sheets, columns without a name."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.choosing import FEWEST
from pipeline.parsing.headers import LONGEST
from pipeline.parsing.layout import Layout
from pipeline.parsing.numbering import Grid, marked
from pipeline.sheets import kinds
from pipeline.sheets.declaration import SheetKind
from pipeline.workbook.cells import ReadBatch, letter

SEEN_ROWS = 30  # rows searched for what might have been meant as headers
SEEN = 12  # headers listed
_LIKE = 2  # headers in common that make a kind worth naming: any list has a name or a date
_APART = 4  # rows to one header, at most, of those that stand one under the other


def pick_visible(picks: pl.DataFrame, grid: Grid) -> tuple[pl.DataFrame, list[Finding]]:
    """Sheets to read: hidden ones only if their file has no visible one; one kind per file."""
    sheets = grid.sheets
    findings: list[Finding] = []
    known = picks.join(sheets.select("sid", "file", "sheet", "visible"), on="sid").sort("sid")
    shown = known.filter("visible").select("file").unique()
    shadow = known.filter(~pl.col("visible")).join(shown, on="file", how="semi")
    for file, sheet in shadow.select("file", "sheet").iter_rows():
        findings.append(rules.HIDDEN_SKIPPED.at(file, sheet))
    kept = known.join(shadow.select("sid"), on="sid", how="anti")
    for file, sheet in kept.filter(~pl.col("visible")).select("file", "sheet").iter_rows():
        findings.append(rules.HIDDEN_SHEET.at(file, sheet))
    mixed = kept.filter(pl.col("kind").n_unique().over("file") > 1)
    for _, group in mixed.group_by("file", maintain_order=True):
        findings.append(_two_kinds(group))
    skipped = _skipped(picks, grid, kept)
    return kept.select(picks.columns), findings + skipped


def _two_kinds(group: pl.DataFrame) -> Finding:
    first = kinds()[group["kind"][0]]
    other = group.filter(pl.col("kind") != first.id).row(0, named=True)
    second = kinds()[other["kind"]]
    return rules.TWO_KINDS.at(
        other["file"],
        other["sheet"],
        first=first.zh,
        second=second.zh,
        first_en=first.en,
        second_en=second.en,
    )


def _skipped(picks: pl.DataFrame, grid: Grid, kept: pl.DataFrame) -> list[Finding]:
    rest = grid.sheets.join(picks.select("sid"), on="sid", how="anti")
    if rest.is_empty():
        return []
    rest = rest.join(grid.lines.select("sid").unique(), on="sid", how="semi")
    rest = rest.join(kept.select("file").unique(), on="file", how="semi").sort("sid")
    return [
        rules.SHEET_SKIPPED.at(file, sheet)
        for file, sheet in rest.select("file", "sheet").iter_rows()
    ]


def unrecognised(
    batch: ReadBatch, hits: pl.DataFrame, scored: pl.DataFrame, picks: pl.DataFrame, grid: Grid
) -> list[Finding]:
    """A structural error for each file without a data sheet, unless reading already failed."""
    failed = {f.file for f in batch.findings if f.severity == "error"}
    read = set(grid.sheets.join(picks.select("sid"), on="sid", how="semi")["file"])
    findings = []
    for received in batch.files:
        if received.index in read or received.index in failed:
            continue
        own = grid.sheets.filter(pl.col("file") == received.index).select("sid", "sheet")
        lines = grid.numbered_lines().join(own, on="sid", maintain_order="left")
        if lines.is_empty():
            findings.append(rules.EMPTY_BOOK.at(received.index))
        else:
            texts = grid.spelled(grid.on(lines.select("line", "sheet")), "text")
            across = _transposed(received.index, texts, hits)
            findings.append(across or _stranger(received.index, texts, scored))
    return findings


def _transposed(file: int, texts: pl.DataFrame, hits: pl.DataFrame) -> Finding | None:
    """A finding if the headers of some kind stand one under the other, each beside its values."""
    own = hits.join(texts.select("sid", "sheet").unique(), on="sid")
    stacked = own.group_by("sid", "sheet", "kind", "col").agg(
        names=pl.col("column").n_unique(),
        row=pl.col("row").min(),
        rows=pl.col("row").n_unique(),
        span=pl.col("row").max() - pl.col("row").min() + 1,
    )
    # a long list of words has some that are headers, far apart
    stacked = stacked.filter(pl.col("rows") * _APART >= pl.col("span"))
    needed = {k.id: sum(c.required for c in (*k.columns, *k.head)) for k in kinds().values()}
    few = pl.col("kind").replace_strict(needed, return_dtype=pl.UInt32).clip(FEWEST)
    found = stacked.filter(pl.min_horizontal("names", "rows") >= few)
    if found.is_empty():
        return None
    best = found.sort(["names", "sid", "kind"], descending=[True, False, False])
    line = best.row(0, named=True)
    cell = f"{letter(line['col'])}{line['row']}"
    return rules.TRANSPOSED.at(file, line["sheet"], cell, line["row"])


def _stranger(file: int, texts: pl.DataFrame, scored: pl.DataFrame) -> Finding:
    words = texts.filter(
        (pl.col("row") <= SEEN_ROWS)
        & (pl.col("text").str.len_chars() <= LONGEST)
        & pl.col("text").str.contains(r"\p{L}")
    )
    if words.is_empty():
        words = texts
    counted = (
        words.group_by("sid", "row")
        .len()
        .sort(["len", "sid", "row"], descending=[True, False, False])
    )
    sid, row, _ = counted.row(0)
    line = words.filter((pl.col("sid") == sid) & (pl.col("row") == row)).sort("col")
    near = scored.join(texts.select("sid").unique(), on="sid", how="semi")
    near = near.filter(pl.col("matched") + pl.col("heads") >= _LIKE)
    near = near.sort(["score", "matched", "kind"], descending=[True, True, False])
    kind = kinds()[near["kind"][0]] if len(near) else None
    seen = [t[:LONGEST].strip() for t in line["text"].head(SEEN)]
    return rules.UNRECOGNISED.at(
        file,
        line["sheet"][0],
        row=row,
        seen="、".join(seen) or "（无）",
        seen_en=", ".join(seen) or "none",
        **_nearest(kind),
    )


def _nearest(kind: SheetKind | None) -> dict[str, str]:
    """The words {near} and {near_en}: the kind it looks most like, and what that must have."""
    if kind is None:
        zh, en = "没有哪种报表与它相近。", "No kind of sheet is like it."
        return {"near": zh, "near_en": en}
    needed = [c for c in (*kind.head, *kind.columns) if c.required]
    zh, en = "、".join(c.zh for c in needed), ", ".join(f"{c.zh} ({c.en})" for c in needed)
    return {
        "near": f"最接近的是《{kind.zh}》，它必须有：{zh}。",
        "near_en": f"Nearest kind: {kind.en}, which must have: {en}.",
    }


def nameless_columns(
    grid: Grid,
    fields: np.ndarray,
    named: int,
    rows: pl.DataFrame,
    placed: pl.DataFrame,
    found: list[Layout],
) -> list[Finding]:
    """A warning for each column with data under no header at all, at its first cell.

    `fields`: see `fields_of`; `named`: how many columns have a name.
    """
    data = marked(rows.filter(pl.col("role") == "data")["line"], len(grid.lines))
    under = np.flatnonzero((fields == named) & data[grid.cells["line"].to_numpy()])
    lost = grid.cells.select("sid", "col", "row")[under]
    lost = lost.unique(["sid", "col"], keep="first")
    if lost.is_empty():
        return []
    unknown = [(n, col) for n, layout in enumerate(found) for _, col, _ in layout.unknown]
    told = placed.select("sid", "layout").join(
        pl.DataFrame(unknown, schema={"layout": pl.UInt32, "col": pl.UInt16}, orient="row"),
        on="layout",
    )
    block = (placed[c].to_numpy() for c in ("header_first", "header_last"))
    headed = grid.on(grid.lines_between(placed["sid"], *block).select("line"))
    known = pl.concat([f.select("sid", "col") for f in (told, headed)])
    lost = lost.join(known, on=["sid", "col"], how="anti").sort("sid", "col")
    lost = lost.join(placed.select("sid", "file", "sheet"), on="sid", maintain_order="left")
    return [
        rules.NAMELESS_COLUMN.at(file, sheet, f"{letter(col)}{row}", row=row)
        for file, sheet, col, row in lost.select("file", "sheet", "col", "row").iter_rows()
    ]
