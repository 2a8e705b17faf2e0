"""Review: one inbox for office and union of what waits for a decision, and for whose."""

from __future__ import annotations

import streamlit as st

from dashboards import doing
from dashboards.action_parts import listing, one
from dashboards.formats import literal
from dashboards.queue_parts import appeals, reviews
from dashboards.queue_parts.inbox import KINDS, Matter, matters, settled, side_of
from dashboards.views import Context, View
from pipeline.faults import Fault
from pipeline.following.region import newest_regions

_SHOWN = 10


def show(context: Context) -> None:
    context.scope("queue")
    doing.told(context)
    words = context.words
    st.caption(words("queue.lead"))
    try:
        every = matters(context)
        names = newest_regions(context.folder).name
        agreed = settled(context)
    except Fault as fault:  # mostly: somebody is writing just now
        st.warning(literal(words.of(fault.zh, fault.en)))
        st.button(words("queue.try_again"), key="queue_again")
        return
    kept = _chosen(context, every)
    if not kept:
        st.success(words("queue.nothing"), icon=":material/task_alt:")
    for matter in [m for m in kept if m.kind != "action"][:_SHOWN]:
        _box(context, matter, names)
    if len([m for m in kept if m.kind != "action"]) > _SHOWN:
        st.caption(words("queue.more", count=len(kept) - _SHOWN))
    waiting = [m.row for m in kept if m.kind == "action"]
    if waiting:
        listing.cards(context, waiting, "queue_action")
    if agreed:
        st.caption(words("queue.settled", count=len(agreed)))
    one.dialogues(context)


def _chosen(context: Context, every: list[Matter]) -> list[Matter]:
    """What the viewer wants to see, with how many: the own turn first, all, or one kind."""
    words, side = context.words, side_of(context)
    counts = {"mine": sum(m.for_side(side) for m in every), "all": len(every)}
    counts |= {k: n for k in KINDS if (n := sum(m.kind == k for m in every))}

    def named(choice: str) -> str:
        what = words(f"queue.kind.{choice}" if choice in KINDS else f"queue.list.{choice}")
        return words("queue.counted", what=what, count=counts[choice])

    choice = st.segmented_control(
        words("queue.show"),
        list(counts),
        format_func=named,
        default="mine",
        key="queue_show",
        required=True,
        label_visibility="collapsed",
    )
    if choice == "mine":
        return [m for m in every if m.for_side(side)]
    return [m for m in every if choice in ("all", m.kind)]


def _box(context: Context, matter: Matter, names: dict[str, str]) -> None:
    words, row = context.words, matter.row
    appeal = matter.kind == "appeal"
    with st.container(border=True, key=f"queue_{matter.kind}_{matter.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(words(f"queue.kind.{matter.kind}"), color="red" if matter.late else "blue")
            place = appeals.place if appeal else reviews.place
            st.markdown(f"**{literal(place(context, row, names))}**", width="content")
        waits = words("app.comma").join(words(f"queue.side.{s}") for s in matter.waits)
        said = words("queue.waits", waits=waits)
        if matter.until:
            said += words("queue.until", until=matter.until)
        if not appeal:
            said = f"{reviews.state(context, row)} · {said}"
        st.caption(literal(said))
        if appeal:
            appeals.body(context, matter)
        else:
            reviews.body(context, matter, names)


VIEW = View("queue", 16, ":material/inbox:", "queue", show, needs_publication=False)
