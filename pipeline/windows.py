"""Which months a component of a metric adds up, for each period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from pipeline import periods
from pipeline.metrics.declaration import Window


def months_in(period: str, window: Window, until: str, known: Sequence[str] = ()) -> list[str]:
    """The months of `window` for `period`, when nothing after the month `until` may be seen.

    The end of a period that is not over is `until`. `known`: the months that `to_date` picks from.
    A period that starts after `until` has none.
    """
    own = [m for m in periods.months_of(period) if m <= until]
    if not own:
        return []
    end = own[-1]
    before_year = f"{int(end[:4]) - 1:04d}-12"
    found: dict[Window, Iterable[str]] = {
        "period": own,
        "end": [end],
        "before": [periods.shift_month(own[0], -1)],
        "year_start": [before_year],
        "year_ago": [periods.shift_month(m, -12) for m in own],
        "year_ago_end": [periods.shift_month(end, -12)],
        "year": [periods.shift_month(before_year, i) for i in range(1, int(end[5:]) + 1)],
        "to_date": [m for m in known if m <= end],
    }
    return list(found[window])


def window_map(
    wanted: Sequence[str], window: Window, until: str, known: Sequence[str]
) -> pl.DataFrame:
    """[period × month] which months enter which period."""
    pairs = [(p, m) for p in wanted for m in months_in(p, window, until, known)]
    return pl.DataFrame(pairs, schema={"period": pl.String, "month": pl.String}, orient="row")
