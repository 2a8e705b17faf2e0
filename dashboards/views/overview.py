"""The period in five sentences, within the scope of whoever looks; each figure opens its source."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import lasting, origin, queries, story
from dashboards.access import ROLES_WITH_NODE
from dashboards.branch_parts import lost, standing
from dashboards.branch_parts.steps import STEP, step_name
from dashboards.due import Due, due
from dashboards.formats import literal, written
from dashboards.queries import branch_facts
from dashboards.story import Opens, Said
from dashboards.views import Context, View
from pipeline.periods import kind_of

_RANKED = ("above", "average", "below")
_SHORTCUTS = ("branch", "actions", "completeness", "adoption", "effect", "rounds", "metrics")


def show(context: Context) -> None:
    """A branch for a branch head; for all others the region or province they answer for."""
    node = _node(context)
    if node is None:
        st.info(context.words("branch.none"))
        return
    names = queries.nodes(context.publication, context.scope("values"))
    own = next(names.filter(pl.col("scope") == node).iter_rows(named=True), None)
    branch = bool(own and own["level"] == "branch")
    st.caption(literal(str(own["name"] if own else node)))
    said = _of_branch(context, node) if branch else _of_region(context, node)
    for number, each in enumerate(said, 1):
        _sentence(context, number, each)
    _shortcuts(context, {o.page for each in said for o in each.opens})
    with st.expander(context.words("overview.rules")):
        st.markdown(context.words("overview.rules_text"))
    origin.dialogues(context)


def _node(context: Context) -> str | None:
    """The own node; else the province: the node that has none above."""
    key, viewer = context.publication, context.viewer
    if viewer.role in ROLES_WITH_NODE:
        return viewer.node if viewer.node in queries.covered(key, context.scope("values")) else None
    every = queries.nodes(key, context.scope("values"))
    top = every.filter(pl.col("parent").is_null() & (pl.col("level") != "peer_group"))
    return next(iter(top.sort("scope")["scope"]), None)


def _sentence(context: Context, number: int, said: Said) -> None:
    with st.container(border=True, key=f"overview_{number}", gap="xsmall"):
        st.markdown(f"{story.ICONS[said.topic]} {literal(said.text)}")
        shown = [o for o in said.opens if _can_open(context, o)]
        if not shown:
            return
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            for at, opens in enumerate(shown):
                _open(context, opens, f"overview_open_{number}_{at}")


def _can_open(context: Context, opens: Opens) -> bool:
    return opens.page in context.pages if opens.page else context.may("origin")


def _open(context: Context, opens: Opens, key: str) -> None:
    words, publication = context.words, context.publication
    if not opens.page:
        origin.button(
            context, opens.label, opens.metric, opens.scope, key, icon=":material/search:"
        )
        return
    query = {"lang": words.lang, "period": publication.period}
    query |= {"revision": str(publication.revision)}
    if opens.scope:
        query["scope"] = opens.scope
    st.page_link(
        context.pages[opens.page], label=opens.label, icon=":material/arrow_forward:",
        query_params=query,
    )  # fmt: skip


def _page(context: Context, page: str, scope: str = "") -> Opens:
    return Opens(context.words(f"page.{page}"), page=page, scope=scope)


def _value(context: Context, metric: str, scope: str, label: str) -> Opens:
    """The value's own source; for who may not see sources, how the metric is made."""
    if not context.may("origin"):
        return _page(context, "metrics")
    return Opens(context.words("overview.source", name=label), metric=metric, scope=scope)


def _level(context: Context, node: str) -> story.Level:
    key, scope = context.publication, context.scope("values")
    line = queries.trend(key, scope, (node,), "adherence", kind_of(key.period))
    now = line.filter(pl.col("value").is_not_null() & (pl.col("period") == key.period))
    signals = queries.signals(key, scope)
    moved = signals.filter((pl.col("scope") == node) & (pl.col("metric") == "adherence"))
    return story.Level(
        now["value"][0] if now.height else None,
        key.period,
        queries.moved(key, scope, node, "adherence", context.words.lang),
        moved.height > 0,
    )


def _of_region(context: Context, node: str) -> list[Said]:
    words = context.words
    step = _weakest(context, node)
    level = [_value(context, "adherence", node, words("overview.adherence"))]
    steps = [_value(context, step["metric"], node, step_name(context, step))] if step else []
    return [
        Said("level", story.level(words, _level(context, node)), tuple(level)),
        Said("standing", story.places(words, _places(context)), (_page(context, "league"),)),
        Said("lost", story.losses(words, _losses(context, node, step)), tuple(steps)),
        Said("changed", story.changes(words, *_changes(context)), (_page(context, "adoption"),)),
        Said(
            "due",
            story.waiting(words, _waiting(context, node)),
            tuple(_page(context, p) for p in ("completeness", "actions", "queue", "rounds")),
        ),
    ]


def _weakest(context: Context, node: str) -> dict[str, Any] | None:
    values = queries.values(context.publication, context.scope("values"), node)
    steps = values.filter(pl.col("metric").str.starts_with(STEP) & pl.col("value").is_not_null())
    return next(steps.sort("value", "metric").iter_rows(named=True), None)


def _places(context: Context) -> story.Places:
    rows = queries.league(context.publication, context.scope("values"))
    counts = dict(rows.drop_nulls("tier").group_by("tier").len().iter_rows())
    ranked = {t: int(counts.get(t, 0)) for t in _RANKED}
    return story.Places(rows.height, **ranked, unranked=rows.height - sum(ranked.values()))


def _losses(context: Context, node: str, step: dict[str, Any] | None) -> story.Losses:
    name = step_name(context, step) if step else ""
    value = step["value"] if step else None
    if not context.may("items"):
        return story.Losses(name, value)
    rows = branch_facts.lost_in(context.publication, context.scope("items"), node)
    if rows.is_empty():
        return story.Losses(name, value)
    top = rows.row(0, named=True)
    item = context.words.of(top["zh"], top["en"]) or str(top["item_id"])
    share = float(top["lost"]) / float(rows["lost"].sum())
    return story.Losses(name, value, item, share, int(top["branches"]))


def _changes(context: Context) -> tuple[story.Found, story.Found]:
    key, scope = context.publication, context.scope("values")
    worse = queries.signals(key, scope).filter(pl.col("direction") == "worse")
    looked = queries.charts(key, scope).filter(pl.col("status") == "ok")
    adoption = queries.adoption(key, scope)
    return (
        story.Found(
            worse.select("scope", "metric").unique().height, float(looked["chance_below"].sum())
        ),
        story.Found(int(adoption["warned"].sum()), float(adoption["chance"].sum())),
    )


def _waiting(context: Context, region: str) -> story.Waiting:
    node = context.viewer.node if context.viewer.role in ROLES_WITH_NODE else None
    found = due(context, node)
    reports = None
    if context.may("completeness"):
        rows = queries.completeness(context.publication, context.scope("completeness"))
        reports = rows.filter(pl.col("status").is_in(["not_reported", "pending_correction"])).height
    acting = context.may("actions")
    check = found.check
    return story.Waiting(
        reports,
        len(found.unsettled()) if acting else None,
        len(found.overdue()) if acting else None,
        sum(r["waits_for"] == "office" for r in found.actions) if acting else None,
        found.counts()["open"] if context.may("appeals") else None,
        (len(check.confirmed), check.branches) if found.checking else None,
        str(check.until) if found.checking else "",
        _register(context, region),
    )


def _register(context: Context, node: str) -> dict[str, int] | None:
    """The published register, which is what the circular counts."""
    if not context.may("actions"):
        return None
    return queries.register(context.publication, context.scope("actions"), node)


def _of_branch(context: Context, code: str) -> list[Said]:
    words = context.words
    found, waiting = standing.standing_of(context, code), due(context, code)
    items = lost.lost_items(context, code) if context.may("items") else pl.DataFrame()
    top = next(items.iter_rows(named=True), None)
    branch = _page(context, "branch", code)
    rank = _value(context, origin.RANK, code, words("overview.rank"))
    return [
        Said("standing", story.standing(words, _standing(context, found)), (rank, branch)),
        Said("lost", _own_losses(context, code, items, top), (branch,)),
        Said("changed", _own_changes(context, code), (branch,)),
        Said("due", _own_waiting(context, code, waiting), (_page(context, "actions"), branch)),
        Said("plan", _own_plan(context, code, found, top), (branch,)),
    ]


def _standing(context: Context, found: standing.Standing) -> story.Branch:
    row = found.province
    return story.Branch(
        int(row.get("visits") or 0),
        int(row.get("of") or 0),
        row.get("low"),
        row.get("high"),
        standing.tier(context, row),
        standing.says(context, found),
        str(row.get("since") or ""),
    )


def _own_losses(
    context: Context, code: str, items: pl.DataFrame, top: dict[str, Any] | None
) -> str:
    words, step = context.words, _weakest(context, code)
    said = ""
    if step is not None:
        value = written(words, step["value"], "%")
        said = words("overview.step", step=step_name(context, step), value=value)
    if top is None:
        return story.own_losses(words, "", 0.0, 0.0, said)
    share = float(top["lost"]) / float(items["lost"].sum())
    return story.own_losses(words, lost.item_name(context, top), top["lost"], share, said)


def _own_changes(context: Context, code: str) -> str:
    key, scope, words = context.publication, context.scope("values"), context.words
    signals = queries.signals(key, scope).filter(pl.col("scope") == code)
    looked = queries.charts(key, scope).filter(
        (pl.col("scope") == code) & (pl.col("status") == "ok")
    )
    rows = queries.adoption(key, scope).filter(pl.col("scope") == code)
    own = next(rows.iter_rows(named=True), None)
    status = ""
    if own is not None:
        status = words("adoption.of_branch", status=words(f"adoption.status.{own['status']}"))
        status = words("overview.sentence", said=status)
    found = [s for s in (lasting.early(context, code), *signals[words.lang].to_list()) if s]
    return story.own_changes(words, found, looked.height, status)


def _own_waiting(context: Context, code: str, waiting: Due) -> str:
    open_ones = waiting.unsettled()
    return story.own_waiting(
        context.words,
        until=str(waiting.check.until) if waiting.checking else "",
        confirmed=code in waiting.check.confirmed,
        actions=len(open_ones),
        overdue=len(waiting.overdue()),
        due=min((r["due"] for r in open_ones), default=""),
        appeals=waiting.counts()["open"],
    )


def _own_plan(
    context: Context, code: str, found: standing.Standing, top: dict[str, Any] | None
) -> str:
    next_tier = standing.to_next_tier(context, found)
    if top is None:
        return story.own_plan(context.words, item="", worth=0.0, post="", next_tier=next_tier)
    visits = max(lost.visits_of(context, code), 1)
    return story.own_plan(
        context.words,
        item=lost.item_name(context, top),
        worth=float(top["lost"]) / visits,
        post=lost.post(context, top["role"]),
        next_tier=next_tier,
    )


def _shortcuts(context: Context, opened: set[str]) -> None:
    """Where to go from here: pages that no sentence opens, in the order of the work."""
    words = context.words
    there = [p for p in _SHORTCUTS if p in context.pages and p not in opened]
    with st.container(horizontal=True, key="overview_pages", gap="medium"):
        for page in there:
            _open(context, _page(context, page), page)
    if context.may("upload"):
        st.caption(words("overview.office"))


VIEW = View(id="overview", order=-10, icon=":material/home:", subject="values", show=show)
