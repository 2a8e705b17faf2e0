"""Can the shoppers be trusted: a section without anybody's name or pseudonym.

The days of excluded visits are not printed: with a day a branch could find the shopper on its
cameras.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import polars as pl

from audits.calibration import ALL
from audits.fabrication import SIGNALS
from pipeline.reports.blocks import Block, Heading, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.names import group_name
from pipeline.reports.saying import number, say, whole
from pipeline.reports.words import word

_TABLES = ("item_agreement", "visit_reliability", "excluded_visit")


def trust(f: Figures, lang: Language) -> list[Block]:
    """Agreement of pairs, visits needed, items to be reworded, visits that are not scored.

    Nothing for a publication from before there were such tables.
    """
    if not all((f.publication.path / f"{t}.parquet").is_file() for t in _TABLES):
        return []
    told: list[Block] = [*paired(f, lang), *needed(f, lang), *items(f, lang), *excluded(f, lang)]
    return [Heading(word(lang, "trust")), *told] if told else []


def paired(f: Figures, lang: Language) -> list[Sentence]:
    """How far two shoppers of one branch agree in their totals: on one day, else in one round, as
    the page of calibration has it."""
    told = ((b, _whole(f, basis=b, status="ok")) for b in ("paired", "round"))
    basis, row = next(((b, r) for b, r in told if r is not None), ("", None))
    if row is None:
        return []
    figures = {k: number(_cell(row, k), 2) for k in ("icc", "low", "high")}
    key = "s_pairs" if basis == "paired" else "s_pairs_round"
    return [say(lang, key, n=whole(_cell(row, "branches")), **figures)]


def needed(f: Figures, lang: Language) -> list[Sentence]:
    """What one visit is worth, and how many are needed."""
    row = _whole(f, basis="visits")
    if row is None or row["needed"] is None:
        return []
    icc = number(_cell(row, "icc"), 2)
    visits = whole(_cell(row, "visits"))
    return [say(lang, "s_needed", visits=visits, icc=icc, n=whole(_needed(row)))]


def _needed(row: dict[str, Any]) -> Reckoned:
    """Visits are whole: so many reach the wanted reliability, one fewer does not."""
    cell = _cell(row, "needed")
    query = cell.query.replace("SELECT needed", "SELECT ceil(needed)", 1)
    return Reckoned(ceil(row["needed"]), query)


def _whole(f: Figures, **where: Any) -> dict[str, Any] | None:
    """The row of the whole province, of the first edition that has one."""
    rows = f.rows("visit_reliability", group=ALL, **where).sort("edition", "basis")
    return rows.row(0, named=True) if rows.height else None


def _cell(row: dict[str, Any], column: str) -> Reckoned:
    place = " AND ".join(
        f'"{k}" = {quoted(row[k])}' for k in ("edition", "basis", "group") if row[k] is not None
    )
    return Reckoned(row[column], f"SELECT {column} FROM visit_reliability WHERE {place}")


def items(f: Figures, lang: Language) -> list[Sentence]:
    """Items that shoppers judge too unlike, and those left out of ranks for it."""
    told = []
    for key, where in (("s_reword", {"status": "below_floor"}), ("s_left_out", {"left_out": True})):
        rows = f.rows("item_agreement", **where)
        if rows.height:
            names = word(lang, "and").join(rows["item_id"].unique().sort())
            n = {"n": whole(f.count("item_agreement", distinct="item_id", **where))}
            told.append(say(lang, key, items=names, **n))
    return told


def excluded(f: Figures, lang: Language) -> list[Block]:
    """Visits that office and union do not score, by branch and kind of reason."""
    rows = f.table("excluded_visit")
    if rows.is_empty():
        return []
    at = 0 if lang == "zh" else 1
    told = [
        {
            "name": f.name(row["scope"]),
            "round": row["round"],
            "because": word(lang, "and").join(SIGNALS[s][at] for s in row["signals"]),
        }
        for row in rows.sort("scope", "round", "visit_id").to_dicts()
    ]
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.6),
        TableColumn("round", word(lang, "round")),
        TableColumn("because", word(lang, "because"), width=2.6),
    )
    query = (
        "SELECT x.scope, x.round, s.name FROM excluded_visit x LEFT JOIN scope s "
        "ON s.scope = x.scope ORDER BY x.scope, x.round, x.visit_id"
    )
    title = word(lang, "excluded_title")
    table = Table(title, columns, told, rows.height, id="excluded", query=query)
    return [say(lang, "s_excluded", n=whole(f.count("excluded_visit"))), table]


def reliability(f: Figures, lang: Language) -> list[Block]:
    """Per peer group: reliability of one visit, visits a branch had, visits needed."""
    rows = f.rows("visit_reliability", basis="visits")
    if rows.is_empty():
        return []
    ordered = rows.sort(pl.col("group") != ALL, "group", "edition")
    told = [
        {
            **r,
            "label": word(lang, "whole_province")
            if r["group"] == ALL
            else group_name(lang, r["group"]),
            "needed": None if r["needed"] is None else ceil(r["needed"]),
        }
        for r in ordered.to_dicts()
    ]
    columns = (
        TableColumn("label", word(lang, "peer"), width=1.8),
        TableColumn("edition", word(lang, "edition"), width=1.4),
        TableColumn("branches", word(lang, "group_branches"), "count", 0),
        TableColumn("visits", word(lang, "visits"), "count", 0),
        TableColumn("icc", word(lang, "icc"), "decimal", 2),
        TableColumn("needed", word(lang, "visits_needed"), "count", 0),
    )
    query = (
        "SELECT * REPLACE (ceil(needed) AS needed) FROM visit_reliability WHERE basis = 'visits' "
        """ORDER BY "group" <> 'all', "group", edition"""
    )
    title = word(lang, "reliability_title")
    return [Table(title, columns, told, rows.height, id="reliability", query=query)]
