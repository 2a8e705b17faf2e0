"""The annexes of a workbook: what its figures mean, and the cells that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from audits.scorecard import Edition
from pipeline.aggregate import MartStore
from pipeline.explain import NAMES
from pipeline.explaining.cells_behind import cells_behind, fact_table
from pipeline.lineage import part_rows
from pipeline.marts.world import Settings, World
from pipeline.measure import world_of
from pipeline.metrics import metrics
from pipeline.metrics.declaration import Metric
from pipeline.publication import Publication
from pipeline.publishing.inputs import editions_of
from pipeline.publishing.stale import facts_of
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Document,
    Evidence,
    Sentence,
    Strip,
    Table,
    TableColumn,
)
from pipeline.reports.figures import Language

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
        "definitions_note": "发布时的口径；自报为网点报送，暗访为暗访员所见。",
        "provenance_note": "正文中每个数字的出处。每个分量至多列 {listed} 个单元格，全部见："
        "mingcha explain 指标编号 --scope 机构代码 --period 期间 --revision {revision}",
        "own_note": "正文中每个数字的出处。单元格见：mingcha explain 指标编号 --scope 机构代码 "
        "--period 期间 --revision {revision}",
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
        "definitions_note": "As published; self-reported by branches, or observed by shoppers.",
        "provenance_note": "Where each figure of the text comes from. At most {listed} cells of a "
        "component; all: mingcha explain METRIC --scope CODE --period P --revision {revision}",
        "own_note": "Where each figure of the text comes from. Cells: "
        "mingcha explain METRIC --scope CODE --period P --revision {revision}",
    },
}  # fmt: skip


def with_annexes(publication: Publication, document: Document, cells: bool = True) -> Document:
    """The document with definitions (unless it has a dictionary) and provenance as annexes.

    `cells`: with the places of source cells, never with what stands there. Not for documents of
    branches: a province's cells are not theirs.
    """
    told = list(dict.fromkeys(_evidence(document.blocks)))
    if not told:
        return document
    lang = document.language
    annexes = [_provenance(publication, told, lang, cells)]
    if not any(t.id == "dictionary" for t in _tables(document.blocks)):
        annexes.insert(0, _definitions(publication, told, lang))
    return replace(document, annexes=tuple(annexes))


def _evidence(blocks: Sequence[Block]) -> Iterator[Evidence]:
    """In the order of the text."""
    for block in blocks:
        match block:
            case Sentence():
                yield from block.evidence
            case Strip():
                yield from (c.evidence for c in block.cells if c.evidence)
            case Appendix():
                yield from _evidence(block.blocks)


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
        places = _sources(publication).places(evidence) if cells else []
        rows += [{**head, **p, "part": words[p["part"]]} for p in places] or [head]
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


@lru_cache(maxsize=1)
def _sources(publication: Publication) -> _Sources:
    return _Sources(publication)


@dataclass(frozen=True)
class _Sources:
    """The facts of a publication, and marts of a few branches: their rows rest on nothing else.

    The marts of a thousand branches take as long as the whole document.
    """

    publication: Publication
    samples: dict[str, tuple[MartStore, list[str]]] = field(default_factory=dict)  # by scope

    @cached_property
    def facts(self) -> dict[str, pl.DataFrame]:
        return facts_of(self.publication)

    @cached_property
    def members(self) -> pl.DataFrame:
        return self.publication.table("scope_member")

    @cached_property
    def declared(self) -> dict[str, Metric]:
        return metrics(self.editions)

    @cached_property
    def editions(self) -> dict[str, Edition]:
        return editions_of(self.facts["edition"])

    @cached_property
    def values(self) -> dict[tuple[str, str, str], int]:
        """Rows that entered, by metric, scope and period."""
        table = self.publication.table("metric_value").select("metric", "scope", "period", "n")
        return {(m, s, p): n for m, s, p, n in table.iter_rows()}

    @cached_property
    def until(self) -> str:
        periods = self.publication.table("metric_value")["period"].unique().to_list()
        return world_of(self.facts, periods, self.editions).until

    def sample(self, scope: str) -> tuple[MartStore, list[str]]:
        """The marts of the first branches of a scope, and those branches."""
        if scope not in self.samples:
            inside = self.members.filter(pl.col("scope") == scope)["branch_code"].to_list()
            few = _first_of_each(self.facts, inside)
            facts = {
                name: frame.filter(pl.col("branch_code").is_in(few))
                if "branch_code" in frame.columns and name != "branch"
                else frame
                for name, frame in self.facts.items()
            }
            settings = Settings(due_business_day=self.publication.manifest["due_business_day"])
            store = MartStore(World(facts, self.editions, self.until, settings))
            self.samples[scope] = store, few
        return self.samples[scope]

    def places(self, evidence: Evidence) -> list[dict[str, Any]]:
        """[part, rows, column, sha256, sheet, cell] of the first cells of each component."""
        metric = self.declared.get(evidence.metric)
        if metric is None or evidence.value is None:
            return []
        store, few = self.sample(evidence.scope)
        n = self.values.get((evidence.metric, evidence.scope, evidence.period))
        found: list[dict[str, Any]] = []
        for index, part in enumerate(metric.parts):
            rows = part_rows(store, metric, index, few, evidence.period)
            if fact_table(part) not in self.facts or rows.is_empty():
                continue
            cells = cells_behind(rows.head(LISTED), part, self.facts)
            kept = cells.select("column", "sha256", "sheet", "cell").unique(maintain_order=True)
            head = {"part": NAMES[(metric.form, len(metric.parts))][index], "rows": n}
            found += [
                {**head, **c, "sha256": c["sha256"][:_HASH]} for c in kept.head(LISTED).to_dicts()
            ]
        return found


def _first_of_each(facts: dict[str, pl.DataFrame], inside: Sequence[str]) -> list[str]:
    """The first branches inside that a kind of fact knows, of every kind."""
    found: set[str] = set()
    for frame in facts.values():
        if "branch_code" in frame.columns:
            own = frame.filter(pl.col("branch_code").is_in(list(inside)))["branch_code"]
            found |= set(own.unique().sort().head(_BRANCHES))
    return sorted(found)
