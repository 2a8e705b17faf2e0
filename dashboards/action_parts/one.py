"""One corrective action as a dialogue: what it is, what was done to it, and what comes next.

What is offered is what the procedure would let through; who acts is the viewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from audits.actions import EVENT_WORDS, SEVERITY_WORDS, STATE_WORDS, Actor, Event, Role
from audits.procedure import ROLES
from audits.scorecard import ROLES as POSTS
from dashboards import dialogue, handed_in
from dashboards.access import Act, Denied, check_user_can, user_can
from dashboards.due import today
from dashboards.formats import literal
from dashboards.queries import branch_facts
from dashboards.views import Context
from pipeline import archive
from pipeline.following import acting
from pipeline.following.region import newest_regions

KIND = "action"
_DONE = "_action_done"
# What a page may ask for, and under which act of the policy.
ACTS: dict[Event, Act] = {
    "progress": "answer_action",
    "reply": "answer_action",
    "chase": "check_action",
    "accept": "check_action",
    "return": "check_action",
    "withdraw": "check_action",
}
_ORDER: tuple[Event, ...] = ("reply", "accept", "return", "chase", "withdraw")
_MIME = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
Row = dict[str, Any]


def actor_of(context: Context) -> Actor:
    """The viewer as the procedure of corrective actions asks for who acts."""
    who = context.viewer.actor
    return Actor(cast(Role, who.role), who.name, who.branch)


def dialogues(context: Context) -> None:
    """Draws the action that was asked for. At the end of the page."""
    found = dialogue.asked(KIND)
    if found is None:
        st.session_state.pop(_DONE, None)
        return
    words, id = context.words, str(found[1]["id"])
    dialogue.draw(words, words("action.title", id=id), lambda: _body(context, id))


def _body(context: Context, id: str) -> None:
    told = acting.history(context.folder, id)
    _must_see(context, told["branch_code"])
    if done := st.session_state.get(_DONE):
        st.success(context.words(f"action.done.{done}"), icon=":material/task_alt:")
        if st.button(context.words("app.close"), key="action_close", type="primary"):
            dialogue.close()
            st.rerun()
    _about(context, told)
    _course(context, told)
    if not done:
        _forms(context, told)


def _must_see(context: Context, branch: str) -> None:
    scope = context.scope("actions")
    if not scope.everything and not newest_regions(context.folder).covers(scope.node or "", branch):
        raise Denied


def _about(context: Context, told: Row) -> None:
    words = context.words
    st.markdown(f"**{literal(item_name(context, told['item_id']))}**")
    due = words("todo.overdue" if told["overdue"] else "todo.due", due=told["due"])
    said = [
        f"{told['branch_name']} · {told['city_name']}",
        words("action.found", day=told["found"], round=told["round"], lost=told["lost"]),
        words("first.post", post=words.of(*POSTS.get(told["owner"], (told["owner"],) * 2))),
        f"{words.of(*SEVERITY_WORDS[told['severity']])} · {due}",
        words("action.state", state=words.of(*STATE_WORDS[told["state"]])),
    ]
    if told["recurring"]:
        said.append(words("actions.recurring"))
    st.markdown("  \n".join(literal(s) for s in said))


def item_name(context: Context, item: str) -> str:
    """The wording of an item with its id; the id alone where nothing is published."""
    if context.key is None:
        return item
    known = branch_facts.item_words(context.publication).get(item)
    return f"{context.words.of(*known)} · {item}" if known else item


def _course(context: Context, told: Row) -> None:
    """Everything that was done to it, by day and role; names for the office alone."""
    words = context.words
    lines = []
    for act in told["acts"]:
        said = act["details"]
        who = words.of(*ROLES.get(act["role"], (act["role"], act["role"])))
        if context.may("names"):
            who = f"{who} {act['actor']}"
        event = act["event"]
        what = words.of(*EVENT_WORDS[event]) if event in EVENT_WORDS else words("action.opened")
        text = said.get("measure") or said.get("reason") or ""
        done = words("action.done_on", day=said["done"]) if said.get("done") else ""
        parts = [f"{act['day']} {who} {what}", text, done, str(said.get("evidence") or "")]
        lines.append("- " + literal(" · ".join(p for p in parts if p)))
    st.markdown("\n".join(lines))
    _evidence(context, told)


def _evidence(context: Context, told: Row) -> None:
    """The newest evidence, for whoever may see the action."""
    files = [a["details"] for a in told["acts"] if a["details"].get("sha256")]
    if not files:
        return
    path = archive.path_of(context.folder, files[-1]["sha256"], files[-1]["extension"])
    if not path.is_file():
        return
    st.download_button(
        context.words("action.evidence"),
        path.read_bytes(),
        file_name=f"{told['action']}.{files[-1]['extension']}",
        mime=_MIME.get(files[-1]["extension"], "application/octet-stream"),
        key="action_evidence_get",
        icon=":material/download:",
        on_click="ignore",
    )


def _forms(context: Context, told: Row) -> None:
    """A form for each thing that the viewer may do now; else why there is none."""
    words, can = context.words, context.viewer
    mine = [e for e in _ORDER if user_can(can, ACTS[e])]
    if not mine:
        return
    possible = acting.possible(context.folder, told["action"], actor_of(context))
    open_ones = [e for e in mine if possible[e] is None]
    for event in open_ones:
        if event == "reply":
            _reply(context, told)
        else:
            _decide(context, told, event)
    if "accept" in mine and told["state"] == "replied" and possible["accept"] is not None:
        st.caption(literal(words.of(*possible["accept"])))
    if not open_ones:
        st.caption(words("action.nothing_to_do"))


def _reply(context: Context, told: Row) -> None:
    """Measure, day, evidence: what the branch answers."""
    words = context.words
    with st.form("action_reply", enter_to_submit=False, border=True):
        st.markdown(f"**{words('action.reply')}**")
        measure = st.text_area(
            words("actions.column.measure"), value=told["measure"], key="action_measure",
            placeholder=words("action.measure_hint"), height=100,
        )  # fmt: skip
        finished = st.checkbox(words("action.finished"), value=True, key="action_finished")
        day = st.date_input(
            words("action.done_day"), value=today(), max_value=today(), key="action_day",
            format="YYYY-MM-DD",
        )  # fmt: skip
        sent = st.file_uploader(
            words("action.evidence_file"), type=list(handed_in.TYPES), key="action_evidence"
        )
        asked = st.form_submit_button(words("action.send"), type="primary", width="stretch")
    if asked:
        given = {"measure": str(measure or "").strip()}
        given |= {"done": str(day)} if finished else {}
        _do(context, told, "reply" if finished else "progress", given, sent)


def _decide(context: Context, told: Row, event: Event) -> None:
    """Accept, send back, withdraw, chase: a button, with a reason where one is needed."""
    words = context.words
    with st.form(f"action_{event}", enter_to_submit=False, border=event != "accept"):
        reason = ""
        if event != "accept":
            reason = str(
                st.text_input(words(f"action.why.{event}"), key=f"action_why_{event}") or ""
            )
        asked = st.form_submit_button(
            words(f"action.do.{event}"), type="primary" if event == "accept" else "secondary"
        )
    if asked:
        given = {} if event == "accept" else {"reason": reason.strip()}
        _do(context, told, event, given)


def _do(
    context: Context, told: Row, event: Event, given: Mapping[str, str], sent: Any = None
) -> None:
    check_user_can(context.viewer, ACTS[event])
    _must_see(context, told["branch_code"])
    words, folder = context.words, context.folder
    with st.spinner(words("app.working")), handed_in.handed_in(folder, sent) as proof:
        done = acting.act(folder, [told["action"]], event, actor_of(context), given, proof)
    if done.refused:
        st.error(literal(words.of(done.refused[0]["zh"], done.refused[0]["en"])))
        return
    st.session_state[_DONE] = event
    st.rerun(scope="fragment")
