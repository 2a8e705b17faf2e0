"""Shoppers named in free text (扣分原因, 申诉理由, 整改措施)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.persons import names_somebody, pattern_of
from pipeline.validation.subject import Subject

# The sentence does not repeat what it found: it would carry the name further.
NAMED = Rule(
    "shopper_named", "warning", "none",
    "“{column}”里写了暗访员的姓名或编号，发布时会自动遮去。请删去后重报，只写所见事实。",
    "{column_en} names a shopper, by name or id; it will be masked where it is published. "
    "Delete it and send again: write what was seen only.",
)  # fmt: skip


def named_people(subject: Subject) -> list[Finding]:
    """A warning at each free text that names a shopper of the list or of the visits themselves."""
    found: list[Finding] = []
    texts = list(_texts(subject))
    if not texts:
        return found
    pattern = _pattern(subject)
    if pattern is None:
        return found
    for column, frame in texts:
        declared = subject.kind.column(column)
        words = {"column": declared.zh, "column_en": declared.en}
        named = frame.filter(names_somebody(column, pattern))
        told = named.unique(["file", "sheet", "row"], keep="first", maintain_order=True)
        made = (subject.places.at(NAMED, column, row, **words) for row in told.rows(named=True))
        found += [f for f in made if f is not None]
    return found


def _texts(subject: Subject) -> Iterator[tuple[str, pl.DataFrame]]:
    """(column, its rows with text) of the kind's free texts."""
    for column in subject.kind.columns:
        for frame in subject.parsed.tables.values():
            if column.prose and column.id in frame.columns:
                with_text = frame.drop_nulls(column.id)
                if not with_text.is_empty():
                    yield column.id, with_text


def _pattern(subject: Subject) -> str | None:
    ids = set(subject.shoppers["shopper_id"])
    visits = subject.parsed.tables.get("visit")
    if visits is not None:
        ids |= set(visits["shopper_id"].drop_nulls())
    return pattern_of(ids, set(subject.shoppers["name"].drop_nulls()))
