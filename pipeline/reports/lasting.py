"""Section of the circular: does it last, and do the claims hold. Each list beside its chance."""

from __future__ import annotations

import polars as pl

from audits.statistics.adoption import STATUSES
from audits.statistics.words import explained
from pipeline.reports.blocks import Block, Heading, Note, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.words import word


def lasting(f: Figures, lang: Language) -> list[Block]:
    """Heading, status counts, relapse warnings and claims; nothing where there is no table."""
    rows = f.publication.table("adoption").filter(pl.col("period") == f.period)
    if rows.is_empty():
        return []
    named = rows.join(f.scopes.select("scope", "name"), on="scope", how="left")
    counts = {s: named.filter(pl.col("status") == s).height for s in STATUSES}
    new = named.filter("warned")
    fallen = named.filter(pl.col("status") == "relapsed")
    chance = float(named["chance"].sum())
    blocks: list[Block] = [
        Heading(word(lang, "lasting")),
        Sentence(word(lang, "s_adoption", all=named.height, **counts)),
        Sentence(
            explained("chance_signals").phrase(
                "says", lang, found=new.height, expected=f"{chance:.1f}"
            )
        ),
        Note(explained("relapse").sentence.of(lang)),
    ]
    if fallen.height:
        blocks.append(_fallen(fallen, lang))
    return [*blocks, *_early(f, lang), *_claims(f, lang)]


def _early(f: Figures, lang: Language) -> list[Block]:
    """Branches whose own monthly figures fall together; nothing where there is no table."""
    rows = f.publication.table("early_sign")
    if rows.is_empty():
        return []
    told = rows.filter("told").join(f.scopes.select("scope", "name"), on="scope", how="left")
    chance = f"{float(rows['chance'].sum()):.1f}"
    said = word(lang, "s_early", n=rows.height, found=told.height, chance=chance)
    if told.is_empty():
        return [Sentence(said)]
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.2),
        TableColumn("since", word(lang, "since"), width=1.2),
        TableColumn(lang, word(lang, "reason"), width=5),
    )
    table = Table(
        word(lang, "early_title"), columns, told.sort("scope").to_dicts(), told.height, id="early"
    )
    return [Sentence(said), Note(explained("early_sign").sentence.of(lang)), table]


def _fallen(rows: pl.DataFrame, lang: Language) -> Table:
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.2),
        TableColumn("since", word(lang, "since"), width=1.2),
        TableColumn("baseline", word(lang, "baseline"), "points", 1, 0.9),
        TableColumn("latest", word(lang, "latest"), "points", 1, 0.9),
        TableColumn(lang, word(lang, "reason"), width=5),
    )
    ordered = rows.sort("change", "scope", nulls_last=True)
    return Table(
        word(lang, "relapse_title"), columns, ordered.to_dicts(), rows.height, id="relapse"
    )


def _claims(f: Figures, lang: Language) -> list[Block]:
    rows = f.publication.table("claim").join(
        f.scopes.select("scope", "name"), on="scope", how="left"
    )
    compared = rows.filter(pl.col("status") == "ok").height
    if not compared:
        return []
    unusual = int(rows["unusual"].sum())
    over = rows.filter(pl.col("overclaimed") | pl.col("unusual")).sort(
        "gap", "scope", descending=[True, False]
    )
    said = word(
        lang, "s_claims", n=compared, found=int(rows["overclaimed"].sum()), unusual=unusual,
        chance=f"{0.025 * compared:.1f}", few=f"{0.001 * compared:.2f}",
    )  # fmt: skip
    if over.is_empty():
        return [Sentence(said)]
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.2),
        TableColumn("reported", word(lang, "claimed"), "percent"),
        TableColumn("observed", word(lang, "seen"), "percent"),
        TableColumn("low", word(lang, "gap_low"), "pp"),
        TableColumn("high", word(lang, "gap_high"), "pp"),
    )
    table = Table(word(lang, "claim_title"), columns, over.to_dicts(), over.height, id="claims")
    return [Sentence(said), Note(explained("claimed_gap").sentence.of(lang)), table]
