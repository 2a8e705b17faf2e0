"""The effect of a staggered introduction in any panel from outside (`mingcha effect FILE`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import polars as pl

from audits.statistics.effect import Effect, Estimate, cohorts, effect, estimates
from audits.statistics.group_time import NEVER, Controls, Ints, Panel, group_time
from audits.statistics.words import explained
from pipeline import periods as calendar
from pipeline.faults import Fault
from pipeline.outside import REFUSED, Outside
from pipeline.publishing.effect_words import reason

CONTROLS: tuple[Controls, ...] = ("not_yet", "never")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_NEVER = ("0", "0.0", "inf", "Inf", "never", "从未", "未导入")


@dataclass(frozen=True)
class Columns:
    """The headers of the table; `cluster` is who decided, the unit itself where none is named."""

    unit: str
    time: str
    outcome: str
    introduced: str
    cluster: str | None = None


@dataclass(frozen=True)
class Study:
    """The panel of a table, its periods as written, and how many units have no period before."""

    panel: Panel
    periods: list[str]
    units: int
    without_base: int


def study(table: Outside, columns: Columns) -> Study:
    """The panel of a table with one row per unit and time.

    Fault: 2 no such column; 1 a cell that cannot be read, a unit twice at one time, or with two
    dates of introduction or two clusters.
    """
    unit = _filled(table, columns.unit)
    time, introduced = _times(table, columns)
    periods = sorted(set(time))
    rows = pl.DataFrame({"unit": unit, "time": time, "y": table.measured(columns.outcome)})
    _once(table, rows)
    firsts = _constant(table, unit, introduced, columns.introduced)
    owners = list(firsts)
    if columns.cluster is not None:
        named = _filled(table, columns.cluster)
        owners = list(_constant(table, unit, named, columns.cluster).values())
    names = {u: i for i, u in enumerate(firsts)}
    places = {p: i for i, p in enumerate(periods)}
    outcome = np.full((len(names), len(periods)), np.nan)
    at = [names[u] for u in unit], [places[t] for t in time]
    outcome[at] = rows["y"].fill_null(float("nan")).to_numpy()
    cohort = cohorts(list(firsts.values()), periods)
    written = dict(zip(time, table.texts(columns.time), strict=True))
    return Study(
        Panel(outcome, cohort, _codes(owners)),
        [str(written[p]) for p in periods],
        len(names),
        int((cohort == 0).sum()),
    )


def _codes(owners: list[str]) -> Ints:
    return np.unique(np.array(owners), return_inverse=True)[1].astype(np.int64)


def _filled(table: Outside, column: str) -> list[str]:
    """A column without blanks."""
    texts = table.texts(column)
    if (row := texts.is_null().arg_max()) is not None and texts[row] is None:
        raise table.wrong(row, column, "", "不能为空", "must not be blank")
    return [str(t) for t in texts]


def _times(table: Outside, columns: Columns) -> tuple[list[Any], list[Any]]:
    """Time and introduction of every row, in one form that sorts; None: never introduced.

    Periods (2026-09, 2026Q3, 2026) where every time is one of the same kind, else dates, else
    numbers. An introduction may be finer than the periods: a date falls into its month or quarter.
    """
    time = [_whole(t) for t in _filled(table, columns.time)]
    began = [None if t is None else _whole(str(t)) for t in table.texts(columns.introduced)]
    form = _form(time)
    read = [_read(table, columns.time, i, t, form) for i, t in enumerate(time)]
    lowest = min(read)
    never = [t is None or (t in _NEVER and not (t in ("0", "0.0") and lowest <= form("0", True)))
             for t in began]  # fmt: skip
    return read, [
        None if never[i] else _read(table, columns.introduced, i, str(t), form)
        for i, t in enumerate(began)
    ]


def _whole(text: str) -> str:
    """2003.0, as a number column gives it, is 2003."""
    return text.strip().removesuffix(".0")


def _read(table: Outside, column: str, row: int, text: str, form: Callable[..., Any]) -> Any:
    try:
        return form(text)
    except ValueError as error:
        raise table.wrong(
            row, column, text, "不是时间，或与其他行写法不同",
            "is no time, or not written as in the other rows",
        ) from error  # fmt: skip


def _form(times: list[str]) -> Callable[..., Any]:
    """How the times of a table are read: as periods of one kind, dates, or numbers."""
    try:
        kinds = {calendar.kind_of(calendar.parse_period(t)) for t in times}
    except ValueError:
        kinds = set()
    if len(kinds) == 1:
        kind = kinds.pop()
        return lambda text, zero=False: "" if zero else _period(text, kind)
    if all(_is_date(t) for t in times):
        began = _beginnings({_date(t) for t in times})
        if began:
            return lambda text, zero=False: "" if zero else _period(text, began)
        return lambda text, zero=False: "" if zero else _date(text)
    return lambda text, zero=False: 0.0 if zero else float(text)


def _period(text: str, kind: Literal["month", "quarter", "year"]) -> str:
    try:
        found = _date(text)[:7]
    except ValueError:
        found = calendar.parse_period(text)
    month = found if calendar.kind_of(found) == "month" else calendar.months_of(found)[0]
    if kind == "month":
        return month
    return calendar.quarter_of(month) if kind == "quarter" else month[:4]


def _beginnings(dates: set[str]) -> Literal["month", "quarter", "year"] | None:
    """The kind of period that dates are the first days of; None if they are not.

    A quarter written as its first day would otherwise lie before an introduction within it, and the
    branch would count as introduced one period late.
    """
    if any(day[8:] != "01" for day in dates):
        return None
    months = {day[5:7] for day in dates}
    if months == {"01"}:
        return "year"
    return "quarter" if months <= {"01", "04", "07", "10"} else "month"


def _date(text: str) -> str:
    """ISO date of 2024-03-01, 2024/3/1, 2024.3.1 or 2024年3月1日, with or without a time."""
    found = _DAY.match(text)
    if not found:
        return date.fromisoformat(text[:10]).isoformat()
    return date(*(int(part) for part in found.groups())).isoformat()


def _is_date(text: str) -> bool:
    try:
        return bool(_date(text))
    except ValueError:
        return False


def _once(table: Outside, rows: pl.DataFrame) -> None:
    twice = rows.select(pl.struct("unit", "time").is_first_distinct().not_().alias("twice"))[
        "twice"
    ]
    if twice.any():
        row = int(twice.arg_max() or 0)
        zh, en = table.place(row)
        raise Fault(
            f"{table.name} {zh}：{rows['unit'][row]} 在 {rows['time'][row]} 已有一行。"
            "每个单位每期只能有一行。",
            f"{table.name}, {en}: {rows['unit'][row]} already has a row at {rows['time'][row]}. "
            "Keep one row for each unit and time.",
            REFUSED,
        )


def _constant(table: Outside, unit: list[str], values: list[Any], column: str) -> dict[str, Any]:
    """The value of each unit, in order; Fault (1) where a unit has two."""
    found: dict[str, Any] = {}
    for row, (name, value) in enumerate(zip(unit, values, strict=True)):
        if found.setdefault(name, value) != value:
            raise table.wrong(
                row, column, value, f"与 {name} 其他行不同，每个单位只能有一个",
                f"differs from the other rows of {name}; each unit has one",
            )  # fmt: skip
    return found


def result(found: Study, better: Literal["up", "down"], seed: int) -> dict[str, Any]:
    """The documented JSON: verdict with reason and figure, and everything computed, both controls.

    `results` are what the estimator gives on all cells; `verdict` is governed by the guards.
    """
    judged = effect(found.panel, better=better, seed=seed)
    words = explained("effect")
    return {
        "units": found.units,
        "without_base": found.without_base,
        "clusters": found.panel.clusters,
        "periods": found.periods,
        "cohorts": {found.periods[g]: n for g, n in found.panel.sizes.items()},
        "not_introduced": int((found.panel.cohort == NEVER).sum()),
        "better": better,
        "verdict": judged.verdict,
        "name": {
            "zh": words.phrase(judged.verdict, "zh"),
            "en": words.phrase(judged.verdict, "en"),
        },
        "reason": {"zh": reason(judged, "", "zh"), "en": reason(judged, "", "en")},
        "p_pre": judged.p_pre,
        "estimate": _headline(judged),
        "results": [
            _line(e, controls, found.periods)
            for controls in CONTROLS
            for e in estimates(group_time(found.panel, controls), seed, cells=True)[0]
        ],
    }


def _headline(judged: Effect) -> dict[str, Any] | None:
    """The figure of a verdict; none where there is no verdict."""
    if judged.verdict == "insufficient" or judged.overall is None:
        return None
    e = judged.overall
    return {k: getattr(e, k) for k in ("estimate", "low", "high", "n", "clusters")}


def _line(e: Estimate, controls: Controls, periods: list[str]) -> dict[str, Any]:
    time = None if e.cohort is None or e.event is None else periods[e.cohort + e.event]
    return {
        "controls": controls,
        "kind": e.kind,
        "cohort": None if e.cohort is None else periods[e.cohort],
        "time": time,
        "event": e.event,
        **{k: getattr(e, k) for k in ("estimate", "low", "high", "n", "clusters")},
    }
