"""An appeal on the review page: its course, its evidence, and what comes next for the viewer."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from audits.appeals import EVENTS, OUTCOMES, STATES
from audits.procedure import ROLES
from dashboards import doing, handed_in
from dashboards.access import user_can
from dashboards.action_parts.one import item_name
from dashboards.due import today
from dashboards.formats import literal
from dashboards.queue_parts.inbox import Matter, Row
from dashboards.views import Context
from pipeline import appeals
from pipeline.faults import Fault

_MIME = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


def place(context: Context, row: Row, names: dict[str, str]) -> str:
    """Branch, day of the visit, item."""
    branch = names.get(row["branch"], row["branch"])
    return " · ".join(
        p for p in (branch, row["visit_date"] or "", item_name(context, row["item"])) if p
    )


def body(context: Context, matter: Matter) -> None:
    """Inside its box on the page."""
    row = matter.row
    st.markdown("\n".join(f"- {literal(_act(context, act))}" for act in row["acts"]))
    if row["answers"]:
        said = [f"{_where(context, a['encounter'])} → {a['answer']}" for a in row["answers"]]
        outcome = context.words.of(*STATES[row["outcome"]])
        told = context.words("queue.proposed", outcome=outcome, answers="; ".join(said))
        st.markdown(literal(told))
    elif row["outcome"]:
        outcome = context.words.of(*STATES[row["outcome"]])
        st.markdown(literal(context.words("queue.proposed_none", outcome=outcome)))
    _evidence(context, row)
    state = row["state"]
    if state in ("filed", "objected") and user_can(context.viewer, "decide_appeal"):
        _propose(context, row)
    if state == "proposed" and user_can(context.viewer, "agree_appeal"):
        _answer(context, row)
    if state in ("proposed", "objected") and context.viewer.role == "head":
        _deadlock(context, row)


def _act(context: Context, act: Row) -> str:
    words = context.words
    who = words.of(*ROLES.get(act["role"], (act["role"], act["role"])))
    name = words("queue.by", role=who, name=act["actor"]) if act["actor"] else who
    what = words("app.about", name=f"{act['day']} {name}", said=words.of(*EVENTS[act["event"]]))
    parts = (what, act["reason"])
    return " · ".join(p for p in parts if p)


def _where(context: Context, encounter: int) -> str:
    words = context.words
    return words("queue.counter", number=encounter) if encounter else words("queue.hall")


def _evidence(context: Context, row: Row) -> None:
    """What the viewer may see of it: the original, or the copy masked for the union."""
    words = context.words
    if not row["evidence"]:
        st.caption(words("queue.no_evidence"))
        return
    try:
        path = appeals.proof(context.folder, row["appeal"], context.viewer.actor)
    except Fault as fault:
        st.caption(literal(words.of(fault.zh, fault.en)))
        return
    if not path.is_file():
        return
    st.download_button(
        words("queue.evidence"),
        path.read_bytes(),
        file_name=f"appeal-{row['appeal']}{path.suffix}",
        mime=_MIME.get(path.suffix[1:], "application/octet-stream"),
        key=f"appeal_evidence_{row['appeal']}",
        icon=":material/download:",
        on_click="ignore",
    )


def _propose(context: Context, row: Row) -> None:
    """The office's proposal: outcome, answers, reason, and a masked copy for the union."""
    words, number = context.words, row["appeal"]
    with st.form(f"appeal_{number}", enter_to_submit=False, border=True):
        outcome = st.radio(
            words("queue.outcome"),
            OUTCOMES,
            format_func=lambda o: words.of(*STATES[o]),
            index=None,
            horizontal=True,
            key=f"appeal_outcome_{number}",
        )
        given = {
            e: st.text_input(
                words("queue.new_answer", place=_where(context, e)),
                key=f"appeal_answer_{number}_{e}",
                placeholder=words("queue.answer_hint"),
            )
            for e in row["encounters"]
        }
        reason = st.text_area(words("doing.reason"), key=f"appeal_reason_{number}", height=80)
        sent = None
        if row["evidence"]:
            sent = st.file_uploader(
                words("queue.masked"), type=list(handed_in.TYPES), key=f"appeal_masked_{number}"
            )
        if st.form_submit_button(words("queue.propose"), key=f"appeal_propose_{number}"):
            _proposed(context, number, outcome, given, str(reason or ""), sent)


def _proposed(
    context: Context,
    number: int,
    outcome: str | None,
    given: dict[int, str | None],
    reason: str,
    sent: Any,
) -> None:
    words, actor = context.words, context.viewer.actor
    answers = [f"{e}={text.strip()}" for e, text in given.items() if text and text.strip()]

    def run() -> Row:
        with handed_in.handed_in(context.folder, sent) as masked:
            return appeals.propose(
                context.folder, number, str(outcome), actor, reason, given=answers, masked=masked
            )

    if outcome is None:
        doing.tell("failed", words("queue.no_outcome"))
    else:
        doing.do(context, "decide_appeal", run, words("queue.proposed_said", number=number))
    st.rerun()


def _answer(context: Context, row: Row) -> None:
    """The union's key: agree, which carries it out at once, or object with a reason."""
    words, number = context.words, row["appeal"]
    reason = st.text_input(words("queue.objection"), key=f"appeal_objection_{number}")
    with st.container(horizontal=True):
        agree = st.button(words("queue.agree"), key=f"appeal_agree_{number}", type="primary")
        refuse = st.button(
            words("queue.object"),
            key=f"appeal_object_{number}",
            disabled=not (reason or "").strip(),
        )
    folder, actor = context.folder, context.viewer.actor
    if agree:
        doing.do(
            context,
            "agree_appeal",
            lambda: appeals.decide(folder, number, "agree", actor),
            lambda made: words("queue.carried_out", number=number, state=_state(context, made)),
        )
        st.rerun()
    if refuse:
        doing.do(
            context,
            "agree_appeal",
            lambda: appeals.step(folder, number, "object", actor, str(reason)),
            words("queue.objected", number=number),
        )
        st.rerun()


def _deadlock(context: Context, row: Row) -> None:
    """The head's decision where the two do not agree in time, by the standing proposal."""
    words, number = context.words, row["appeal"]
    if row["until"] and today() <= date.fromisoformat(row["until"]):
        st.caption(words("queue.head_from", until=row["until"]))
        return
    reason = st.text_input(words("queue.head_reason"), key=f"appeal_head_{number}")
    if st.button(
        words("queue.head_decide"),
        key=f"appeal_decide_{number}",
        disabled=not (reason or "").strip(),
    ):
        folder, actor = context.folder, context.viewer.actor
        doing.do(
            context,
            "decide_appeal",
            lambda: appeals.decide(folder, number, "decide", actor, str(reason)),
            lambda made: words("queue.carried_out", number=number, state=_state(context, made)),
        )
        st.rerun()


def _state(context: Context, made: Row) -> str:
    return context.words.of(*STATES[made["state"]])
