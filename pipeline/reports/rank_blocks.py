"""The ranks in a circular: what they are worth, the league, and what rewards hang on."""

from __future__ import annotations

from typing import Any

import polars as pl

from audits.statistics.ranks import chance
from audits.statistics.words import explained
from pipeline import periods
from pipeline.reports.blocks import Block, Note, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.words import word

_ALL = "all"


def league_frame(f: Figures) -> pl.DataFrame:
    """The province-wide ranks of the period, with the rank in the peer group beside."""
    ranks = f.publication.table("rank").filter(pl.col("period") == f.period)
    group = ranks.filter(pl.col("peer_group") != _ALL)
    group = group.select("scope", pl.col("rank").alias("peer_rank"))
    return (
        ranks.filter(pl.col("peer_group") == _ALL)
        .join(group, on="scope", how="left")
        .join(f.scopes.select("scope", "name"), on="scope", how="left")
        .sort(["score", "scope"], descending=[True, False], nulls_last=True)
    )


def notes(f: Figures, lang: Language) -> list[Block]:
    """How the league is to be read, before the league."""
    frame = league_frame(f)
    counts = dict(frame.group_by("status").len().iter_rows())
    known = frame.filter(pl.col("low").is_not_null())
    if known.is_empty():
        status = next((s for s in ("no_visit_variance", "no_spread") if s in counts), None)
        return [Sentence(word(lang, f"league_{status}" if status else "league_unknown"))]
    widest = known.select((pl.col("high") - pl.col("low") + 1).median()).item()
    since = str(known["since"][0])
    tiers = {t: known.filter(tier=t).height for t in ("above", "average", "below")}
    slots: dict[str, Any] = {"since": _month(since, lang), "width": round(widest), **tiers}
    said = [word(lang, "league_note", of=known.height, **slots)]
    said += [
        word(lang, f"league_{status}", n=counts[status])
        for status in ("unreliable", "by_decision")
        if status in counts
    ]
    return [Sentence(text) for text in said]


def _month(month: str, lang: Language) -> str:
    return periods.label(month, lang) if month else "—"


def league(f: Figures, lang: Language) -> Table:
    """Every branch, ranked or not: none is left out. Tier and interval before the rank."""
    region = _regions(f)
    rows = [_row(row, region, lang) for row in league_frame(f).iter_rows(named=True)]
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.5),
        TableColumn("city", word(lang, "city"), width=1.6),
        TableColumn("tier", word(lang, "tier"), width=1.3),
        TableColumn("score", word(lang, "score"), "points", 1, 0.9, total=True),
        TableColumn("interval", word(lang, "interval"), width=1.2),
        TableColumn("rank", word(lang, "rank"), "integer", 0, 0.8),
        TableColumn("chance", word(lang, "chance", k=_k(rows)), width=1.4),
        TableColumn("visits", word(lang, "visits"), "integer", 0, 0.9, total=True),
        TableColumn("peer_rank", word(lang, "peer_rank"), "integer", 0, 0.9),
        TableColumn("note", word(lang, "status"), width=1.3),
    )
    return Table(word(lang, "league_title"), columns, rows, _due(f), id="league")


def _row(row: dict[str, Any], region: dict[str, str], lang: Language) -> dict[str, Any]:
    low, p = row["low"], row["p_first_k"]
    said = chance(p)
    return {
        **row,
        "city": region.get(row["scope"], ""),
        "tier": word(lang, f"tier_{row['tier']}") if row["tier"] else "",
        "interval": "" if low is None else f"{low}–{row['high']}",
        "chance": f"{word(lang, said)} {p:.0%}" if said else "",
        "note": "" if row["status"] == "ok" else word(lang, row["status"]),
    }


def _k(rows: list[dict[str, Any]]) -> str:
    return str(next((r["first_k"] for r in rows if r["first_k"]), "k"))


def _regions(f: Figures) -> dict[str, str]:
    """Branch code to the name of its city or direct institution."""
    members = f.publication.table("scope_member")
    regions = f.scopes.filter(pl.col("level").is_in(["city", "direct"]))
    pairs = members.join(regions, on="scope", how="inner").sort("level")
    return dict(pairs.select("branch_code", "name").iter_rows())


def _due(f: Figures) -> int:
    """Branches open at the end of the period: so many rows there should be."""
    last = f"{periods.last_month(f.period)}-31"
    branches = f.scopes.filter(pl.col("level") == "branch")
    still = pl.col("closed").is_null() | (pl.col("closed").cast(pl.String) > last)
    began = pl.col("opened").is_null() | (pl.col("opened").cast(pl.String) <= last)
    return branches.filter(still & began).height


def rewards(f: Figures, lang: Language) -> list[Block]:
    """For each rule of reward how many of those it pays are expected to be lucky."""
    table = f.publication.table("reward").filter(pl.col("period") == f.period)
    parts = table.partition_by("prize", "peer_group", maintain_order=True)
    return [Sentence(_reward(f, part, lang)) for part in parts]


def _reward(f: Figures, part: pl.DataFrame, lang: Language) -> str:
    paid, group = part.filter("paid"), part["peer_group"][0]
    doubtful = float((1 - paid["p"]).sum())
    name = part[lang][0] if group == _ALL else f"{part[lang][0]} · {group}"
    counts = {c: part.filter(chance=c).height for c in ("certain", "possible")}
    said = word(lang, "reward", name=name, paid=paid.height, doubtful=f"{doubtful:.1f}", **counts)
    worth = abs(float(part["worth"][0]))
    if not worth:
        return said
    money, noise = f"{worth * paid.height:,.0f}", f"{worth * doubtful:,.0f}"
    return said + word(lang, "reward_money", money=money, noise=noise)


def method(lang: Language) -> list[Note]:
    """How tiers, intervals and chances are made, for the annex."""
    return [
        Note(f"{text.name.of(lang)}{word(lang, 'colon')}{paragraph}")
        for text in map(explained, ("tier", "rank_interval", "first_k"))
        for paragraph in text.method.of(lang)
    ]
