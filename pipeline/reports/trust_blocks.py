"""Can the shoppers be trusted: a section of the circular, without anybody's name or pseudonym."""

from __future__ import annotations

import polars as pl

from audits.calibration import ALL
from audits.fabrication import SIGNALS
from pipeline.reports.blocks import Block, Heading, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.words import word

_TABLES = ("item_agreement", "visit_reliability", "excluded_visit")


def trust(f: Figures, lang: Language) -> list[Block]:
    """Agreement of pairs, visits needed, items to be reworded, visits that are not scored.

    Nothing for a publication from before there were such tables.
    """
    if not all((f.publication.path / f"{t}.parquet").is_file() for t in _TABLES):
        return []
    items, reliability, excluded = (f.publication.table(t) for t in _TABLES)
    whole = reliability.filter(pl.col("group") == ALL).sort("edition")
    pairs = whole.filter(pl.col("basis") == "paired", pl.col("status") == "ok").to_dicts()
    visits = whole.filter(pl.col("basis") == "visits", pl.col("needed").is_not_null()).to_dicts()
    told = [_pairs(lang, r) for r in pairs[:1]] + [_needed(lang, r) for r in visits[:1]]
    low = items.filter(pl.col("status") == "below_floor")["item_id"].sort().to_list()
    out = items.filter("left_out")["item_id"].sort().to_list()
    if low:
        told.append(word(lang, "s_reword", items="、".join(low), n=len(low)))
    if out:
        told.append(word(lang, "s_left_out", items="、".join(out)))
    if not excluded.is_empty():
        told.append(word(lang, "s_excluded", n=excluded.height))
    if not told:
        return []
    table = [] if excluded.is_empty() else [_excluded(f, lang, excluded)]
    return [Heading(word(lang, "trust")), *(Sentence(t) for t in told), *table]


def _pairs(lang: Language, row: dict[str, float]) -> str:
    figures = {k: f"{row[k]:.2f}" if row[k] is not None else "—" for k in ("icc", "low", "high")}
    return word(lang, "s_pairs", n=row["branches"], **figures)


def _needed(lang: Language, row: dict[str, float]) -> str:
    return word(lang, "s_needed", icc=f"{row['icc']:.2f}", n=f"{row['needed']:.1f}")


def _excluded(f: Figures, lang: Language, excluded: pl.DataFrame) -> Table:
    at = 0 if lang == "zh" else 1
    rows = [
        {
            "name": f.name(row["scope"]),
            "visit_date": row["visit_date"],
            "round": row["round"],
            "because": "、".join(SIGNALS[s][at] for s in row["signals"]),
        }
        for row in excluded.to_dicts()
    ]
    columns = (
        TableColumn("name", word(lang, "branch"), width=2.6),
        TableColumn("visit_date", word(lang, "visit_date"), "date", width=1.4),
        TableColumn("round", word(lang, "round")),
        TableColumn("because", word(lang, "because"), width=2.6),
    )
    return Table(word(lang, "excluded_title"), columns, rows, excluded.height, id="excluded")
