"""Cards asked about ahead: what of a sitting is checked without the stores, beside other work.

Whether each item was answered, and in range, depends on the card and its edition alone. So the
checking processes look at the answers of the next sitting while this one is being stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from audits.scorecard import Edition
from pipeline.sheets import kinds
from pipeline.validation.batch import Pending
from pipeline.validation.cards import answer_batches
from pipeline.validation.checker import checker

if TYPE_CHECKING:
    from pipeline.parse import Parsed

_LOOKED_AT = ("visit", "encounter", "answer")
Editions = Mapping[str, Edition]


@dataclass(frozen=True)
class Ahead:
    """Questions about the answers of one kind that have been put, and what they are about."""

    tables: Mapping[str, pl.DataFrame]
    editions: Editions
    asked: list[Pending]

    def holds(self, tables: Mapping[str, pl.DataFrame], editions: Editions) -> bool:
        """Whether they are about these very tables and editions: a code that was restored since
        makes other visits of them."""
        same = all(tables.get(name) is frame for name, frame in self.tables.items())
        return same and dict(self.editions) == dict(editions)


def ask_ahead(parsed: Mapping[str, Parsed], editions: Editions) -> dict[str, Ahead]:
    """Puts the questions about the answers of every kind of card. Nothing where nobody would
    answer beside us."""
    if not checker().aside:
        return {}
    found = {}
    for kind, one in parsed.items():
        if {"visit", "answer"} <= set(one.tables):
            asked = [Pending(*batch) for batch in answer_batches(kinds()[kind], one, editions)]
            tables = {name: one.tables[name] for name in _LOOKED_AT if name in one.tables}
            found[kind] = Ahead(tables, editions, asked)
    return found
