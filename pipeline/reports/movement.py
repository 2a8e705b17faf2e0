"""What moved since the period before, and whether by more than chance (波动范围内 where not).

Ratios are compared over the same branches (`audits.statistics.change`). The gap between reported
and observed has its own published interval in each period; the two are put together by the square
root of the squared distances (R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10;
G. Y. Zou and A. Donner, ibid. 27 (2008) 1693-1702).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np
import polars as pl

from audits.statistics.change import Change, Verdict, quantile, ratio_change
from pipeline.periods import months_of
from pipeline.publishing.coverage import KIND
from pipeline.publishing.incomplete import INCOMPLETE, OWED
from pipeline.reports.blocks import Evidence, Quantity, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.saying import direction, pp, rare, rounded, say, whole
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word

GAP = "speak_up_gap"
UNDECIDED = "undecided"  # status of a share of appeals none of which is decided yet


@dataclass(frozen=True)
class Movement:
    """One metric of one node, now and before. `change` None: one of the two is missing."""

    now: Evidence
    before: Evidence
    change: Reckoned | None = None
    low: Reckoned | None = None
    high: Reckoned | None = None
    # Sheets of either period are not there, so that sums are not compared.
    owed: bool = field(default=False, kw_only=True)

    @property
    def verdict(self) -> Verdict | None:
        """None where there is nothing to compare with."""
        if self.change is None or self.change.value is None:
            return None
        low, high = (None if x is None else x.value for x in (self.low, self.high))
        return Change(self.change.value, low, high, 0).verdict

    @property
    def digits(self) -> int:
        """Decimals of the change and its limits: one, or as many more as show the sign of each
        where it is judged to be up or down."""
        if self.verdict not in ("up", "down"):
            return 1
        told = [x.value for x in (self.change, self.low, self.high) if x and x.value]
        return next((d for d in (1, 2) if all(rounded(x * 100, d) for x in told)), 3)


def movements(f: Figures, metrics: Sequence[str], scopes: Sequence[str]) -> list[Movement]:
    """The movement of every metric in every scope, metrics outermost."""
    members = {s: f.rows("scope_member", scope=s)["branch_code"].to_list() for s in scopes}
    found = []
    for metric in metrics:
        frame = _branches(f, metric)
        place = {code: i for i, code in enumerate(frame["scope"])}
        columns = frame.select("n1", "d1", "n0", "d0").to_numpy()
        for scope in scopes:
            own = columns[[place[c] for c in members[scope] if c in place]]
            found.append(_movement(f, metric, scope, own))
    return found


def movement(f: Figures, metric: str, scope: str | None = None) -> Movement:
    """The movement of one metric."""
    return movements(f, [metric], [scope or f.root])[0]


def _branches(f: Figures, metric: str) -> pl.DataFrame:
    """[scope, n1, d1, n0, d0]: the sums of each branch now (1) and before (0), 0 where none."""
    rows = f.near(metric).filter(
        (pl.col("level") == "branch") & pl.col("period").is_in([f.period, f.former])
    )
    own = [
        pl.col(column).filter(pl.col("period") == period).sum().alias(f"{column[0]}{i}")
        for i, period in ((1, f.period), (0, f.former))
        for column in ("numerator", "denominator")
    ]
    return rows.group_by("scope").agg(own).sort("scope").fill_null(0.0)


def _movement(f: Figures, metric: str, scope: str, own: np.ndarray) -> Movement:
    now, before = f.at(metric, scope), f.at(metric, scope, f.former)
    if now.value is None or before.value is None:
        return Movement(now, before)
    if _is_sum(f, metric) and _owes(f, scope):
        return Movement(now, before, owed=True)
    change = Reckoned(now.value - before.value, f"SELECT {_difference(now, before)}")
    declared = f.metrics.get(metric, {})
    if metric == GAP:
        return Movement(now, before, change, *_of_gap(f, now, before))
    if declared.get("form") != "ratio":
        return Movement(now, before, change)
    given = thresholds()
    n1, d1, n0, d0 = own.T
    found = ratio_change(n1, d1, n0, d0, given.change_confidence, given.change_branches)
    if found is None or found.low is None or found.high is None:
        return Movement(now, before, change)
    scale = float(declared.get("scale") or 1.0)
    half = scale * (found.high - found.low) / 2
    reach = quantile(found.branches, given.change_confidence) * scale
    return Movement(
        now,
        before,
        change,
        *(
            Reckoned(change.value + sign * half, _interval(now, before, sign * reach))  # type: ignore[operator]
            for sign in (-1, 1)
        ),
    )


def _is_sum(f: Figures, metric: str) -> bool:
    """Whether it adds up sheets and divides by nothing: less was sold, or less was reported."""
    declared = f.metrics.get(metric, {})
    return declared.get("form") in ("amount", "difference") and declared.get("observed") is False


def _owes(f: Figures, scope: str) -> bool:
    months = [*months_of(f.period), *months_of(f.former)]
    return f.rows("coverage", scope, kind=KIND, period=months, status=list(OWED)).height > 0


def _place(e: Evidence) -> str:
    return (
        f"metric = {quoted(e.metric)} AND scope = {quoted(e.scope)} AND period = {quoted(e.period)}"
    )


def _difference(now: Evidence, before: Evidence) -> str:
    a, b = (f"(SELECT value FROM metric_value WHERE {_place(e)})" for e in (now, before))
    return f"{a} - {b}"


def _interval(now: Evidence, before: Evidence, reach: float) -> str:
    """The query of a limit: `reach` standard errors from the change."""
    sums = ", ".join(
        f"coalesce(sum({column}) FILTER (period = {quoted(e.period)}), 0) AS {column[0]}{i}"
        for i, e in ((1, now), (0, before))
        for column in ("numerator", "denominator")
    )
    return (
        f"WITH v AS (SELECT scope, {sums} FROM metric_value WHERE metric = {quoted(now.metric)} "
        "AND level = 'branch' AND scope IN (SELECT branch_code FROM scope_member WHERE "
        f"scope = {quoted(now.scope)}) GROUP BY scope), "
        "s AS (SELECT sum(n1) AS n1, sum(d1) AS d1, sum(n0) AS n0, sum(d0) AS d0, "
        "count(*) FILTER (d1 > 0 OR d0 > 0) AS k FROM v), "
        "e AS (SELECT (v.n1 - s.n1 / s.d1 * v.d1) / s.d1 - (v.n0 - s.n0 / s.d0 * v.d0) / s.d0 AS e "
        f"FROM v, s) SELECT {_difference(now, before)} + {reach!r} * "
        "sqrt(max(s.k) / (max(s.k) - 1.0) * sum(e * e)) FROM e, s"
    )


def _of_gap(f: Figures, now: Evidence, before: Evidence) -> tuple[Reckoned | None, ...]:
    limits = [f.limits(e) for e in (now, before)]
    if any(v is None for pair in limits for v in pair) or now.value is None or before.value is None:
        return None, None
    (low1, high1), (low0, high0) = limits
    change = now.value - before.value
    down = hypot(now.value - low1, high0 - before.value)  # type: ignore[operator]
    up = hypot(high1 - now.value, before.value - low0)  # type: ignore[operator]
    one, two = (f"(SELECT * FROM metric_value WHERE {_place(e)})" for e in (now, before))
    query = f"SELECT a.value - b.value {{}} FROM {one} a, {two} b"
    return (
        Reckoned(
            change - down,
            query.format("- sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)"),
        ),
        Reckoned(
            change + up, query.format("+ sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)")
        ),
    )


def clause(lang: Language, m: Movement) -> Sentence:
    """How it compares with the period before, as part of a sentence."""
    if m.change is None:
        return say(lang, "move_first")
    if m.low is None or m.high is None:
        return say(lang, "move_unjudged", moved=_moved(lang, m.change))
    digits = m.digits
    limits = {"low": pp(m.low, digits=digits), "high": pp(m.high, digits=digits)}
    if m.verdict == "chance":
        return say(lang, "move_chance", moved=_moved(lang, m.change), **limits)
    return say(lang, f"move_{m.verdict}", pp=pp(m.change, False, digits), **limits)


def _moved(lang: Language, change: Reckoned) -> Sentence:
    """More or less than before, which is no verdict."""
    side = direction(change)
    return say(lang, f"move_{side}", **({} if side == "same" else {"pp": pp(change, signed=False)}))


def verdict_word(lang: Language, m: Movement, status: str = "") -> str:
    """The judgement in a word; of what has no value why, as far as `status` tells."""
    if m.now.value is None:
        why = {UNDECIDED: "verdict_undecided", INCOMPLETE: "verdict_owed"}
        return word(lang, why.get(status, "verdict_missing"))
    if m.owed:
        return word(lang, "verdict_owed")
    return word(lang, f"verdict_{m.verdict or 'none'}")


def columns(lang: Language, part: str) -> tuple[TableColumn, ...]:
    """The columns of a table of movements; `part` is the title of the first."""
    return (
        TableColumn("part", part, width=2.6),
        TableColumn("value", word(lang, "value"), "percent"),
        TableColumn("before", word(lang, "before"), "percent"),
        TableColumn("change", word(lang, "change_pp"), "pp"),
        TableColumn("low", word(lang, "change_low"), "pp"),
        TableColumn("high", word(lang, "change_high"), "pp"),
        TableColumn("verdict", word(lang, "judged"), width=1.5 if lang == "zh" else 2.4),
    )


def row(lang: Language, part: str, m: Movement) -> dict[str, object]:
    """One row of such a table, each figure with its source."""
    gap = m.now.metric == GAP
    found: dict[str, Evidence | Reckoned | None] = {
        "value": m.now, "before": m.before, "change": m.change, "low": m.low, "high": m.high,
    }  # fmt: skip
    digits = m.digits
    changed = {
        k: Quantity(e.value, "pp", digits)
        for k in ("change", "low", "high")
        if digits > 1 and (e := found[k]) is not None
    }
    # The gap is itself a difference of shares: its row has a format of its own.
    own = {k: Quantity(found[k].value, "pp") for k in ("value", "before")} if gap else {}  # type: ignore[union-attr]
    return {
        "part": part,
        "verdict": verdict_word(lang, m),
        **{k: None if e is None else e.value for k, e in found.items()},
        **own,
        **changed,
        "evidence": {k: e for k, e in found.items() if e is not None},
    }


def table(
    lang: Language, id: str, title: str, part: str, told: Sequence[tuple[str, Movement]]
) -> Table:
    """A table of movements, one row for each (name, movement)."""
    rows = [row(lang, name, m) for name, m in told]
    return Table(title, columns(lang, part), rows, len(told), id=id)


def by_chance(lang: Language, tables: Sequence[str], told: Sequence[Movement]) -> Sentence | None:
    """How many of the judged rows of these tables moved, and how many would by chance alone."""
    judged = [m for m in told if m.verdict not in (None, "unjudged")]
    if not judged:
        return None
    moved = [m for m in judged if m.verdict != "chance"]
    ids = "+".join(tables)
    rate = 1 - thresholds().change_confidence
    return say(
        lang,
        "moved_in_one_by_chance" if len(tables) == 1 else "moved_by_chance",
        n=whole(Reckoned(len(judged), f"document: {ids}: rows with low")),
        moved=whole(Reckoned(len(moved), f"document: {ids}: rows with low > 0 or high < 0")),
        chance=rare(Reckoned(len(judged) * rate, f"document: {ids}: rows with low * {rate:.2f}")),
    )
