"""Confirm or appeal in the check period: buttons, and the forms behind them as dialogues.

The procedures refuse for themselves what may not be; their sentence is what the page shows. Who
acts is the viewer, never what a form says.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.appeals import STATES, Appeal
from dashboards import dialogue, handed_in
from dashboards.access import Denied, check_user_can, user_can
from dashboards.due import Due
from dashboards.formats import literal
from dashboards.queries import branch_facts
from dashboards.views import Context
from pipeline import appeals, check_period
from pipeline.faults import Fault

APPEAL, CONFIRM, WITHDRAW = "appeal", "confirm", "withdraw"
GROUNDS = ("fact", "applies", "standard", "other")
_EVERYWHERE = -1  # all counters of the visit
Row = dict[str, Any]


def can_appeal(context: Context, code: str, waiting: Due) -> bool:
    """Whether the viewer may appeal for this branch now."""
    own = user_can(context.viewer, "appeal") and context.viewer.node == code
    return own and waiting.checking


def bar(context: Context, code: str, waiting: Due) -> None:
    """The check period in a sentence, and the two buttons of who may use them."""
    words, check = context.words, waiting.check
    if check.until is None:
        return
    confirmed = check.confirmed.get(code)
    if confirmed:
        st.success(words("check.confirmed", day=confirmed), icon=":material/task_alt:")
    elif waiting.checking:
        said = "check.open" if can_appeal(context, code, waiting) else "check.open_seen"
        st.info(words(said, until=check.until), icon=":material/fact_check:")
    else:
        st.caption(words("check.over", until=check.until))
    if not can_appeal(context, code, waiting):
        return
    standing = _standing(context, code, waiting)
    if standing and not confirmed:
        st.caption(words("check.appealed", numbers=", ".join(standing)))
    with st.container(horizontal=True, key="check_buttons"):
        if not confirmed and not standing:
            st.button(
                words("check.confirm"), key="confirm_open", type="primary",
                icon=":material/task_alt:", on_click=dialogue.ask, args=(CONFIRM,),
                kwargs={"code": code},
            )  # fmt: skip
        st.button(
            words("appeal.file"), key="appeal_open", icon=":material/gavel:",
            on_click=dialogue.ask, args=(APPEAL,), kwargs={"code": code, "item": ""},
        )  # fmt: skip


def _standing(context: Context, code: str, waiting: Due) -> list[str]:
    """Numbers of the branch's appeals about this period that wait: it cannot confirm meanwhile."""
    period = context.publication.period
    mine = ((a.number, a.contested) for a in waiting.appeals if a.open and a.contested)
    return [str(n) for n, c in sorted(mine) if (c.branch, c.period) == (code, period)]


def item_button(context: Context, code: str, item: str, key: str, waiting: Due) -> None:
    """Appeals this very item; nothing for whoever may not, or out of the check period."""
    if not can_appeal(context, code, waiting):
        return
    st.button(
        context.words("appeal.item"), key=key, icon=":material/gavel:", on_click=dialogue.ask,
        args=(APPEAL,), kwargs={"code": code, "item": item},
    )  # fmt: skip


def own(context: Context, waiting: Due) -> None:
    """The branch's own appeals and how each stands."""
    words = context.words
    if not waiting.appeals:
        return
    st.markdown(f"**{words('appeal.own')}**")
    mine = user_can(context.viewer, "appeal")
    for one in sorted(waiting.appeals, key=lambda a: -a.number):
        with st.container(horizontal=True, vertical_alignment="center", key=f"own_{one.number}"):
            st.markdown(literal(_said(context, one)), width="content")
            if mine and one.open:
                st.button(
                    words("appeal.withdraw"), key=f"appeal_withdraw_{one.number}",
                    on_click=dialogue.ask, args=(WITHDRAW,), kwargs={"number": one.number},
                )  # fmt: skip


def _said(context: Context, appeal: Appeal) -> str:
    words, about = context.words, appeal.contested
    slots = {"number": appeal.number, "state": words.of(*STATES[appeal.state])}
    known = branch_facts.item_words(context.publication)
    item = words.of(*known.get(about.item, (about.item, None))) if about else ""
    slots |= {"item": item, "day": about.visit_date if about else ""}
    said = words("appeal.line", **slots)
    return said + (words("appeal.until", until=appeal.until) if appeal.until else "")


def dialogues(context: Context) -> None:
    """Draws the form that was asked for. At the end of the branch page."""
    found = dialogue.asked(APPEAL, CONFIRM, WITHDRAW)
    if found is None:
        return
    (kind, given), words = found, context.words
    if kind == CONFIRM:
        dialogue.draw(words, words("check.confirm"), lambda: _confirm(context, **given), "small")
    elif kind == WITHDRAW:
        title = words("appeal.withdraw_title", number=given["number"])
        dialogue.draw(words, title, lambda: _withdraw(context, **given), "small")
    else:
        dialogue.draw(words, words("appeal.title"), lambda: _form(context, **given), "medium")


def _may(context: Context, code: str) -> None:
    check_user_can(context.viewer, "appeal")
    if context.viewer.node != code:
        raise Denied


def _confirm(context: Context, code: str) -> None:
    """What confirming means, and the act."""
    check_user_can(context.viewer, "confirm")
    _may(context, code)
    words, period = context.words, context.publication.period
    st.markdown(words("check.means"))
    if not st.button(words("check.yes"), key="confirm_do", type="primary"):
        return
    try:
        with st.spinner(words("app.working")):
            check_period.confirm(context.folder, period, code, context.viewer.actor)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    dialogue.close()
    st.rerun()


def _withdraw(context: Context, number: int) -> None:
    """Takes the own appeal back; the procedure refuses whoever it does not belong to."""
    check_user_can(context.viewer, "appeal")
    words = context.words
    st.markdown(words("appeal.withdraw_means"))
    if not st.button(words("appeal.withdraw_yes"), key="withdraw_do", type="primary"):
        return
    with st.spinner(words("app.working")):
        appeals.step(context.folder, number, "withdraw", context.viewer.actor)
    dialogue.close()
    st.rerun()


def _form(context: Context, code: str, item: str) -> None:
    """Item, visit, counter, grounds, facts, evidence: what the procedure asks for."""
    _may(context, code)
    if (done := st.session_state.get("_appeal_filed")) is not None:
        _filed(context, done)
        return
    words = context.words
    facts = branch_facts.failures(context.publication, context.scope("items"), code)
    if facts.is_empty():
        st.info(words("appeal.nothing"))
        return
    chosen = _what(context, facts, item)
    st.caption(words("appeal.rules"))
    with st.form("appeal_form", enter_to_submit=False, border=False):
        ground = st.selectbox(
            words("appeal.ground"), GROUNDS, format_func=lambda g: words(f"ground.{g}"),
            key="appeal_ground",
        )  # fmt: skip
        text = st.text_area(
            words("appeal.text"), placeholder=words("appeal.text_hint"), key="appeal_text",
            height=120,
        )  # fmt: skip
        sent = st.file_uploader(
            words("appeal.evidence"), type=list(handed_in.TYPES), key="appeal_evidence"
        )
        asked = st.form_submit_button(words("appeal.submit"), type="primary", width="stretch")
    if asked:
        _file(context, chosen, words(f"ground.{ground}"), str(text or ""), sent)


def _what(context: Context, facts: pl.DataFrame, item: str) -> Row:
    """The answers that are contested: an item, one of the visits that saw it, a counter or all."""
    words = context.words
    known = branch_facts.item_words(context.publication)
    lost = facts.group_by("item_id").agg(pl.col("lost").sum())
    by_item = lost.sort("lost", "item_id", descending=[True, False])
    items = by_item["item_id"].to_list()
    chosen = st.selectbox(
        words("column.item"), items, key="appeal_item",
        index=items.index(item) if item in items else 0,
        format_func=lambda i: f"{words.of(*known.get(i, (i, None)))} · {i}",
    )  # fmt: skip
    # the box cuts a long one on a phone
    st.caption(literal(words.of(*known.get(chosen, (chosen, None)))))
    own = facts.filter(pl.col("item_id") == chosen)
    days = dict(own.select("visit_id", "visit_date").unique(maintain_order=True).iter_rows())
    visit = st.selectbox(
        words("appeal.visit"), list(days), key=f"appeal_visit_{chosen}",
        format_func=lambda v: str(days.get(v, v)),
    )  # fmt: skip
    places = own.filter(pl.col("visit_id") == visit)["encounter"].to_list()
    place = _EVERYWHERE
    if len(places) > 1:
        place = st.selectbox(
            words("appeal.place"), [_EVERYWHERE, *places], key=f"appeal_place_{visit}_{chosen}",
            format_func=lambda p: _place(context, p, len(places)),
        )  # fmt: skip
    return {"item": chosen, "visit": visit, "encounters": [] if place < 0 else [place]}


def _place(context: Context, place: int, count: int) -> str:
    words = context.words
    if place == _EVERYWHERE:
        return words("appeal.everywhere", count=count)
    return words("lost.hall" if place == branch_facts.HALL else "lost.counter", number=place)


def _file(context: Context, what: Row, ground: str, text: str, sent: Any) -> None:
    """Hands it to the procedure; what it says is what is shown."""
    words, folder = context.words, context.folder
    if not text.strip():
        st.error(words("appeal.say_what"))
        return
    reason = words("appeal.reason", ground=ground, text=text.strip())
    try:
        with st.spinner(words("app.working")), handed_in.handed_in(folder, sent) as proof:
            told = appeals.file(
                folder,
                context.publication.period,
                what["item"],
                context.viewer.actor,
                reason,
                visit=what["visit"],
                encounters=what["encounters"],
                proof=proof,
            )
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    st.session_state["_appeal_filed"] = {"number": told["appeal"], "until": told["until"]}
    st.rerun(scope="fragment")


def _filed(context: Context, done: Row) -> None:
    """What came of it: the number to ask by, and until when the office answers."""
    words = context.words
    st.success(words("appeal.filed", **done), icon=":material/task_alt:")
    st.markdown(words("appeal.next"))
    if st.button(words("app.close"), key="appeal_close", type="primary"):
        st.session_state.pop("_appeal_filed", None)
        dialogue.close()
        st.rerun()
