"""Short ways to write the components that most metrics are made of."""

from __future__ import annotations

from typing import Any

from pipeline.metrics.declaration import Component, Window


def sheet(name: str, window: Window = "period", mean: bool = False) -> Component:
    """A column of the monthly sheet."""
    return Component("performance", lambda t: t[name], (name,), window=window, mean=mean)


def sheet_sum(*names: str) -> Component:
    """The sum of several columns of the monthly sheet; a blank in one leaves the row out."""

    def total(t: Any) -> Any:
        value = t[names[0]]
        for name in names[1:]:
            value = value + t[name]
        return value

    return Component("performance", total, names)


def lagged(name: str, lag: str, window: Window = "end", mean: bool = False) -> Component:
    """A column of the same branch's sheet of an earlier month (see marts.sheets.LAGS)."""
    return Component(
        "performance",
        lambda t: t[f"{name}_{lag}"],
        (name,),
        window=window,
        mean=mean,
        keys=(("branch_code", "branch_code"), ("month", f"{lag}_month")),
    )


def flag(mart: str, name: str, sources: tuple[str, ...], items: str = "") -> Component:
    """A 0/1 column of a mart. `items`: the list column with the items whose cells stand behind."""
    return Component(mart, lambda t: t[name], sources, keys=_items(items))


def each(mart: str, name: str, sources: tuple[str, ...], items: str = "") -> Component:
    """One for every row of a mart where `name` is known: the denominator of a 0/1 column."""
    return Component(mart, lambda t: (t[name] >= 0).ifelse(1, 0), sources, keys=_items(items))


def _items(column: str) -> tuple[tuple[str, str], ...]:
    if not column:
        return ()
    return (("visit_id", "visit_id"), ("encounter", "encounter"), ("item_id", column))
