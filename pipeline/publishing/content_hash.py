"""The content hash of a publication: same inputs, same hash (design §1).

It runs over the values of every table, rows and columns in a canonical order, and over the
provenance of the facts as SHA-256, sheet and cell. Left out, because they differ between two
publications of the same content: revision, stage, clock, upload ids and ledger numbers,
pseudonyms, code version, and table `restatement`, which speaks of the former revision. What the
clock decides (handed in when, late or in time) is left out too: the same workbooks ingested
tomorrow are the same content.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping

import polars as pl
import polars.selectors as cs

LEFT_OUT = frozenset({"restatement", "fact_upload"})
CLOCK_METRICS = frozenset({"reporting_on_time", "first_pass"})
# Sums of doubles may differ in their last bits with the order of addition; nobody publishes those.
DIGITS = 10


def content_hash(tables: Mapping[str, pl.DataFrame], period: str = "") -> str:
    """SHA-256 (hex) of the content of a publication's tables, given by name in any order.

    The period is content: the same tables published for September and for the quarter that
    ends with it say different things, since a reader takes the ranks of *that* period from them.
    """
    whole = hashlib.sha256(f"{period}\n".encode())
    for name in sorted(set(tables) - LEFT_OUT):
        whole.update(f"{name}\n{table_hash(name, tables[name])}\n".encode())
    return whole.hexdigest()


def table_hash(name: str, frame: pl.DataFrame) -> str:
    """SHA-256 (hex) of one table: columns by name, rows sorted, null unlike the empty text."""
    plain = _canonical(_without_clock(name, frame))
    out = io.BytesIO()
    out.write(repr(plain.columns).encode())
    plain.write_ndjson(out)
    return hashlib.sha256(out.getbuffer()).hexdigest()


def _without_clock(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    if name == "coverage":
        return frame.with_columns(pl.col("status").replace("late", "reported"))
    if name == "metric_value":
        return frame.filter(~pl.col("metric").is_in(list(CLOCK_METRICS)))
    if name == "shopper_calibration":
        return frame.drop("shopper")  # a pseudonym of this publication
    return frame


def _canonical(frame: pl.DataFrame) -> pl.DataFrame:
    lists = cs.list()
    plain = frame.select(sorted(frame.columns)).with_columns(
        cs.decimal().cast(pl.String),
        cs.temporal().cast(pl.String),
        (cs.float().round_sig_figs(DIGITS) + 0.0),  # -0.0 is 0.0
        lists.list.sort().list.join("\x1f").name.keep(),
    )
    return plain.sort(plain.columns, nulls_last=False)
