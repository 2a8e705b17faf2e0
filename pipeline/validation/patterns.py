"""Figures that look made up: copied from last month or from a neighbour, or all round.

Only what branches report themselves is looked at (网点填报). Nothing here is proof, so each is a
warning with its reason.
"""

from __future__ import annotations

from math import comb

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.periods import shift_month
from pipeline.sheets.declaration import SheetKind
from pipeline.validation.subject import Subject

SAME = 8  # positive counts that must agree before a row is called a copy …
SAME_SHARE = 0.8  # … and their share of the counts given: meetings alone agree in honest months
# Counts of up to 31 are left out of the test for round figures: meetings have a month's days as
# their bound, and 20 of them is no sign of anything.
LARGE = 32
CHANCE = 1e-4  # that an honest row is called round; of last digits one in five is 0 or 5
_KEY = ["branch_code", "month"]

COPIED_MONTH = Rule(
    "copied_month", "warning", "none",
    "本行 {given} 项网点填报数中有 {count} 项与上月（{before}）完全相同，疑似照抄上月。"
    "请网点按当月台账重新核对；属实可忽略。",
    "{count} of the {given} figures that the branch reports itself equal those of {before}: "
    "they may have been copied. Have the branch check its records; ignore if true.",
)  # fmt: skip
COPIED_ROW = Rule(
    "copied_row", "warning", "none",
    "本行的 {count} 项网点填报数与同月网点 {value} 完全相同，疑似复制后未改。"
    "请各网点按台账核对，改正抄来的数；属实可忽略。",
    "All {count} figures reported by the branch itself equal those of branch {value} in the same "
    "month: the row may be a copy. Have each branch check its records and correct what was "
    "copied; ignore if true.",
)  # fmt: skip
ROUND = Rule(
    "round_figures", "warning", "none",
    "本行 {given} 项较大的网点填报数中有 {count} 项的尾数是 0 或 5，疑似估算而非统计。"
    "请按台账核对；属实可忽略。",
    "{count} of the {given} larger figures that the branch reports itself end in 0 or 5: they may "
    "be estimates. Check them against the records; ignore if true.",
)  # fmt: skip


def pattern_findings(subject: Subject) -> list[Finding]:
    """Warnings of copied and of round rows, at the row's branch code."""
    columns = self_reported(subject.kind)
    if subject.kind.table != "performance":
        return []
    rows = subject.kept["performance"].drop_nulls(_KEY)
    columns = [c for c in columns if c in rows.columns]
    if len(columns) < SAME or rows.is_empty():
        return []
    return [
        *_of_last_month(subject, rows, columns),
        *_of_neighbours(subject, rows, columns),
        *_rounded(subject, rows, columns),
    ]


def self_reported(kind: SheetKind) -> list[str]:
    """Counts that branches fill in themselves."""
    return [c.id for c in kind.columns if c.type == "count" and c.filler == "branch"]


def _of_last_month(subject: Subject, rows: pl.DataFrame, columns: list[str]) -> list[Finding]:
    known = subject.known.performance
    parts = [f.select(*_KEY, *columns) for f in (known, rows) if set(columns) <= set(f.columns)]
    former = pl.concat(parts, how="vertical_relaxed").unique(_KEY, keep="last", maintain_order=True)
    months = former["month"].unique()
    following = {m: shift_month(m, 1) for m in months}
    former = former.with_columns(
        month=pl.col("month").replace_strict(following, return_dtype=pl.String), before="month"
    )
    both = rows.join(former, on=_KEY, suffix="__former")
    same = pl.sum_horizontal(
        ((pl.col(c) > 0) & (pl.col(c) == pl.col(f"{c}__former"))).fill_null(False).cast(pl.Int32)
        for c in columns
    )
    given = pl.sum_horizontal((pl.col(c) > 0).fill_null(False).cast(pl.Int32) for c in columns)
    both = both.with_columns(same=same, given=given)
    copied = both.filter(
        (pl.col("same") >= SAME) & (pl.col("same") >= SAME_SHARE * pl.col("given"))
    )
    made = (
        subject.places.at(COPIED_MONTH, "branch_code", r, given=r["given"], count=r["same"],
                          before=r["before"])
        for r in copied.rows(named=True)
    )  # fmt: skip
    return [f for f in made if f is not None]


def _of_neighbours(subject: Subject, rows: pl.DataFrame, columns: list[str]) -> list[Finding]:
    given = pl.sum_horizontal((pl.col(c) > 0).fill_null(False).cast(pl.Int32) for c in columns)
    full = rows.with_columns(given=given).filter(pl.col("given") >= SAME)
    group = ["month", *columns]  # in this run: of one sheet, or of one workbook each
    alike = full.with_columns(codes=pl.col("branch_code").unique().sort().over(
        group, mapping_strategy="join")).filter(pl.col("codes").list.len() > 1)  # fmt: skip
    found = []
    for row in alike.rows(named=True):
        others = [c for c in row["codes"] if c != row["branch_code"]]
        shown = "、".join(others[:3]) + ("、…" if len(others) > 3 else "")
        found.append(
            subject.places.at(COPIED_ROW, "branch_code", row, value=shown, count=row["given"])
        )
    return [f for f in found if f is not None]


def round_enough(given: int) -> int:
    """How many of `given` last digits must be 0 or 5 before chance is ruled out (> given: never).

    The tail of the binomial distribution with p = 1/5.
    """
    tail = 0.0
    for count in range(given, -1, -1):
        tail += comb(given, count) * 0.2**count * 0.8 ** (given - count)
        if tail > CHANCE:
            return count + 1
    return given + 1


def _rounded(subject: Subject, rows: pl.DataFrame, columns: list[str]) -> list[Finding]:
    def number(test: pl.Expr) -> pl.Expr:
        return test.fill_null(False).cast(pl.Int32)

    large = [number(pl.col(c) >= LARGE) for c in columns]
    fives = [number((pl.col(c) >= LARGE) & (pl.col(c) % 5 == 0)) for c in columns]
    counted = rows.with_columns(given=pl.sum_horizontal(large), fives=pl.sum_horizontal(fives))
    needed = {n: round_enough(n) for n in range(len(columns) + 1)}
    enough = pl.col("given").replace_strict(needed, return_dtype=pl.Int32)
    made = (
        subject.places.at(ROUND, "branch_code", r, given=r["given"], count=r["fives"])
        for r in counted.filter(pl.col("fives") >= enough).rows(named=True)
    )
    return [f for f in made if f is not None]
