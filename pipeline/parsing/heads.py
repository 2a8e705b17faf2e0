"""Head fields of one-visit sheets: a label, and the value in the next cell of its row."""

from __future__ import annotations

import numpy as np
import polars as pl

from audits.lookups import firsts
from pipeline.parsing.numbering import Grid
from pipeline.sheets import kinds


def head_values(grid: Grid, hits: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """sid, column, row, col, text, flag of each head field; text is null if no value follows.

    A value stands right of its label, in the label's own cell (网点代码：0123), or, where a row
    holds nothing but labels, under it. Of a label written twice the
    first that has a value counts.
    """
    one_visit = [k.id for k in kinds().values() if k.layout == "one_visit"]
    sheets = placed.filter(pl.col("kind").is_in(one_visit)).select("sid", "kind", "header_first")
    labels = (
        hits.filter("head")
        .join(sheets, on=["sid", "kind"], maintain_order="left")
        .filter(pl.col("row") < pl.col("header_first"))
        .select("line", "col", "column", "inside")
    )
    labels = labels.filter(pl.Series(firsts(labels["line"].to_numpy(), labels["col"].to_numpy())))
    before = sheets["header_first"].to_numpy().astype(np.int64) - 1
    lines = grid.lines_between(sheets["sid"], 1, before).select("line")
    above = grid.spelled(grid.on(lines), "text", "flag")
    above = above.join(labels, on=["line", "col"], how="left", maintain_order="left")
    follows = (
        (pl.col("line").shift(-1) == pl.col("line")) & pl.col("column").shift(-1).is_null()
    ).fill_null(False)
    within = pl.col("inside").is_not_null()

    def value(name: str) -> pl.Expr:
        return pl.when(follows).then(pl.col(name).shift(-1))

    found = above.with_columns(
        value_text=pl.when(within).then("inside").otherwise(value("text")),
        value_flag=pl.when(within).then(pl.lit("")).otherwise(value("flag")),
        value_col=pl.when(within | ~follows).then("col").otherwise(value("col")),
    ).filter(pl.col("column").is_not_null())
    found = found.select(
        "sid", "column", "row", col="value_col", text="value_text", flag="value_flag"
    )
    found = pl.concat([found, _below(above)])
    found = found.sort("sid", "column", pl.col("text").is_null(), "row", "col")
    return found.filter(pl.struct("sid", "column").rle_id().diff().ne_missing(0))


def _below(above: pl.DataFrame) -> pl.DataFrame:
    """Head fields whose value stands under the label: a row of labels only, over one of values."""
    line = above["line"].to_numpy()
    first = np.flatnonzero(firsts(line))
    count = np.diff(np.append(first, len(line)))
    labels = np.add.reduceat(above["column"].is_not_null().to_numpy().astype(int), first)
    only = (labels == count) & (count > 1)
    values = np.append((labels[1:] == 0) & (line[first[1:]] == line[first[:-1]] + 1), False)
    named = above.filter(pl.Series(np.repeat(only & values, count)))
    under = above.with_columns(line=pl.col("line") - 1, over=pl.col("row") - 1)
    pairs = named.join(under, on=["line", "col"], suffix="_under", maintain_order="left")
    return pairs.filter(pl.col("over") == pl.col("row")).select(
        "sid", "column", row="row_under", col="col", text="text_under", flag="flag_under"
    )
