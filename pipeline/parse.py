"""Parse (解析): typed rows and findings from addressed cells, one frame per fact table.

Everything is vectorised over the whole batch: 300 workbooks cost little more than one. A cell that
cannot be typed is null in its frame and an error finding at its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.parsing.codes import restore_codes, with_visit_ids
from pipeline.parsing.lists import list_tables
from pipeline.parsing.maps import column_map, periods_of
from pipeline.parsing.scorecards import one_visit_tables, visit_list_tables
from pipeline.parsing.tables import typed_tables
from pipeline.parsing.unused import without_unused
from pipeline.parsing.values import bounded
from pipeline.recognise import Part, Recognised
from pipeline.sheets import kinds
from pipeline.workbook.cells import ReadBatch

__all__ = ["Parsed", "parse", "restore", "restore_codes"]


@dataclass
class Parsed:
    """The rows of one kind. `tables` by fact table, with `file` (index in the batch), sheet, row.

    `column_map`: file, sheet, column, letter, row (null: the fact's own row). `periods`: file →
    period (2026-09, 2026Q3 or 2026) where its rows state one.
    """

    kind: str
    tables: dict[str, pl.DataFrame]
    column_map: pl.DataFrame
    periods: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def _editions() -> Mapping[str, Edition]:
    # late: only scorecards need editions, and loading them reads files
    from audits.scorecard import load_editions

    return load_editions()


def parse(
    batch: ReadBatch,
    recognised: Recognised,
    editions: Mapping[str, Edition] | None = None,
) -> dict[str, Parsed]:
    """Typed rows of every kind in the batch, keyed by kind id.

    `editions` (default: those that come with Mingcha) say whether an item is asked in the hall or
    at the counter. Findings of recognising are not repeated here.
    """
    known = editions
    if known is None and any(kinds()[k].layout != "list" for k in recognised.kinds.values()):
        known = _editions()
    parsed: dict[str, Parsed] = {}
    for part in recognised.parts:
        for one in _parse_part(part, known or {}):
            parsed[one.kind] = _joined(parsed[one.kind], one) if one.kind in parsed else one
    for one in parsed.values():
        one.periods.update(periods_of(kinds()[one.kind], one.tables))
    return {id: parsed[id] for id in kinds() if id in parsed}


def _parse_part(part: Part, editions: Mapping[str, Edition]) -> Iterator[Parsed]:
    found = typed_tables(part)
    met = set(part.sheets["kind"])
    for id, kind in kinds().items():
        if id not in met:
            continue
        sheets = part.sheets.filter(pl.col("kind") == id)
        if kind.layout == "list":
            tables, findings = list_tables(part, found[id], sheets, kind)
        else:
            one_visit, unused = kind.layout == "one_visit", list[Finding]()
            if one_visit:
                sheets, unused = without_unused(part, sheets)
            if unused:
                own = sheets.select("sid")
                found[id] = {t: f.join(own, on="sid", how="semi") for t, f in found[id].items()}
            make = one_visit_tables if one_visit else visit_list_tables
            tables, findings = make(part, found[id], sheets, kind, editions)
            findings += unused
        yield Parsed(id, tables, column_map(part, sheets), findings=bounded(findings))


def _joined(first: Parsed, second: Parsed) -> Parsed:
    tables = {name: pl.concat([frame, second.tables[name]]) for name, frame in first.tables.items()}
    places = pl.concat([first.column_map, second.column_map])
    findings = [*first.findings, *second.findings]
    return Parsed(first.kind, tables, places, findings=findings)


def restore(parsed: Parsed, register: pl.DataFrame) -> Parsed:
    """`parsed` with the leading zeros of branch codes put back from `register` (branch_code).

    Each restored code is a warning finding. Visits get their id anew, since it is made from the
    code; encounters and answers follow.
    """
    tables, findings = dict(parsed.tables), list(parsed.findings)
    for name, frame in parsed.tables.items():
        for column in ("branch_code", "parent_code", "home_branch"):
            if column in frame.columns and name != "visit":
                tables[name], told = restore_codes(
                    tables[name], register, parsed.column_map, column
                )
                findings += told
    if "visit" in tables:
        visits, told = restore_codes(tables["visit"], register, parsed.column_map)
        findings += told
        if told:
            visits = with_visit_ids(visits)
            both = zip(tables["visit"]["visit_id"], visits["visit_id"], strict=True)
            renamed = {old: new for old, new in both if old != new}
            for name in ("encounter", "answer"):
                tables[name] = tables[name].with_columns(pl.col("visit_id").replace(renamed))
        tables["visit"] = visits
    return Parsed(parsed.kind, tables, parsed.column_map, parsed.periods, findings)
