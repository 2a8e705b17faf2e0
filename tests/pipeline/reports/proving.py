"""Proof that no figure of a document is typed: each is walked to where it is said to be from.

Independent of the code that makes documents: queries run in DuckDB over the Parquet files, values
of metrics are looked up there, and texts are taken apart number by number.
"""

from __future__ import annotations

import json
import math
import re
from calendar import month_name
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import duckdb
import pytest

from audits.statistics.words import explained, statistics
from pipeline.publication import Publication
from pipeline.reports import effect_section, saying
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Evidence,
    Heading,
    Note,
    Quantity,
    Reckoned,
    Sentence,
    Strip,
    Table,
)
from pipeline.reports.saying import Figure
from pipeline.reports.words import keys, template

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# Constants of the wording itself: levels of confidence, limits of marks, the wanted reliability.
CONSTANTS = {"95", "90", "75", "0.80", "0.05", "99.8", "70", "100"}
NOTATION = re.compile(r"ICC\(A,1\)|per 10,000|10,000 yuan")  # digits that are no figures
UNITS = (1.0, 100.0, 1 / 10_000)  # as stored, as a percentage, in 10,000 yuan
NAMED = {"thousand yuan": 1e-3, "million yuan": 1e-6}  # units of a text that says so
DAY = rf"\d{{1,2}} ({'|'.join(month_name[1:])}) 20\d\d"


def flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Appendix):
            yield from flat(block.blocks)


def store(publication: Publication) -> duckdb.DuckDBPyConnection:
    """The tables of a publication in a database of their own."""
    found = duckdb.connect()
    for path in sorted(publication.path.glob("*.parquet")):
        found.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM read_parquet('{path}')")
    return found


class Heard:
    """Every sentence that was filled, with the slots it was filled with."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, dict[str, Any], Sentence]] = []
        original = saying.fill

        def fill(text: str, /, **slots: Any) -> Sentence:
            said = original(text, **slots)
            self.calls.append((text, slots, said))
            return said

        patch.setattr(saying, "fill", fill)
        patch.setattr(effect_section, "fill", fill)


class Proof:
    """Checks one document of a publication."""

    def __init__(self, publication: Publication, document: Document, heard: Heard) -> None:
        self.publication, self.document, self.heard = publication, document, heard
        self.store = store(publication)
        self.blocks = list(flat(document.blocks))
        self.tables = {b.id: b for b in self.blocks if isinstance(b, Table)}
        self.names = self._names()
        self.evidence: set[Evidence] = set()
        self.reckoned = self.cells = 0

    def _names(self) -> set[str]:
        """What the publication calls things, digits and all."""
        manifest = json.loads((self.publication.path / "manifest.json").read_text("utf-8"))
        own = {manifest["period"], str(manifest["revision"]), manifest["content_hash"][:16]}
        own |= {r["round"] for r in manifest["rounds"]}
        own |= {e for r in manifest["rounds"] for e in r["editions"]}
        own |= {str((manifest["check"] or {}).get("until"))}
        former = manifest.get("former_circular")
        own |= {str(former["revision"])} if former else set()
        for query in (
            "SELECT name FROM scope",
            "SELECT scope FROM scope",
            "SELECT DISTINCT item_id FROM edition",
            "SELECT DISTINCT zh FROM edition",
            "SELECT DISTINCT en FROM edition",
            "SELECT DISTINCT edition FROM edition",
            "SELECT DISTINCT zh FROM reward",
            "SELECT DISTINCT en FROM reward",
            "SELECT zh FROM metric",
            "SELECT en FROM metric",
        ):
            own |= {str(v) for (v,) in self.store.execute(query).fetchall()}
        return own

    def all(self) -> None:
        """Every block; what could not be proved raises with its text."""
        for template_, slots, said in self.heard.calls:
            self.filled(template_, slots, said)
        for block in self.blocks:
            match block:
                case Sentence():
                    self.told(block.text)
                    for each in (*block.evidence, *block.reckoned):
                        self.source(each)
                case Note() | Heading():
                    self.told(block.text)
                case Chart():
                    self.chart(block)
                case Strip():
                    self.told(block.note)
                    for cell in block.cells:
                        assert cell.evidence is not None and cell.evidence.value == cell.value
                        self.source(cell.evidence)
                case Table():
                    self.table(block)

    def filled(self, text: str, slots: dict[str, Any], said: Sentence) -> None:
        """A template says nothing but constants; a slot is a figure that shows its source, a
        clause that was filled itself, or a name of the publication."""
        assert set(NUMBER.findall(NOTATION.sub("", re.sub(r"\{\w+\}", "", text)))) <= CONSTANTS, (
            text
        )
        for slot in slots.values():
            if isinstance(slot, Figure):
                assert shows(slot.text, slot.source.value), (text, slot)
            elif isinstance(slot, Sentence):
                assert any(slot.text == s.text for _, _, s in self.heard.calls), slot
            elif NUMBER.search(slot):
                assert self.named(slot), (text, slot)

    def named(self, text: str) -> bool:
        """Whether every number of a text is part of a name (it may be cut), a period or a day."""
        if text.endswith("…") and any(n.startswith(text[:-1].rstrip()) for n in self.names):
            return True
        left = text
        names = sorted((n for n in self.names if NUMBER.search(n)), key=len, reverse=True)
        for name in (n for n in names if len(n) > 2):
            left = left.replace(name, "")
        left = re.sub(
            DAY + r"|(20\d\d年(第[一二三四]季度|\d+月(\d+日)?)?|20\d\d(-\d\d){0,2}|Q\d)", "", left
        )
        for name in (n for n in names if len(n) <= 2):  # a revision: it would eat part of a year
            left = left.replace(name, "")
        return not NUMBER.search(left)

    def told(self, text: str) -> None:
        """A printed text is made of sentences that were filled, or is a constant."""
        left = text
        for _, _, said in sorted(self.heard.calls, key=lambda c: -len(c[2].text)):
            left = left.replace(said.text, "")
        if NUMBER.search(left) and left not in CONSTANT_TEXTS:
            assert self.named(left), text

    def source(self, source: Evidence | Reckoned) -> None:
        if isinstance(source, Evidence):
            place = [source.metric, source.scope, source.period]
            query = "SELECT value FROM metric_value WHERE metric=? AND scope=? AND period=?"
            found = self.store.execute(query, place).fetchone()
            assert same(source.value, found[0] if found else None), source
            if source.value is not None:
                self.evidence.add(source)
            return
        self.reckoned += 1
        assert same(source.value, self.reckon(source.query)), source

    def reckon(self, query: str) -> Any:
        if query.startswith("manifest.json: "):
            at: Any = json.loads((self.publication.path / "manifest.json").read_text("utf-8"))
            for key in query.removeprefix("manifest.json: ").split("."):
                at = at[int(key)] if isinstance(at, list) else at[key]
            return at
        if query.startswith("document: "):
            return self.recount(query.removeprefix("document: "))
        row = self.store.execute(query).fetchone()
        return row[0] if row else None

    def recount(self, what: str) -> Any:
        """Rows of the document's own tables, or values of its own chart, counted again."""
        ids, _, asked = what.partition(": ")
        if asked == "values":
            (chart,) = [b for b in self.blocks if isinstance(b, Chart) and b.id == ids]
            return sum(v is not None for v in chart.series[0].values)
        rows = [r for id in ids.split("+") for r in self.tables[id].rows]
        judged = [r for r in rows if r.get("low") is not None]
        if asked == "rows with low":
            return len(judged)
        if asked == "rows with low > 0 or high < 0":
            return sum(r["low"] > 0 or r["high"] < 0 for r in judged)
        assert asked == "rows with low * 0.05", what
        return len(judged) * 0.05

    def chart(self, chart: Chart) -> None:
        self.told(chart.says)
        assert NUMBER.search(chart.says) is None or any(
            chart.says == said.text for _, _, said in self.heard.calls
        )
        values = [v for s in chart.series for v in s.values if v is not None]
        assert [e.value for e in chart.evidence] == values
        for source in (*chart.evidence, *chart.reckoned):
            self.source(source)

    def table(self, table: Table) -> None:
        rows: list[dict[str, Any]] = [{}] * len(table.rows)
        if table.query:
            cursor = self.store.execute(table.query)
            columns = [d[0] for d in cursor.description]
            rows = [dict(zip(columns, r, strict=True)) for r in cursor.fetchall()]
        assert len(rows) == len(table.rows) == table.expected_rows, table.id
        for shown, published in zip(table.rows, rows, strict=True):
            evidence = shown.get("evidence", {})
            for source in evidence.values():
                self.source(source)
            for column in table.columns:
                self.cell(table, column.id, shown.get(column.id), published, evidence)

    def cell(
        self, table: Table, id: str, value: Any, row: dict[str, Any], evidence: dict[str, Any]
    ) -> None:
        if value is None:
            return
        self.cells += 1
        place = (table.id, id, value)
        if isinstance(value, Quantity) and isinstance(value.value, str):
            value = value.value
        if isinstance(value, str):
            if NUMBER.search(value) and not self.named(value) and value not in row.values():
                assert table.id == "dictionary" or self.made_of(value, row), place
            return
        if isinstance(value, date):
            assert value == row[id], place
            return
        shown = value.value if isinstance(value, Quantity) else value
        if id in evidence:
            mixed = isinstance(value, Quantity) or table.id == "restatements"
            units = UNITS if mixed else (1.0,)
            assert any(same(shown, times(evidence[id].value, u)) for u in units), place
        else:
            assert same(shown, row[id]), place

    def made_of(self, text: str, row: dict[str, Any]) -> bool:
        """Whether every number of a text shows a value of its row, or stands in a text of it."""
        texts = " ".join(str(v) for v in row.values() if not isinstance(v, int | float))
        values = [v for v in row.values() if isinstance(v, int | float)]
        units = (*UNITS, *(u for name, u in NAMED.items() if name in text))
        return all(
            n in texts or any(shows(n, v, units) for v in values)
            for n in NUMBER.findall(NOTATION.sub("", text))
        )


def times(value: float | None, by: float) -> float | None:
    return None if value is None else value * by


def same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-9)


def shows(text: str, value: float | None, units: Sequence[float] = UNITS) -> bool:
    """Whether a printed number is the value, rounded to the digits that are printed."""
    found = NUMBER.search(text)
    if found is None:
        return value is None
    if value is None:
        return False
    printed = float(found[0].replace(",", ""))
    decimals = len(found[0].partition(".")[2])
    half = 0.5 * 10**-decimals * (1 + 1e-9) + 1e-12
    return any(abs(printed - abs(float(value)) * unit) <= half for unit in units)


def _constants() -> set[str]:
    """Texts without slots: of the wording and of the statistics, alone or under their name."""
    found = {template(lang, k) for lang in ("zh", "en") for k in keys()}
    for name in statistics():
        text = explained(name)
        for lang in ("zh", "en"):
            paragraphs = [text.sentence.of(lang), *text.method.of(lang)]  # type: ignore[arg-type]
            colon = template(lang, "colon")
            found |= {*paragraphs, *(f"{text.name.of(lang)}{colon}{p}" for p in paragraphs)}  # type: ignore[arg-type]
    return found


CONSTANT_TEXTS = _constants()
