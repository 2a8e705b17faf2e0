"""The annexes of a workbook: what its figures mean, and the cells that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

import polars as pl

from audits.scorecard import Edition
from pipeline.aggregate import Known, MartStore, entering, sql_of
from pipeline.explain import NAMES
from pipeline.explaining.cells_behind import ROW, cells_behind, fact_table
from pipeline.lineage import partner_of
from pipeline.marts.world import Settings, World
from pipeline.measure import world_of
from pipeline.metrics import metrics
from pipeline.metrics.declaration import Component, Metric, Window
from pipeline.publication import Publication
from pipeline.publishing.inputs import editions_of
from pipeline.publishing.stale import facts_of
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Evidence,
    Reckoned,
    Sentence,
    Strip,
    Table,
    TableColumn,
)
from pipeline.reports.figures import Language
from pipeline.windows import months_in

T = TypeVar("T", Evidence, Reckoned)
LISTED = 5  # cells of a component; `mingcha explain` has all
_BRANCHES = 3  # of each kind of fact, whose cells are listed
_HASH = 16  # digits: enough to tell files apart, and `explain` has them all

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "definitions": "指标口径", "provenance": "数据来源",
        "metric": "指标编号", "name": "指标", "unit": "单位", "direction": "方向", "up": "越高越好",
        "down": "越低越好", "none": "中性", "formula": "公式", "kind": "来源",
        "minimum": "最小分母", "version": "口径版本", "note": "说明",
        "self": "自报", "observed": "暗访",
        "scope": "机构代码", "scope_name": "机构", "period": "期间", "value": "发布值",
        "part": "分量", "rows": "计入行数", "column": "来源列", "sha256": "文件 SHA-256 前16位",
        "sheet": "工作表", "cell": "单元格", "numerator": "分子", "denominator": "分母",
        "amount": "数额", "minuend": "被减数", "subtrahend": "减数", "less_numerator": "减项分子",
        "less_denominator": "减项分母", "by_numerator": "比项分子", "by_denominator": "比项分母",
        "reckoned": "推算数字", "what": "用处", "figure": "文中数字", "query": "查询",
        "reckoned_note": "由已发布的数据表算出的数字，及各表（数值为行数）的查询：DuckDB SQL，"
        "表名即发布目录中的 Parquet 文件。",
        "definitions_note": "发布时的口径；自报为网点报送，暗访为暗访员所见。",
        "provenance_note": "正文中每个数字的出处。每个分量至多列 {listed} 个单元格；"
        "全部单元格在系统中点开该数字查看（第 {revision} 版）。",
        "own_note": "正文中每个数字的出处。源单元格在系统中点开该数字查看"
        "（第 {revision} 版）。",
    },
    "en": {
        "definitions": "Definitions", "provenance": "Provenance",
        "metric": "Metric id", "name": "Metric", "unit": "Unit", "direction": "Direction",
        "up": "higher is better", "down": "lower is better", "none": "neutral",
        "formula": "Formula", "kind": "Source", "minimum": "Smallest denominator",
        "version": "Version", "note": "Note", "self": "self-reported", "observed": "observed",
        "scope": "Code", "scope_name": "Unit of the bank", "period": "Period",
        "value": "Published value", "part": "Component", "rows": "Rows that entered",
        "column": "Source column", "sha256": "File: SHA-256, 16 digits",
        "sheet": "Sheet", "cell": "Cell",
        "numerator": "numerator", "denominator": "denominator", "amount": "amount",
        "minuend": "minuend", "subtrahend": "subtrahend", "less_numerator": "less: numerator",
        "less_denominator": "less: denominator", "by_numerator": "divisor: numerator",
        "by_denominator": "divisor: denominator",
        "reckoned": "Worked out", "what": "Where", "figure": "in the text", "query": "Query",
        "reckoned_note": "Figures worked out from published tables, and of each table (value: its "
        "rows) the query: DuckDB SQL over the Parquet files of the publication.",
        "definitions_note": "As published; self-reported by branches, or observed by shoppers.",
        "provenance_note": "Where each figure of the text comes from. At most {listed} cells of a "
        "component; a click on the figure in the system shows all (revision {revision}).",
        "own_note": "Where each figure of the text comes from. A click on the figure in the "
        "system shows its cells (revision {revision}).",
    },
}  # fmt: skip


def with_annexes(publication: Publication, document: Document, cells: bool = True) -> Document:
    """The document with annexes: definitions (unless it has a dictionary), provenance of each
    published value in it, and the query behind each figure that was worked out and each table.

    `cells`: with the places of source cells, never with what stands there. Not for documents of
    branches: a province's cells are not theirs.
    """
    lang = document.language
    told = list(dict.fromkeys(_of_kind(Evidence, document.blocks)))
    reckoned = _reckoned(document, lang)
    annexes = []
    if told and not any(t.id == "dictionary" for t in _tables(document.blocks)):
        annexes.append(_definitions(publication, told, lang))
    if told:
        annexes.append(_provenance(publication, told, lang, cells))
    if reckoned.rows:
        annexes.append(reckoned)
    return replace(document, annexes=tuple(annexes))


def get_ready() -> None:
    """Loads what queries are written with: a third of the time that the annexes take, and nothing
    that depends on the document."""
    import ibis

    sql_of(ibis.table({"month": "string"}, name="mart").filter(lambda t: t.month.isin(["2026-01"])))


def _of_kind(kind: type[T], blocks: Sequence[Block]) -> Iterator[T]:
    """Evidence or reckoned figures in the order of the text."""
    for block in blocks:
        if isinstance(block, Appendix):
            yield from _of_kind(kind, block.blocks)
        else:
            yield from (each for each in _figures(block) if isinstance(each, kind))


def _figures(block: Block) -> Iterator[Evidence | Reckoned | None]:
    match block:
        case Sentence() | Chart():
            yield from block.evidence
            yield from block.reckoned
        case Strip():
            yield from (c.evidence for c in block.cells)
        case Table():
            for row in block.rows:
                yield from row.get("evidence", {}).values()


def _reckoned(document: Document, lang: Language) -> Table:
    """Each figure worked out with its query, then each table with the one that gives its rows."""
    words = WORDS[lang]
    rows = [
        {"what": words["figure"], "value": r.value, "query": r.query}
        for r in dict.fromkeys(_of_kind(Reckoned, document.blocks))
    ]
    rows += [
        {"what": t.title, "value": len(t.rows), "query": t.query}
        for t in _tables(document.blocks)
        if t.query
    ]
    shape = [("what", "text", 1.5), ("value", "decimal", 1.0), ("query", "text", 6.0)]
    note = words["reckoned_note"]
    return Table(words["reckoned"], _columns(shape, words), rows, len(rows), note, "reckoned")


def _tables(blocks: Sequence[Block]) -> Iterator[Table]:
    for block in blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Appendix):
            yield from _tables(block.blocks)


def _definitions(publication: Publication, told: list[Evidence], lang: Language) -> Table:
    words = WORDS[lang]
    wanted = {e.metric for e in told}
    found = publication.table("metric").filter(pl.col("metric").is_in(sorted(wanted)))
    rows = [
        {
            **{k: e[k] for k in ("metric", "unit", "minimum", "version")},
            "name": e[lang],
            "direction": words[e["direction"]],
            "formula": e[f"formula_{lang}"],
            "kind": words["observed" if e["observed"] else "self"],
            "note": e[f"note_{lang}"],
        }
        for e in found.sort("metric").to_dicts()
    ]
    shape = [
        ("metric", "text", 2.0), ("name", "text", 2.0), ("unit", "text", 0.8),
        ("direction", "text", 1.2), ("formula", "text", 4.0), ("kind", "text", 1.0),
        ("minimum", "decimal", 1.0), ("version", "count", 1.0), ("note", "text", 4.0),
    ]  # fmt: skip
    note = words["definitions_note"]
    return Table(
        words["definitions"], _columns(shape, words), rows, len(wanted), note, "definitions"
    )


def _columns(shape: list[Any], words: dict[str, str]) -> tuple[TableColumn, ...]:
    return tuple(
        TableColumn(id, words[id], format, 4 if id == "value" else 0, width)
        for id, format, width in shape
    )


def _provenance(
    publication: Publication, told: list[Evidence], lang: Language, cells: bool
) -> Table:
    words = WORDS[lang]
    names = dict(publication.table("metric").select("metric", lang).iter_rows())
    scopes = dict(publication.table("scope").select("scope", "name").iter_rows())
    places = _Sources(publication, tuple(told)).places() if cells else {}
    rows = []
    for evidence in told:
        head = {
            "metric": evidence.metric,
            "name": names.get(evidence.metric, evidence.metric),
            "scope": evidence.scope,
            "scope_name": scopes.get(evidence.scope) or evidence.scope,
            "period": evidence.period,
            "value": evidence.value,
        }
        own = places.get(evidence, [])
        rows += [{**head, **p, "part": words[p["part"]]} for p in own] or [head]
    shape = [
        ("metric", "text", 2.0), ("name", "text", 2.0), ("scope", "text", 1.0),
        ("scope_name", "text", 1.6), ("period", "text", 1.0), ("value", "decimal", 1.2),
    ]  # fmt: skip
    if cells:
        shape += [
            ("part", "text", 1.0), ("rows", "count", 1.0), ("column", "text", 1.4),
            ("sha256", "text", 2.0), ("sheet", "text", 1.4), ("cell", "text", 0.8),
        ]  # fmt: skip
    note = words["provenance_note" if cells else "own_note"]
    note = note.format(listed=LISTED, revision=publication.revision)
    title = words["provenance"]
    return Table(title, _columns(shape, words), rows, len(rows), note, "provenance")


@dataclass(frozen=True)
class _Sources:
    """The facts of a publication, and marts of the few branches whose cells are listed: their
    rows rest on nothing else, and the marts of a thousand take as long as the whole document."""

    publication: Publication
    told: tuple[Evidence, ...]

    @cached_property
    def facts(self) -> dict[str, pl.DataFrame]:
        return facts_of(self.publication)

    @cached_property
    def editions(self) -> dict[str, Edition]:
        return editions_of(self.facts["edition"])

    @cached_property
    def few(self) -> dict[str, list[str]]:
        """Scope → its first branches."""
        members = self.publication.table("scope_member")
        parts = members.filter(pl.col("scope").is_in({e.scope for e in self.told}))
        inside = parts.group_by("scope").agg("branch_code")
        known = {
            name: frame["branch_code"].unique().sort()
            for name, frame in self.facts.items()
            if "branch_code" in frame.columns
        }
        return {scope: _first_of_each(known, codes) for scope, codes in inside.iter_rows()}

    @cached_property
    def near(self) -> dict[str, pl.DataFrame]:
        """The facts of the few branches, and the places of their columns."""
        branches = sorted({code for codes in self.few.values() for code in codes})
        facts = {
            name: frame.filter(pl.col("branch_code").is_in(branches))
            if "branch_code" in frame.columns and name != "branch"
            else frame
            for name, frame in self.facts.items()
        }
        # What knows its visit only: of a thousand branches there are half a million answers.
        seen = facts["visit"]["visit_id"].unique().implode()
        facts |= {
            name: frame.filter(pl.col("visit_id").is_in(seen))
            for name, frame in facts.items()
            if "visit_id" in frame.columns and "branch_code" not in frame.columns
        }
        own = {f for t in facts.values() if "branch_code" in t.columns and "sha256" in t.columns
               for f in t["sha256"].unique()}  # fmt: skip
        places = facts["column_map"].filter(pl.col("sha256").is_in(own))
        return facts | {"column_map": places}

    @cached_property
    def store(self) -> MartStore:
        periods = self.publication.table("metric_value")["period"].unique().to_list()
        until = world_of(self.facts, periods, self.editions).until
        settings = Settings(due_business_day=self.publication.manifest["due_business_day"])
        return MartStore(World(self.near, self.editions, until, settings))

    def places(self) -> dict[Evidence, list[dict[str, Any]]]:
        """[part, rows, column, sha256, sheet, cell] of the first cells of each component.

        Values of other periods have their places in the publication of that period.
        """
        declared = metrics(self.editions)
        values = self.publication.table("metric_value")
        current = values.filter(pl.col("period") == self.publication.period)
        n = {(m, s): n for m, s, n in current.select("metric", "scope", "n").iter_rows()}
        scopes: dict[str, list[Evidence]] = {}
        for e in self.told:
            if e.metric in declared and e.value is not None and e.period == self.publication.period:
                scopes.setdefault(e.metric, []).append(e)
        entered = self._entered([declared[m] for m in scopes])
        found: dict[Evidence, list[dict[str, Any]]] = {}
        for metric, same in scopes.items():
            parts = declared[metric].parts
            names = NAMES[(declared[metric].form, len(parts))]
            for index, part in enumerate(parts):
                cells = self._cells(part, entered[metric, index], [e.scope for e in same])
                for e in same:
                    head = {"part": names[index], "rows": n.get((metric, e.scope))}
                    own = ({**head, **cell} for cell in cells.get(e.scope, []))
                    found.setdefault(e, []).extend(own)
        return found

    def _entered(self, wanted: Sequence[Metric]) -> dict[tuple[str, int], pl.DataFrame]:
        """(metric, index of a part) → the mart rows of the few branches that entered it.

        One query for each mart and window: writing a query costs more than answering it.
        """
        groups: dict[tuple[str, Window], list[tuple[Metric, int]]] = {}
        for metric in wanted:
            for index, part in enumerate(metric.parts):
                groups.setdefault((part.mart, part.window), []).append((metric, index))
        branches = sorted({code for codes in self.few.values() for code in codes})
        found = {}
        for (mart, window), parts in groups.items():
            table, until = self.store.table(mart), self.store.world.until
            months = months_in(self.publication.period, window, until, self.store.months(mart))
            inside = table.filter(table.month.isin(months))
            known: Known = {}
            holds = {
                f"enters{k}": entering(inside, m.parts[i], partner_of(m, i), known)[1]
                for k, (m, i) in enumerate(parts)
            }
            frame = self.store.rows(inside.mutate(**holds))
            # Not in the query: a thousand names in it take longer to write than to answer.
            frame = frame.filter(pl.col("branch_code").is_in(branches))
            grain = [c for c in ("branch_code", "month") if c in frame.columns]
            frame = frame.sort(grain, maintain_order=True)
            for k, (metric, index) in enumerate(parts):
                own = frame.filter(pl.col(f"enters{k}"))
                found[metric.id, index] = own.drop(list(holds))
        return found

    def _cells(
        self, part: Component, rows: pl.DataFrame, scopes: list[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Scope → [column, sha256, sheet, cell] of the first cells of one component."""
        if fact_table(part) not in self.facts:
            return {}
        codes = rows["branch_code"].to_list()
        chosen = {s: _first_rows(codes, set(self.few.get(s, ()))) for s in set(scopes)}
        numbers = sorted({i for own in chosen.values() for i in own})
        if not numbers:
            return {}
        behind = cells_behind(rows[numbers], part, self.near)
        placed: dict[int, list[dict[str, Any]]] = {}
        for cell in behind.select(ROW, "column", "sha256", "sheet", "cell").to_dicts():
            number = numbers[cell.pop(ROW)]
            placed.setdefault(number, []).append({**cell, "sha256": cell["sha256"][:_HASH]})
        return {
            s: _first_cells(c for i in own for c in placed.get(i, [])) for s, own in chosen.items()
        }


def _first_rows(codes: Sequence[str], inside: Collection[str]) -> list[int]:
    return list(islice((i for i, code in enumerate(codes) if code in inside), LISTED))


def _first_cells(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each once: a cell may stand behind several rows."""
    return [dict(c) for c in islice(dict.fromkeys(tuple(c.items()) for c in cells), LISTED)]


def _first_of_each(known: dict[str, pl.Series], inside: Sequence[str]) -> list[str]:
    """The first branches inside that a kind of fact knows, of every kind."""
    found: set[str] = set()
    for codes in known.values():
        found |= set(codes.filter(codes.is_in(list(inside))).head(_BRANCHES))
    return sorted(found)
