"""The register of corrective actions and appeals, counted in one place for documents and pages.

A publication carries the ledger sheets and the actions of the system as one register, as it stood
at the end of the period. Two numbers of the same thing differ where two places count it; so the
circular, the digest, the one-pager and the pages all ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipeline import periods
from pipeline.publishing.cells import OFFICE
from pipeline.reports.blocks import Reckoned
from pipeline.reports.figures import Figures, quoted

ACTIONS, APPEALS = "fact_corrective_action", "fact_appeal"
OUTCOMES = ("成立", "部分成立", "不成立", "待处理")
DECIDED = OUTCOMES[:3]


def span(f: Figures) -> tuple[date, date]:
    """First and last day of the period."""
    return periods.days_of(f.months[0])[0], periods.days_of(f.months[-1])[-1]


@dataclass(frozen=True)
class Actions:
    """Corrective actions of a node. `due`: fell due in the period; `open`: not closed by its end;
    `late`: of those, past their due day; `office`: of those, issued by the system."""

    due: Reckoned
    open: Reckoned
    late: Reckoned
    office: Reckoned


def actions(f: Figures, within: str = "") -> Actions:
    """How the register stood at the end of the period, in the province or in a node."""
    first, last = span(f)
    waits = open_by(last)
    conditions = {
        "due": pl.col("due_date").is_between(first, last),
        "open": waits,
        "late": waits & (pl.col("due_date") <= last),
        "office": waits & (pl.col("sha256") == OFFICE),
    }
    queries = {
        "due": f"due_date BETWEEN DATE '{first}' AND DATE '{last}'",
        "open": open_sql(last),
        "late": f"{open_sql(last)} AND due_date <= DATE '{last}'",
        "office": f"{open_sql(last)} AND sha256 = {quoted(OFFICE)}",
    }
    rows = _of(f, ACTIONS, within)
    found = {
        name: Reckoned(
            rows.filter(holds).height if rows.height else 0,
            _query(f, ACTIONS, queries[name], within),
        )
        for name, holds in conditions.items()
    }
    return Actions(**found)


def open_by(last: date) -> pl.Expr:
    """Whether an action was not closed by day `last`: one closed later was open then."""
    return pl.col("closed_date").is_null() | (pl.col("closed_date") > last)


def open_sql(last: date, alias: str = "") -> str:
    """The same as SQL."""
    return f"({alias}closed_date IS NULL OR {alias}closed_date > DATE '{last}')"


def appeals(f: Figures, outcomes: tuple[str, ...] = (), within: str = "") -> Reckoned:
    """Appeals filed in the period that ended so, by the appeal sheets; all if none is named."""
    first, last = span(f)
    rows = _of(f, APPEALS, within)
    n, condition = 0, f"filed_date BETWEEN DATE '{first}' AND DATE '{last}'"
    if rows.height:
        own = rows.filter(pl.col("filed_date").is_between(first, last))
        n = own.filter(pl.col("outcome").is_in(outcomes)).height if outcomes else own.height
    if outcomes:
        condition += f" AND outcome IN ({', '.join(quoted(o) for o in outcomes)})"
    return Reckoned(n, _query(f, APPEALS, condition, within))


def undecided(f: Figures, within: str = "") -> tuple[pl.DataFrame, str]:
    """Appeals of the register filed by the end of the period and not decided, in order of their
    days, and the query that gives them."""
    last = span(f)[1]
    waits = f"filed_date <= DATE '{last}' AND outcome = {quoted(OUTCOMES[3])}"
    order = "ORDER BY filed_date, appeal_id"
    query = _query(f, APPEALS, waits, within).replace("count(*)", "*")
    rows = _of(f, APPEALS, within)
    if rows.is_empty():
        return rows, f"{query} {order}"
    own = rows.filter((pl.col("outcome") == OUTCOMES[3]) & (pl.col("filed_date") <= last))
    return own.sort("filed_date", "appeal_id"), f"{query} {order}"


def _of(f: Figures, table: str, within: str) -> pl.DataFrame:
    """Rows of the branches of a node; of the province, all."""
    return f.rows(table, within if within and within != f.root else "")


def _query(f: Figures, table: str, condition: str, within: str) -> str:
    if not within or within == f.root:
        return f"SELECT count(*) FROM {table} WHERE {condition}"
    own = f"SELECT branch_code FROM scope_member WHERE scope = {quoted(within)}"
    return f"SELECT count(*) FROM {table} WHERE {condition} AND branch_code IN ({own})"
