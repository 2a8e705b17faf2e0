"""Parts of the branch page: adoption status, control limits, what it claims against what was seen.

Nothing of it is drawn where the publication has no such table.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.statistics.words import explained
from dashboards import queries
from dashboards.formats import literal, points, written
from dashboards.views import Context
from dashboards.words import Words
from pipeline.periods import label

_ICONS = {
    "relapsed": ":material/trending_down:",
    "sustained": ":material/verified:",
    "insufficient": ":material/help:",
}


def status(context: Context, code: str) -> None:
    """One line: the status and since when; below it why."""
    words = context.words
    rows = queries.adoption(context.publication, context.scope("values"))
    row = next(rows.filter(pl.col("scope") == code).iter_rows(named=True), None)
    if row is None:
        return
    said = words("adoption.of_branch", status=words(f"adoption.status.{row['status']}"))
    if row["since"]:
        said += words("adoption.since", since=label(row["since"], words.lang))
    icon = _ICONS.get(row["status"], ":material/timeline:")
    st.markdown(f"{icon} **{literal(said)}**  \n{literal(str(row[words.lang] or ''))}")
    if sign := early(context, code):
        st.markdown(f":material/notification_important: {literal(sign)}")


def early(context: Context, code: str) -> str:
    """The early sign of the monthly sheets at a branch, in its sentence; empty without one."""
    rows = queries.early_signs(context.publication, context.scope("values"))
    own = rows.filter((pl.col("scope") == code) & pl.col("told"))
    return str(own[context.words.lang][0] or "") if own.height else ""


def index(context: Context, code: str) -> None:
    """The composite index and how far its rank hangs on the weights."""
    words = context.words
    row = queries.composite(context.publication, context.scope("values"), code)
    if row is None:
        return
    ranks = {c: row[c] for c in ("rank", "of", "low", "high")}
    withheld = _rank_withheld(context, code)
    said = words(
        "branch.index_bare" if withheld else "branch.index",
        index=points(row["index"]),
        geometric=row["geometric_rank"],
        coverage=written(words, row["coverage"], "%"),
        **ranks,
    )
    if row["vetoed"]:
        said += " " + words("branch.index_vetoed", published=points(row["published"]))
    st.caption(literal(said), help=explained("weight_sensitivity").sentence.of(words.lang))


def _rank_withheld(context: Context, code: str) -> bool:
    """Whether the branch carries no rank: then neither has its index one."""
    rows = queries.standing(context.publication, context.scope("values"), code)
    own = rows.filter(pl.col("peer_group") == queries.PROVINCE_WIDE)
    return bool(own.height) and own["rank"][0] is None


def limits(context: Context, code: str, chart: dict[str, Any] | None, unit: str) -> None:
    """What the control chart of a metric says in this period, under the trend."""
    words = context.words
    if chart is None:
        return
    if chart["status"] != "ok":
        st.caption(words(f"branch.chart_{chart['status']}"))
        return
    shown = {c: written(words, chart[c], unit) for c in ("centre", "lower", "upper")}
    said = [words("branch.limits", points=chart["points"], **shown)]
    every = queries.signals(context.publication, context.scope("values"))
    own = every.filter((pl.col("scope") == code) & (pl.col("metric") == chart["metric"]))
    said += own[words.lang].to_list() or [words("branch.no_signal")]
    st.caption(literal(words.joined(said)), help=explained("control_chart").sentence.of(words.lang))


def claim(context: Context, code: str) -> None:
    """Reported against observed, with the interval, and what looks made up."""
    words = context.words
    rows = queries.claims(context.publication, context.scope("values"))
    row = next(rows.filter(pl.col("scope") == code).iter_rows(named=True), None)
    if row is None:
        return
    st.subheader(
        words("claim.of_branch"), anchor=False,
        help=explained("claimed_gap").sentence.of(words.lang),
    )  # fmt: skip
    if row["status"] == "ok":
        shares = {c: written(words, row[c], "%") for c in ("reported", "observed")}
        gaps = {c: written(words, row[c], "pp") for c in ("low", "high")}
        gaps["side"] = _side(words, row["gap"])
        counts = {c: row[c] for c in ("visits", "encounters")}
        said = words("claim.says", **shares, **gaps, **counts)
    else:
        said = words(f"claim.{row['status']}")
    st.markdown(literal(words.joined([said, *_doubts(words, row)])))


def _side(words: Words, gap: float) -> str:
    """Which of the two is more, in words; the sign is that of reported minus observed."""
    if not round(100 * gap, 1):
        return words("claim.same")
    return words("claim.more" if gap > 0 else "claim.less", gap=f"{100 * abs(gap):.1f}")


def _doubts(words: Words, row: dict[str, Any]) -> list[str]:
    found = []
    if row["overclaimed"]:
        found.append(words("claim.overclaimed"))
    if row["unusual"]:
        found.append(words("claim.unusual", typical=written(words, row["typical"], "%")))
    if row["heaped"]:
        found.append(words("claim.heaped", of=row["figures"], found=row["fives"]))
    if row["copied"]:
        slots = {"of": row["pairs"], "found": row["equal"]}
        found.append(words("claim.copied", expected=points(row["equal_expected"]), **slots))
    if row["twins"]:
        found.append(words("claim.twins", count=row["twins"]))
    return found


def interval(words: Words, low: float | None, high: float | None, unit: str) -> str:
    """`low` to `high` in the words of the unit; nothing where a number has no interval."""
    if low is None or high is None:
        return ""
    return f"{written(words, low, unit)} – {written(words, high, unit)}"


def method(context: Context, *statistics: str) -> None:
    """The method notes of some statistics, folded away."""
    words = context.words
    with st.expander(words("adoption.method")):
        for statistic in statistics:
            text = explained(statistic)
            st.markdown(f"**{text.name.of(words.lang)}**")
            for paragraph in text.method.of(words.lang):
                st.markdown(paragraph)
