"""Visits that may have been told twice: a card with its time changed is a second visit, and counts.

A visit is known by branch, round, edition, date and time of entry (DECISIONS 4), so a card sent
again with another time, or for another round, does not replace the former one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.subject import Subject

# What two cards of one visit have in common.
SAME = ["branch_code", "visit_date", "edition", "shopper_id"]

SAME_DAY = Rule(
    "visit_same_day", "warning", "none",
    "同一暗访员同日在该网点另有一份评分表（轮次 {round}，进入时间 {other}），两份都会计分。"
    "若是同一次暗访更正了时间或轮次，请用 mingcha correct 把先前那份改成与本件相同，"
    "本件便会取代它；确是两次暗访可忽略。",
    "The same shopper has another card of this branch and day (round {round}, time in {other}), "
    "and both count. If it is the same visit with its time or round corrected, make the former "
    "card say the same (mingcha correct), and this one replaces it; ignore this if there were two "
    "visits.",
)  # fmt: skip


def visits_told_twice(subject: Subject) -> list[Finding]:
    """A warning for each visit to a branch where the same shopper was that day, by another card.

    Looked at are the visits stored before and those above in the same run.
    """
    if "visit" not in subject.parsed.tables:
        return []
    own = subject.kept["visit"].drop_nulls(SAME).with_row_index("at", offset=1)
    parts = [own.select("at", "round", "time_in", *SAME)]
    if "visit_date" in subject.known.that_day.columns:
        stored = subject.known.that_day.select(
            pl.lit(0, pl.UInt32).alias("at"), *parts[0].columns[1:]
        )
        parts.append(stored.drop_nulls(SAME).cast(parts[0].schema))
    every = pl.concat(parts).rename({"at": "before", "round": "r", "time_in": "t"})
    another = pl.col("r").ne_missing(pl.col("round")) | pl.col("t").ne_missing(pl.col("time_in"))
    pairs = own.join(every, on=SAME).filter(pl.col("before") < pl.col("at"), another)
    first = pairs.sort("at", "before").unique("at", keep="first", maintain_order=True)
    return list(_told(subject, first))


def _told(subject: Subject, pairs: pl.DataFrame) -> Iterator[Finding]:
    for row in pairs.rows(named=True):
        words: dict[str, Any] = {
            "round": row["r"] or "—",
            "other": f"{row['t']:%H:%M}" if row["t"] else "—",
        }
        value = f"{row['time_in']:%H:%M}" if row["time_in"] else None
        finding = subject.places.at(SAME_DAY, "time_in", row, value=value, **words)
        if finding is not None:
            yield finding
