"""Good practice and failures (典型与问题): branches by name only for the good, failures in counts.

A circular goes to every branch. It names branches where they stand in the league, which is public
to all; items, the shoppers' words and reported figures of single branches are not in it.
"""

from __future__ import annotations

import polars as pl

from pipeline.reports.blocks import Block, Reckoned, Table, TableColumn
from pipeline.reports.branch_rows import ALL
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.names import group_name
from pipeline.reports.overall import covert
from pipeline.reports.saying import Figure, say, whole
from pipeline.reports.standing import post_name
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word


def practice(f: Figures, lang: Language) -> list[Block]:
    """The branches of the upper tier that carry a rank, so many of each peer group."""
    query = (
        "SELECT r.*, s.name, g.peer_group AS peer FROM rank r JOIN scope s ON s.scope = r.scope "
        f"LEFT JOIN rank g ON g.scope = r.scope AND g.period = r.period AND g.peer_group <> 'all' "
        f"WHERE r.period = {quoted(f.period)} AND r.peer_group = 'all' AND r.tier = 'above' "
        "AND r.rank IS NOT NULL QUALIFY row_number() OVER (PARTITION BY g.peer_group ORDER BY "
        f"r.score DESC, r.scope) <= {thresholds().practice_named} "
        "ORDER BY peer NULLS LAST, r.score DESC, r.scope"
    )
    ranks = f.rows("rank", period=f.period)
    peer = ranks.filter(pl.col("peer_group") != ALL).select("scope", peer="peer_group")
    good = ranks.filter(
        (pl.col("peer_group") == ALL) & (pl.col("tier") == "above") & pl.col("rank").is_not_null()
    )
    if good.is_empty():
        return [say(lang, "s_no_practice")]
    told = (
        good.join(peer, on="scope", how="left")
        .join(f.scopes.select("scope", "name"), on="scope")
        .sort(["peer", "score", "scope"], descending=[False, True, False], nulls_last=True)
        .group_by("peer", maintain_order=True)
        .head(thresholds().practice_named)
    )
    rows = [
        {
            **r,
            "peer": group_name(lang, r["peer"]),
            "city": f.name(f.region[r["scope"]]) if r["scope"] in f.region else "",
            "interval": f"{r['low']}–{r['high']}",
        }
        for r in told.to_dicts()
    ]
    columns = (
        TableColumn("peer", word(lang, "peer"), width=1.4),
        TableColumn("name", word(lang, "branch"), width=2.6),
        TableColumn("city", word(lang, "city"), width=1.8),
        TableColumn("score", word(lang, "score"), "points", 1),
        TableColumn("interval", word(lang, "interval"), width=1.2),
    )
    n = Reckoned(good.height, _good(f))
    table = Table(
        word(lang, "practice_title"), columns, rows, told.height, id="practice", query=query
    )
    return [say(lang, "s_practice", n=whole(n)), table]


def _good(f: Figures) -> str:
    query = f.count("rank", period=f.period, peer_group=ALL, tier="above").query
    return f"{query} AND rank IS NOT NULL"


def items(f: Figures, lang: Language, most: int, within: str = "") -> list[Block]:
    """The items that lost the largest share of their points, and at how many branches."""
    query = f"{_items(f, within)} ORDER BY share DESC, item_id LIMIT {most}"
    results = _results(f, within)
    lost, applicable = pl.col("lost").sum(), pl.col("applicable").sum()
    worst = (
        results.group_by("edition", "item_id")
        .agg(
            (lost / applicable).alias("share"),
            applicable.alias("full"),
            pl.col("answers").sum(),
            pl.col("scope").n_unique().alias("branches"),
            pl.col("scope").filter(pl.col("lost") > 0).n_unique().alias("failed"),
        )
        .filter((pl.col("full") > 0) & (pl.col("answers") >= thresholds().item_answers))
        .join(f.table("edition").drop("points"), on=["edition", "item_id"], how="left")
        .sort(["share", "item_id"], descending=[True, False])
        .head(most)
    )
    if worst.is_empty():
        return [say(lang, "s_no_items")]
    rows = [
        {**r, "item": r[lang] or r["item_id"], "post": post_name(lang, r["role"])}
        for r in worst.to_dicts()
    ]
    columns = (
        TableColumn("item_id", word(lang, "item_id")),
        TableColumn("item", word(lang, "item"), width=4.2),
        TableColumn("post", word(lang, "post"), width=1.5),
        TableColumn("share", word(lang, "lost"), "percent"),
        TableColumn("answers", word(lang, "answers"), "count", 0, total=True),
        TableColumn("failed", word(lang, "failed"), "count", 0),
        TableColumn("branches", word(lang, "seen_at"), "count", 0),
    )
    title = word(lang, "item_title")
    first = rows[0]
    key = "s_items_own" if within else "s_items"
    said = say(lang, key, item=first["item"], post=first["post"], n=_n(len(rows), query))
    return [said, Table(title, columns, rows, worst.height, id="items", query=query)]


def _n(n: int, query: str) -> Figure:
    return whole(Reckoned(n, f"SELECT count(*) FROM ({query})"))


def _results(f: Figures, within: str = "") -> pl.DataFrame:
    return f.rows("item_result", within, period=f.period, edition=covert(f))


def _items(f: Figures, within: str) -> str:
    own = f"SELECT branch_code FROM scope_member WHERE scope = {quoted(within)}"
    inside = f"AND r.scope IN ({own}) " if within else ""
    editions = ", ".join(quoted(e) for e in covert(f)) or "NULL"
    return (
        "SELECT r.edition, r.item_id, any_value(e.zh) AS zh, any_value(e.en) AS en, "
        "sum(r.lost) / sum(r.applicable) AS share, sum(r.answers) AS answers, "
        "count(DISTINCT r.scope) AS branches, "
        "count(DISTINCT r.scope) FILTER (r.lost > 0) AS failed "
        "FROM item_result r LEFT JOIN edition e USING (edition, item_id) "
        f"WHERE r.period = {quoted(f.period)} AND r.edition IN ({editions}) "
        f"{inside}GROUP BY r.edition, r.item_id HAVING sum(r.applicable) > 0 "
        f"AND sum(r.answers) >= {thresholds().item_answers}"
    )


def conduct(f: Figures, lang: Language) -> list[Block]:
    """What took points away (conduct, vetoes): the number of branches of each, not their names."""
    editions = ", ".join(quoted(e) for e in covert(f)) or "NULL"
    query = (
        "SELECT r.edition, r.item_id, any_value(e.zh) AS zh, any_value(e.en) AS en, "
        "count(DISTINCT r.scope) FILTER (r.lost > 0) AS failed "
        "FROM item_result r LEFT JOIN edition e USING (edition, item_id) "
        f"WHERE r.period = {quoted(f.period)} AND r.edition IN ({editions}) "
        "GROUP BY r.edition, r.item_id HAVING sum(r.applicable) = 0 AND sum(r.lost) > 0 "
        "ORDER BY failed DESC, r.item_id"
    )
    found = (
        _results(f)
        .group_by("edition", "item_id")
        .agg(
            pl.col("applicable").sum().alias("full"),
            pl.col("lost").sum(),
            pl.col("scope").filter(pl.col("lost") > 0).n_unique().alias("failed"),
        )
        .filter((pl.col("full") == 0) & (pl.col("lost") > 0))
        .join(f.table("edition").drop("points"), on=["edition", "item_id"], how="left")
        .sort(["failed", "item_id"], descending=[True, False])
    )
    if found.is_empty():
        return [say(lang, "s_no_conduct")]
    rows = [{**r, "item": r[lang] or r["item_id"]} for r in found.to_dicts()]
    columns = (
        TableColumn("item_id", word(lang, "item_id")),
        TableColumn("item", word(lang, "conduct_item"), width=5),
        TableColumn("failed", word(lang, "conduct_at"), "count", 0),
    )
    title = word(lang, "conduct_title")
    return [
        say(lang, "s_conduct", n=_n(found.height, query)),
        Table(title, columns, rows, found.height, id="conduct", query=query),
    ]
