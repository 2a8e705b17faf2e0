"""Publish: choose period and stage, see what would change, then do it, by the worker.

Nothing is published that was not looked at first: the button comes with the rehearsal, and with
none that is older than the last publication.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from dashboards import doing, intake, publish_parts, queries, work
from dashboards.access import check_user_can, user_can
from dashboards.due import today
from dashboards.formats import literal
from dashboards.views import Context, View
from dashboards.work import Job
from pipeline import rank_on_record
from pipeline.faults import Fault
from pipeline.periods import kind_of, label, months_of, parse_period, periods_of
from pipeline.publishing.soundness import mends

STAGES = ("preview", "formal")
_REHEARSE, _PUBLISH = "rehearse", "publish"
Told = dict[str, Any]


def show(context: Context) -> None:
    """The page. The rights to preview and to publish formally are asked again at each act."""
    check_user_can(context.viewer, "preview")
    doing.told(context)
    st.caption(context.words("publish.lead"))
    chosen = _choose(context)
    if chosen is None:
        st.info(context.words("publish.no_data"))
        return
    job = work.newest(context, _REHEARSE, _PUBLISH)
    if job is not None and job.open:
        job = work.follow(context, job)
        if job is not None and job.task == _PUBLISH:
            _take_up(job)
        st.rerun()
    _last(context, job)
    _preview(context, job, *chosen)
    _decision(context, chosen[0])


def _choose(context: Context) -> tuple[str, str] | None:
    words, periods = context.words, _periods(context)
    if not periods:
        return None
    at = context.key.period if context.key is not None else None
    with st.container(horizontal=True, vertical_alignment="bottom", key="publish_choice"):
        period = st.selectbox(
            words("column.period"),
            periods,
            index=periods.index(at) if at in periods else _first(periods),
            format_func=lambda p: label(p, words.lang),
            key="publish_period",
            width=220,
        )
        stage = st.segmented_control(
            words("publish.stage"),
            STAGES,
            default=STAGES[0],
            format_func=lambda s: words(f"stage.{s}"),
            key="publish_stage",
            required=True,
        )
        if st.button(words("publish.rehearse"), key="publish_rehearse", icon=":material/preview:"):
            _ask(context, _REHEARSE, {"period": period, "stage": stage})
    st.caption(words(f"publish.about_{stage}"))
    return period, stage


def _periods(context: Context) -> list[str]:
    """Periods that workbooks came in for, and those published: newest first."""
    found = {k.period for k in queries.publications(context.folder)}
    seen = intake.periods(context.folder)
    known = {p for text in seen if (p := _canonical(text)) is not None}
    months = sorted({m for p in known if kind_of(p) != "year" for m in months_of(p)})
    found |= {p for p in periods_of(months) if set(months_of(p)) & set(months)}
    return sorted(found, key=queries.period_order, reverse=True)


def _first(periods: list[str]) -> int:
    """Where nothing was published: a year is seldom what is meant."""
    return next((i for i, p in enumerate(periods) if kind_of(p) != "year"), 0)


def _canonical(text: str) -> str | None:
    try:
        return parse_period(text)
    except ValueError:
        return None


def _ask(context: Context, task: str, request: Told) -> None:
    """Puts it into the queue; publishing formally needs its own right."""
    formal = task == _PUBLISH and request["stage"] == "formal"
    doing_act = "publish" if formal else "preview"
    try:
        work.ask(context, doing_act, task, request)  # type: ignore[arg-type]
    except Fault as fault:
        doing.tell("failed", context.words.of(fault.zh, fault.en))
    except OSError:
        doing.tell("failed", context.words("doing.environment"))
    st.rerun()


def _take_up(job: Job) -> None:
    """What was just published is what the other pages show from now on."""
    if job.state == "done" and job.result:
        for name in ("period", "revision"):
            st.session_state[f"_{name}"] = str(job.result[name])
            st.query_params[name] = str(job.result[name])


def _last(context: Context, job: Job | None) -> None:
    """What came of the last publishing of this viewer, until another rehearsal is asked for."""
    if job is None or job.task != _PUBLISH:
        return
    if job.state != "done" or job.result is None:
        work.failed(context.words, job)
        return
    for report in (job.result, *job.result["cascaded"]):
        publish_parts.published(context, report)
    if job.result["stale"]:
        names = context.words("app.comma").join(job.result["stale"])
        st.warning(context.words("publish.stale_left", periods=names))


def _preview(context: Context, job: Job | None, period: str, stage: str) -> None:
    words = context.words
    if job is None or job.task != _REHEARSE:
        return
    if job.request != {"period": period, "stage": stage}:
        st.info(words("publish.other_choice"))
        return
    if job.state != "done" or job.result is None:
        work.failed(words, job)
        return
    publish_parts.rehearsal(context, job.result)
    _go(context, job.result)


def _go(context: Context, told: Told) -> None:
    """The button, with what has to be said first: a reason, a consent to say nothing new."""
    words, stage = context.words, told["stage"]
    with st.container(border=True, key="publish_go"):
        early = _early(context, told)
        cascade = bool(told["stale"]) and st.checkbox(
            words("publish.cascade", periods=words("app.comma").join(told["stale"])),
            key="publish_cascade",
        )
        new = told["same_as"] is None or mends(told)
        again = new or st.checkbox(
            words("publish.again", revision=told["same_as"]), key="publish_again"
        )
        ready = again and (told["refusal"] is None or bool(early.strip()))
        request: Told = {"period": told["period"], "stage": stage, "cascade": cascade}
        if early.strip():
            request |= {"early": early.strip(), "as": _named(context)}
        slots = {"period": told["period"], "revision": told["revision"]}
        if st.button(
            words("publish.go", stage=words(f"stage.{stage}"), **slots),
            type="primary",
            key="publish_do",
            disabled=not ready,
            icon=":material/campaign:",
        ):
            _ask(context, _PUBLISH, request)


def _early(context: Context, told: Told) -> str:
    """The head's reason to publish before the check period is over; nobody else is asked."""
    words, refusal = context.words, told["refusal"]
    if refusal is None:
        return ""
    until = told["check"]["until"]
    if until:
        days = (date.fromisoformat(until) - today()).days
        st.warning(words("publish.wait", until=until, days=max(days + 1, 0)))
    else:
        st.warning(words("publish.no_preview"))
    if not user_can(context.viewer, "decide_rank"):
        st.caption(words("publish.head_only"))
        return ""
    return str(st.text_input(words("publish.early"), key="publish_early"))


def _named(context: Context) -> str:
    actor = context.viewer.actor
    return f"{actor.name}/{actor.role}" + (f"@{actor.branch}" if actor.branch else "")


def _decision(context: Context, period: str) -> None:
    """Ranks below the reliability floor: printed only by the head's decision, on record."""
    words = context.words
    there = rank_on_record.in_force(context.folder, period)
    can = user_can(context.viewer, "decide_rank")
    if there is None and not can:
        return
    with st.expander(words("publish.rank_decision"), icon=":material/gavel:"):
        st.caption(words("publish.rank_decision_means"))
        if there is not None:
            slots = {"number": there["number"], "reason": there["reason"]}
            st.markdown(literal(words("publish.decided", period=period, **slots)))
        if not can:
            return
        reason = st.text_input(words("doing.reason"), key="publish_rank_reason")
        if there is None:
            run = _record(context, period, reason)
            doing_words = words("publish.decide")
        else:
            run = _withdraw(context, there["number"], reason)
            doing_words = words("publish.withdraw")
        if st.button(doing_words, key="publish_rank_do", disabled=not reason.strip()):
            doing.do(context, "decide_rank", run, words("publish.decision_said"))
            st.rerun()


def _record(context: Context, period: str, reason: str) -> Any:
    name = context.viewer.actor.name
    return lambda: rank_on_record.record(context.folder, period, reason, name)


def _withdraw(context: Context, number: int, reason: str) -> Any:
    name = context.viewer.actor.name
    return lambda: rank_on_record.withdraw(context.folder, number, reason, name)


VIEW = View("publish", 14, ":material/campaign:", "upload", show, needs_publication=False)
