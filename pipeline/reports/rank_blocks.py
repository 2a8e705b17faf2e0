"""The ranks in a circular: what they are worth, peer groups, the league, what rewards hang on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from audits.statistics.ranks import chance
from audits.statistics.rewards import CHANCES
from audits.statistics.words import explained
from pipeline import periods
from pipeline.reports.blocks import Block, Note, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.branch_rows import ALL
from pipeline.reports.figures import PRESENT, Figures, Language, quoted
from pipeline.reports.names import group_name, kind_name
from pipeline.reports.saying import join, rare, rounded, say, whole
from pipeline.reports.words import word

_DOUBTS = ("unreliable", "by_decision")


def league_frame(f: Figures) -> pl.DataFrame:
    """The province-wide ranks of the period with those in the peer group beside; by peer group,
    and in it by score."""
    ranks = f.rows("rank", period=f.period)
    group = ranks.filter(pl.col("peer_group") != ALL).select(
        "scope",
        pl.col("peer_group").alias("peer"),
        pl.col("rank").alias("peer_rank"),
        pl.col("low").alias("peer_low"),
        pl.col("high").alias("peer_high"),
    )
    return (
        ranks.filter(pl.col("peer_group") == ALL)
        .join(group, on="scope", how="left")
        .join(f.scopes.select("scope", "name"), on="scope", how="left")
        .sort(["peer", "score", "scope"], descending=[False, True, False], nulls_last=True)
    )


def _league_query(f: Figures) -> str:
    own = f"period = {quoted(f.period)}"
    return (
        "SELECT r.*, g.peer_group AS peer, g.rank AS peer_rank, g.low AS peer_low, "
        "g.high AS peer_high, s.name FROM rank r LEFT JOIN rank g ON g.scope = r.scope AND "
        f"g.{own} AND g.peer_group <> {quoted(ALL)} LEFT JOIN scope s ON s.scope = r.scope "
        f"WHERE r.{own} AND r.peer_group = {quoted(ALL)} "
        "ORDER BY peer NULLS LAST, r.score DESC NULLS LAST, r.scope"
    )


def notes(f: Figures, lang: Language) -> list[Block]:
    """How the league is to be read, before the league."""
    ranked = {"period": f.period, "peer_group": ALL}
    rows = f.rows("rank", **ranked)
    known = rows.filter(pl.col("low").is_not_null())
    if known.is_empty():
        statuses = set(rows["status"])
        status = next((s for s in ("no_visit_variance", "no_spread") if s in statuses), None)
        return [say(lang, f"league_{status}" if status else "league_unknown")]
    place = f"period = {quoted(f.period)} AND peer_group = {quoted(ALL)} AND low IS NOT NULL"
    width = known.select((pl.col("high") - pl.col("low") + 1).median()).item()
    wide = Reckoned(float(width), f"SELECT median(high - low + 1) FROM rank WHERE {place}")
    of = whole(f.count("rank", low=PRESENT, **ranked))
    since = _month(str(known["since"][0]), lang)
    visits = whole(f.total("rank", "visits", **ranked))
    said = [say(lang, "league_note", since=since, visits=visits, of=of, width=whole(wide))]
    for status in _DOUBTS:
        n = f.count("rank", status=status, **ranked)
        if n.value:
            said.append(say(lang, f"league_{status}", n=whole(n)))
    return list(said)


def _month(month: str, lang: Language) -> str:
    return periods.label(month, lang) if month else "—"


# What is counted in each group, and the same as SQL for the proof.
_OF_GROUP: dict[str, tuple[pl.Expr, str]] = {
    "branches": (pl.len(), "count(*)"),
    **{
        t: ((pl.col("tier") == t).sum(), f"count(*) FILTER (tier = '{t}')")
        for t in ("above", "average", "below")
    },
    "ranked": (pl.col("rank").count(), "count(rank)"),
    "bare": (pl.col("low").is_null().sum(), "count(*) FILTER (low IS NULL)"),
    "score": (pl.col("score").median(), "median(score)"),
    "width": ((pl.col("high") - pl.col("low") + 1).median(), "median(high - low + 1)"),
}


def groups(f: Figures, lang: Language) -> Table:
    """The province and each peer group: tiers, who has a rank, how wide the intervals are."""
    chosen = ", ".join(f"{sql} AS {name}" for name, (_, sql) in _OF_GROUP.items())
    query = (
        f"SELECT peer_group, {chosen} FROM rank WHERE period = {quoted(f.period)} "
        f"GROUP BY peer_group ORDER BY peer_group <> {quoted(ALL)}, peer_group"
    )
    reckoned = [found.alias(name) for name, (found, _) in _OF_GROUP.items()]
    found = f.rows("rank", period=f.period).group_by("peer_group").agg(reckoned)
    found = found.sort(pl.col("peer_group") != ALL, "peer_group")
    rows = [
        {
            **r,
            "group": word(lang, "whole_province")
            if r["peer_group"] == ALL
            else group_name(lang, r["peer_group"]),
        }
        for r in found.to_dicts()
    ]
    columns = (
        TableColumn("group", word(lang, "peer"), width=1.6),
        *(
            TableColumn(c, word(lang, f"group_{c}"), "count", 0)
            for c in _OF_GROUP
            if c not in _MEDIANS
        ),
        TableColumn("score", word(lang, "group_score"), "points", 1),
        TableColumn("width", word(lang, "group_width"), "decimal", 0),
    )
    title, note = word(lang, "group_title"), word(lang, "group_note")
    return Table(title, columns, rows, found.height, note, id="groups", query=query)


def sureness(f: Figures, lang: Language, tiers: Sentence) -> list[Block]:
    """How sure ranks are: tiers, how the league is to be read, the groups."""
    if f.rows("rank", period=f.period).is_empty():
        return [say(lang, "s_no_ranks")]
    return [tiers, *notes(f, lang), groups(f, lang)]


_MEDIANS = ("score", "width")


def league(f: Figures, lang: Language) -> Table:
    """Every branch, ranked or not: none is left out. Tier and interval before the rank."""
    rows = [_row(f, row, lang) for row in league_frame(f).iter_rows(named=True)]
    columns = (
        TableColumn("peer", word(lang, "peer"), width=1.4),
        TableColumn("name", word(lang, "branch"), width=2.5),
        TableColumn("city", word(lang, "city"), width=1.6),
        TableColumn("tier", word(lang, "tier"), width=1.3),
        TableColumn("score", word(lang, "score"), "points", 1, 0.9),  # scores do not add up
        TableColumn("interval", word(lang, "interval"), width=1.2),
        TableColumn("rank", word(lang, "rank"), "integer", 0, 0.8),
        TableColumn("peer_interval", word(lang, "peer_interval"), width=1.2),
        TableColumn("peer_rank", word(lang, "peer_rank"), "integer", 0, 0.8),
        TableColumn("chance", word(lang, "chance", k=_k(rows)), width=1.4),
        TableColumn("visits", word(lang, "visits"), "integer", 0, 0.8, total=True),
        *([TableColumn("note", word(lang, "status"), width=1.3)] if _noted(rows) else []),
    )
    title, note = word(lang, "league_title"), counted_since(lang, rows)
    return Table(title, columns, rows, _due(f), note, "league", _league_query(f))


def _noted(rows: list[dict[str, Any]]) -> bool:
    """Whether anything is said of any branch: an empty column takes room from the others."""
    return any(row["note"] for row in rows)


def counted_since(lang: Language, rows: Iterable[Mapping[str, Any]]) -> str:
    """From when on the visits of ranks are counted; nothing where no row says so."""
    since = next((r["since"] for r in rows if r.get("since")), None)
    return word(lang, "visits_window", since=periods.label(since, lang)) if since else ""


def _row(f: Figures, row: dict[str, Any], lang: Language) -> dict[str, Any]:
    p = row["p_first_k"]
    said = chance(p)
    region = f.region.get(row["scope"])
    return {
        **row,
        "peer": kind_name(lang, row["peer"]),
        "city": f.name(region) if region else "",
        "tier": word(lang, f"tier_{row['tier']}") if row["tier"] else "",
        "interval": _interval(row["low"], row["high"]),
        "peer_interval": _interval(row["peer_low"], row["peer_high"]),
        "chance": f"{word(lang, said)} {_percent(p)}" if said else "",
        "note": "" if row["status"] == "ok" else word(lang, row["status"]),
    }


def _percent(p: float) -> str:
    """A probability in percent, with as many decimals as keep it on the side of a boundary that
    its word is on; nothing that was drawn is quite 0 or 1."""
    for digits in range(4):
        said = rounded(p * 100, digits)
        if chance(float(said) / 100) == chance(p):
            break
    return "<1%" if said < 1 else ">99%" if said > 99 else f"{said}%"


def _interval(low: int | None, high: int | None) -> str:
    return "" if low is None else f"{low}–{high}"


def _k(rows: list[dict[str, Any]]) -> str:
    return str(next((r["first_k"] for r in rows if r["first_k"]), "k"))


def _due(f: Figures) -> int:
    """Branches open at the end of the period: so many rows there should be."""
    last = f"{periods.last_month(f.period)}-31"
    branches = f.scopes.filter(pl.col("level") == "branch")
    still = pl.col("closed").is_null() | (pl.col("closed").cast(pl.String) > last)
    began = pl.col("opened").is_null() | (pl.col("opened").cast(pl.String) <= last)
    return branches.filter(still & began).height


def rewards(f: Figures, lang: Language) -> list[Block]:
    """For each rule of reward how many of those it pays are expected to be lucky; nothing where
    the office has no rules of its own (older publications do not say whether it had)."""
    table = f.rows("reward", period=f.period)
    if table.is_empty() or not f.publication.manifest.get("own_rewards", True):
        return []
    parts = table.partition_by("prize", "peer_group", maintain_order=True)
    return [_reward(f, part, lang) for part in parts]


def _reward(f: Figures, part: pl.DataFrame, lang: Language) -> Sentence:
    group, prize = part["peer_group"][0], part["prize"][0]
    own = {"period": f.period, "prize": prize, "peer_group": group}
    name = part[lang][0] if group == ALL else f"{part[lang][0]} · {group_name(lang, group)}"
    doubtful = float((1 - part.filter("paid")["p"]).sum())
    query = f.count("reward", paid=True, **own).query
    noise = Reckoned(doubtful, query.replace("count(*)", "coalesce(sum(1 - p), 0)"))
    said = say(
        lang,
        "reward",
        name=name,
        paid=whole(f.count("reward", paid=True, **own)),
        doubtful=rare(noise),
        all=whole(f.count("reward", **own)),
        **{c: whole(f.count("reward", chance=c, **own)) for c in CHANCES},
    )
    ranked = f.count("rank", rank=PRESENT, period=f.period, peer_group=group)
    if not ranked.value:
        said = join(lang, said, say(lang, "reward_withheld"))
    worth = abs(float(part["worth"][0]))
    if not worth:
        return said
    paid = Reckoned(
        worth * part.filter("paid").height,
        query.replace("count(*)", "coalesce(sum(abs(worth)), 0)"),
    )
    lucky = Reckoned(
        worth * doubtful, query.replace("count(*)", "coalesce(sum(abs(worth) * (1 - p)), 0)")
    )
    return join(lang, said, say(lang, "reward_money", money=whole(paid), noise=whole(lucky)))


def method(lang: Language) -> list[Note]:
    """How tiers, intervals and chances are made, for the annex."""
    return [
        Note(f"{text.name.of(lang)}{word(lang, 'colon')}{paragraph}")
        for text in map(explained, ("tier", "rank_interval", "first_k"))
        for paragraph in text.method.of(lang)
    ]
