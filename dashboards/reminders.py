"""Who has not reported as of now, and reminding them by mail, for the office.

The page above it tells what a publication saw; here the stores are asked, at the press of a button.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import doing
from dashboards.access import check_user_can, user_can
from dashboards.due import today
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.views import Context
from pipeline.completeness import completeness
from pipeline.delivery.mail import How, remind
from pipeline.faults import Fault
from pipeline.periods import label

_NOW, _PLAN = "completeness_now", "completeness_plan"
OWING = ("not_reported", "pending_correction")
Told = dict[str, Any]


def section(context: Context) -> None:
    """Nothing for whoever may not remind."""
    if not user_can(context.viewer, "remind"):
        return
    words = context.words
    st.subheader(words("remind.title"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        month = st.selectbox(
            words("column.period"),
            _months(),
            format_func=lambda m: label(m, words.lang),
            key="remind_month",
            width=200,
        )
        if st.button(words("remind.look"), key="remind_look", icon=":material/refresh:"):
            st.session_state.pop(_PLAN, None)
            _look(context, month)
    found: tuple[str, Told] | None = st.session_state.get(_NOW)
    if found is not None and found[0] == month:
        _owing(context, month, found[1])


def _months() -> list[str]:
    """The twelve months before this one, newest first: what can be owed."""
    day, found = today(), []
    at = day.year * 12 + day.month - 1
    for back in range(1, 13):
        year, month = divmod(at - back, 12)
        found.append(f"{year}-{month + 1:02d}")
    return found


def _look(context: Context, month: str) -> None:
    try:
        with st.spinner(context.words("app.working")):
            told = completeness(context.folder, month).to_json()
    except Fault as fault:
        st.session_state.pop(_NOW, None)
        st.warning(literal(context.words.of(fault.zh, fault.en)))
        return
    st.session_state[_NOW] = (month, told)


def _owing(context: Context, month: str, told: Told) -> None:
    words = context.words
    rows = [r for r in told["branches"] if r["status"] in OWING]
    st.markdown(words("remind.counts", due=told["due"].get(month, DASH), **told["counts"]))
    if not rows:
        st.success(words("completeness.all_in"))
        return
    table = _table(context, rows)
    st.dataframe(table, hide_index=True, placeholder=DASH, key="remind_table")
    with st.container(horizontal=True):
        st.download_button(
            words("app.download_table"),
            csv(table),
            file_name=f"not-reported-{month}.csv",
            mime="text/csv",
            key="remind_get",
            icon=":material/download:",
            on_click="ignore",
        )
        asked = st.button(words("remind.plan"), key="remind_plan", icon=":material/mail:")
    if asked:
        _ask(context, month, dry_run=True)
    plan: tuple[str, Told] | None = st.session_state.get(_PLAN)
    if plan is not None and plan[0] == month:
        _letters(context, month, plan[1])


def _table(context: Context, rows: list[Told]) -> pl.DataFrame:
    words = context.words
    found = [
        (
            words(f"coverage.{r['status']}"),
            r["branch_name"],
            r["branch_code"],
            r["month"],
            str(r["due"]),
            str(r.get("reminded") or ""),
        )
        for r in rows
    ]
    names = ("status", "branch", "code", "period", "due", "reminded")
    schema = {words(f"column.{n}"): pl.String for n in names}
    return pl.DataFrame(found, schema=schema, orient="row")


def _ask(context: Context, month: str, dry_run: bool) -> None:
    """Plans or sends. What stands in the way is said; the list can be taken along all the same."""
    words = context.words
    try:
        check_user_can(context.viewer, "remind")
        how = How(words.lang, dry_run=dry_run, actor=context.viewer.actor.name)
        with st.spinner(words("app.working")):
            told = remind(context.folder, month, how).to_json()
    except (Fault, OSError) as problem:
        said = words("doing.environment")
        if isinstance(problem, Fault):
            said = words.of(problem.zh, problem.en)
        st.session_state.pop(_PLAN, None)
        sentence, _, to_write = said.partition("\n")
        st.warning(literal(sentence))
        if to_write:  # lines of a settings file, as they are
            st.code(to_write, language=None, wrap_lines=True)
        st.caption(words("remind.by_list"))
        return
    if dry_run:
        st.session_state[_PLAN] = (month, told)
        return
    st.session_state.pop(_PLAN, None)
    st.session_state.pop(_NOW, None)
    counts = told["counts"]
    kind = "done" if counts["sent"] else "same"
    doing.tell(kind, words("remind.sent", sent=counts["sent"], **_rest(counts)))
    st.rerun()


def _rest(counts: Told) -> Told:
    others = sum(n for state, n in counts.items() if state not in ("sent", "already", "planned"))
    return {"already": counts["already"], "others": others}


def _letters(context: Context, month: str, plan: Told) -> None:
    """Who would get a letter and who has no address; then the button that sends."""
    words, counts = context.words, plan["counts"]
    st.markdown(words("remind.planned", planned=counts["planned"], **_rest(counts)))
    without = [
        f"{one['name']} · {words.of(one['zh'], one['en'])}"
        for one in plan["letters"]
        if one["state"] == "skipped"
    ]
    if without:
        with st.expander(words("remind.without", count=len(without))):
            st.markdown("\n".join(f"- {literal(w)}" for w in without))
    if counts["planned"] and st.button(
        words("remind.send", count=counts["planned"]), key="remind_send", type="primary"
    ):
        _ask(context, month, dry_run=False)
