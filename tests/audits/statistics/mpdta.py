"""The `mpdta` data as a panel (see data/mpdta.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from audits.statistics.group_time import NEVER, Panel

FILE = Path(__file__).parent / "data" / "mpdta.csv.gz"
FIRST = 2003


@cache
def mpdta() -> Panel:
    """500 counties × 2003–2007, log teen employment, each county its own cluster."""
    rows = pl.read_csv(FILE).sort("countyreal", "year")
    first = rows["first.treat"].to_numpy().reshape(500, 5)[:, 0]
    cohort = np.where(first == 0, NEVER, first - FIRST).astype(np.int64)
    return Panel(rows["lemp"].to_numpy().reshape(500, 5), cohort, np.arange(500))
