"""Which months a component's window covers, for a period (see `pipeline.metrics.declaration`)."""

from __future__ import annotations

from pipeline.periods import last_month, month_index, months_of, shift_month

EARLIEST = "1990-01"


def months_in(window: str, period: str) -> list[str]:
    """The months (YYYY-MM) of `window` for `period`, in order. ValueError: no such window."""
    months, last = months_of(period), last_month(period)
    year = period[:4]
    match window:
        case "period":
            return months
        case "end":
            return [last]
        case "before":
            return [shift_month(months[0], -1)]
        case "year_start":
            return [f"{int(year) - 1:04d}-12"]
        case "year_ago":
            return [shift_month(m, -12) for m in months]
        case "year_ago_end":
            return [shift_month(last, -12)]
        case "year":
            return [m for m in months_of(year) if m <= last]
        case "to_date":
            span = month_index(last) - month_index(EARLIEST)
            return [shift_month(EARLIEST, i) for i in range(span + 1)]
    raise ValueError(f"no such window: {window}")
