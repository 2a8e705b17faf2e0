"""Section of the circular: does it last, and do the claims hold. Each list beside its chance.

Of single branches the circular names the relapsed ones only, with the quarter; what was reported
by a branch and what was seen there is counted here and named in the digest of its own city.
"""

from __future__ import annotations

import polars as pl

from audits.statistics.adoption import STATUSES
from audits.statistics.words import explained
from pipeline.reports.blocks import Block, Evidence, Note, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.saying import rare, say, whole
from pipeline.reports.words import word

CLAIM_CHANCE, UNUSUAL_CHANCE = 0.025, 0.001  # one side of 95 %; audits.statistics.claims


def lasting(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """Status counts, relapses, early signs; nothing where there is no table.

    `within` a node: its branches only, and named.
    """
    rows = f.rows("adoption", within, period=f.period)
    if rows.is_empty():
        return []
    own = {"period": f.period}
    counts = {s: whole(f.count("adoption", within=within, status=s, **own)) for s in STATUSES}
    warned = f.count("adoption", within=within, warned=True, **own)
    expected = rare(f.total("adoption", "chance", within, **own))
    blocks: list[Block] = [
        say(lang, "s_adoption", all=whole(f.count("adoption", within=within, **own)), **counts),
        say(lang, "s_warned", found=whole(warned), expected=expected),
        Note(explained("relapse").sentence.of(lang)),
    ]
    fallen = rows.filter(pl.col("status") == "relapsed")
    if fallen.height:
        blocks.append(_fallen(f, lang, fallen, within))
    return [*blocks, *early(f, lang, within)]


def _inside(within: str, alias: str) -> str:
    if not within:
        return ""
    own = f"SELECT branch_code FROM scope_member WHERE scope = {quoted(within)}"
    return f" AND {alias}.scope IN ({own})"


def _fallen(f: Figures, lang: Language, rows: pl.DataFrame, within: str) -> Table:
    named = rows.join(f.scopes.select("scope", "name"), on="scope", how="left")
    city = {code: f.name(region) for code, region in f.region.items()}
    told = [{**r, "city": city.get(r["scope"], "")} for r in named.sort("scope").to_dicts()]
    columns = [
        TableColumn("name", word(lang, "branch"), width=2.2),
        TableColumn("city", word(lang, "city"), width=1.6),
        TableColumn("since", word(lang, "since"), width=1.2),
    ]
    if within:
        columns += [
            TableColumn("baseline", word(lang, "baseline"), "points", 1, 0.9),
            TableColumn("latest", word(lang, "latest"), "points", 1, 0.9),
            TableColumn(lang, word(lang, "reason"), width=4.5),
        ]
    query = (
        "SELECT a.*, s.name FROM adoption a LEFT JOIN scope s ON s.scope = a.scope "
        f"WHERE a.period = {quoted(f.period)} AND a.status = 'relapsed'{_inside(within, 'a')} "
        "ORDER BY a.scope"
    )
    title = word(lang, "relapse_title")
    return Table(title, tuple(columns), told, rows.height, id="relapse", query=query)


def early(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """Branches whose own monthly figures fall together; nothing where there is no table."""
    rows = f.rows("early_sign", within)
    if rows.is_empty():
        return []
    said = say(
        lang,
        "s_early",
        n=whole(f.count("early_sign", within=within)),
        found=whole(f.count("early_sign", within=within, told=True)),
        chance=rare(f.total("early_sign", "chance", within)),
    )
    told = rows.filter("told").join(f.scopes.select("scope", "name"), on="scope", how="left")
    if not within or told.is_empty():
        return [said]
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.2),
        TableColumn("since", word(lang, "since"), width=1.2),
        TableColumn(lang, word(lang, "reason"), width=5),
    )
    query = (
        "SELECT e.*, s.name FROM early_sign e LEFT JOIN scope s ON s.scope = e.scope "
        f"WHERE e.told{_inside(within, 'e')} ORDER BY e.scope"
    )
    table = Table(
        word(lang, "early_title"),
        columns,
        told.sort("scope").to_dicts(),
        told.height,
        id="early",
        query=query,
    )
    return [said, Note(explained("early_sign").sentence.of(lang)), table]


def claims(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """What branches report of speaking up against what was seen; counts, or `within` named."""
    rows = f.rows("claim", within)
    if rows.is_empty() or not rows.filter(pl.col("status") == "ok").height:
        return [say(lang, "s_no_claims")]
    compared = f.count("claim", within=within, status="ok")
    over = rows.filter(pl.col("overclaimed") | pl.col("unusual"))
    blocks: list[Block] = [_claimed(f, lang, within, compared)]
    if within and over.height:
        blocks += [Note(explained("claimed_gap").sentence.of(lang)), _named(f, lang, over, within)]
    if not within:
        blocks += _by_region(f, lang)
    return blocks


def _claimed(f: Figures, lang: Language, within: str, compared: Reckoned) -> Sentence:
    n = float(compared.value or 0)
    by_luck = {
        name: Reckoned(rate * n, compared.query.replace("count(*)", f"{rate} * count(*)"))
        for name, rate in (("chance", CLAIM_CHANCE), ("few", UNUSUAL_CHANCE))
    }
    return say(
        lang,
        "s_claims",
        n=whole(compared),
        found=whole(f.count("claim", within=within, overclaimed=True)),
        unusual=whole(f.count("claim", within=within, unusual=True)),
        chance=rare(by_luck["chance"]),
        few=rare(by_luck["few"]),
    )


def _named(f: Figures, lang: Language, over: pl.DataFrame, within: str) -> Table:
    told = over.join(f.scopes.select("scope", "name"), on="scope", how="left")
    told = told.sort("gap", "scope", descending=[True, False])
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.2),
        TableColumn("reported", word(lang, "claimed"), "percent"),
        TableColumn("observed", word(lang, "seen"), "percent"),
        TableColumn("low", word(lang, "gap_low"), "pp"),
        TableColumn("high", word(lang, "gap_high"), "pp"),
    )
    query = (
        "SELECT c.*, s.name FROM claim c LEFT JOIN scope s ON s.scope = c.scope "
        f"WHERE (c.overclaimed OR c.unusual){_inside(within, 'c')} ORDER BY c.gap DESC, c.scope"
    )
    title = word(lang, "claim_title")
    return Table(title, columns, told.to_dicts(), over.height, id="claims", query=query)


def _by_region(f: Figures, lang: Language) -> list[Block]:
    """Reported and observed rate of each city, and how many of its branches report too much."""
    regions = f.scopes.filter(pl.col("level").is_in(["city", "direct"])).sort("scope")
    rows = []
    for code in regions["scope"]:
        if not f.count("claim", within=code, status="ok").value:
            continue
        found: dict[str, Evidence | Reckoned] = {
            "reported": f.at("reported_speak_up", code),
            "observed": f.at("observed_speak_up", code),
            "compared": f.count("claim", within=code, status="ok"),
            "over": f.count("claim", within=code, overclaimed=True),
        }
        values = {k: e.value for k, e in found.items()}
        rows.append({"part": f.name(code), **values, "evidence": found})
    if not rows:
        return []
    columns = (
        TableColumn("part", word(lang, "city"), width=2.2),
        TableColumn("reported", word(lang, "claimed"), "percent"),
        TableColumn("observed", word(lang, "seen"), "percent"),
        TableColumn("compared", word(lang, "claims_compared"), "count", 0),
        TableColumn("over", word(lang, "claims_over"), "count", 0),
    )
    title = word(lang, "claims_by_region")
    return [Table(title, columns, rows, len(rows), id="claims_by_region")]
