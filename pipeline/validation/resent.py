"""Visits that come again: a correction replaces the earlier card, another shopper's does not.

A visit is known by branch, round, edition, date and time of entry, never by who went (DECISIONS
4). So two shoppers who enter a branch in the same minute would be one visit: that is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.sheets.scorecard import HEAD
from pipeline.validation.subject import Subject

_NAMED = 8  # changed items that a sentence names
_HEAD = ("time_out", "shopper_id", "customer_role", "union_present")
_ANSWER = ("encounter", "item_id", "answer", "not_applicable", "reason")

REPLACED = Rule(
    "visit_replaced", "warning", "none",
    "这次暗访（同一网点、轮次、版本、日期和进入时间）先前已有评分表，本件录入后将取代它；"
    "有改动的：{changes}。若不是更正，请核对网点、日期和进入时间。",
    "A scorecard of this visit (same branch, round, edition, date and time in) came before; once "
    "taken, this one replaces it. Changed: {changes_en}. If it is no correction, check branch, "
    "date and time in.",
)  # fmt: skip
SENT_AGAIN = Rule(
    "visit_sent_again", "info", "none",
    "这次暗访先前已有内容相同的评分表，结果不变。",
    "A scorecard of this visit with the same content came before; nothing changes.",
)  # fmt: skip
OTHER_SHOPPER = Rule(
    "visit_of_another", "error", "row",
    "这次暗访（同一网点、轮次、版本、日期和进入时间）先前已由另一名暗访员报送，不能以本件覆盖。"
    "请核对网点、日期、进入时间和暗访员编号；先前那份的编号填错的，请用 mingcha correct 更正那份；"
    "确是两人同时到访的，请把进入时间相差一分钟填写。",
    "This visit (same branch, round, edition, date and time in) was sent before by another shopper "
    "and is not overwritten. Check branch, date, time in and shopper id; if the id on the former "
    "card was wrong, correct that card (mingcha correct); if two shoppers did "
    "enter together, give times one minute apart.",
)  # fmt: skip


@dataclass
class Card:
    """One visit as one file tells it: its row, and its answers by encounter and item."""

    row: dict[str, Any]
    answers: dict[tuple[Any, Any], tuple[Any, ...]] = field(default_factory=dict)


def resent_visits(subject: Subject) -> list[Finding]:
    """A finding for each visit that is stored already, or came in an earlier file of this run."""
    visits = subject.parsed.tables.get("visit")
    if visits is None or "visit_id" not in subject.known.visits.columns:
        return []
    again = _again(visits, subject.known.visits)
    if again.is_empty():
        return []
    stored = _cards(subject.known.visits, subject.known.answers, again)
    kept = _cards(subject.kept["visit"], subject.kept["answer"], again)
    now = _cards(visits, subject.parsed.tables["answer"], again)
    return [f for id in again for f in _of_one(subject, *(c.get(id, []) for c in
                                                          (stored, kept, now)))]  # fmt: skip


def _again(visits: pl.DataFrame, stored: pl.DataFrame) -> pl.Series:
    """Ids of the visits that more than one file, or a file and the store, tell of."""
    files = visits.drop_nulls("visit_id").select("visit_id", pl.col("file").cast(pl.Int64))
    both = pl.concat([files, stored.select("visit_id", file=pl.lit(-1, pl.Int64))]).unique()
    return both.group_by("visit_id").len().filter(pl.col("len") > 1)["visit_id"].sort()


def _cards(visits: pl.DataFrame, answers: pl.DataFrame, ids: pl.Series) -> dict[str, list[Card]]:
    """The cards of those visits by id, in the order of their files (stored: one each)."""
    wanted = ids.to_frame("visit_id")
    if "file" not in visits.columns:
        visits = visits.with_columns(file=pl.lit(-1))
        answers = answers.with_columns(file=pl.lit(-1))
    found: dict[tuple[str, int], Card] = {}
    own = visits.join(wanted, on="visit_id", how="semi").sort("file", maintain_order=True)
    for row in own.rows(named=True):
        found.setdefault((row["visit_id"], row["file"]), Card(row))
    for row in answers.join(wanted, on="visit_id", how="semi").rows(named=True):
        card = found.get((row["visit_id"], row["file"]))
        if card is not None and (row["answer"] is not None or row["not_applicable"]):
            encounter, item, *said = (row[c] for c in _ANSWER)
            card.answers[encounter, item] = tuple(said)
    cards: dict[str, list[Card]] = {}
    for (id, _), card in found.items():
        cards.setdefault(id, []).append(card)
    return cards


def _of_one(
    subject: Subject, stored: list[Card], kept: list[Card], now: list[Card]
) -> Iterator[Finding]:
    sound = {card.row["file"] for card in kept}
    standing = stored[-1] if stored else None
    for card in now:
        if standing is not None and (finding := _compared(subject, standing, card)) is not None:
            yield finding
        # what is refused here replaces nothing, and is nothing to compare the next one with
        another = standing is not None and _differ(standing, card)
        if card.row["file"] in sound and not another:
            standing = card


def _differ(one: Card, other: Card) -> bool:
    return bool(one.row["shopper_id"] != other.row["shopper_id"])


def _compared(subject: Subject, before: Card, card: Card) -> Finding | None:
    if _differ(before, card):
        return subject.places.at(OTHER_SHOPPER, "shopper_id", card.row)
    changes = _changes(before, card)
    if not changes:
        return subject.places.at(SENT_AGAIN, "time_in", card.row)
    more = ["…"] if len(changes) > _NAMED else []
    zh = "、".join([c[0] for c in changes[:_NAMED]] + more)
    en = ", ".join([c[1] for c in changes[:_NAMED]] + more)
    return subject.places.at(REPLACED, "time_in", card.row, changes=zh, changes_en=en)


def _changes(before: Card, card: Card) -> list[tuple[str, str]]:
    """What differs, as words in both languages: fields of the head, then items."""
    kind = {c.id: c for c in HEAD}
    found = [(kind[c].zh, kind[c].en) for c in _HEAD if before.row.get(c) != card.row.get(c)]
    places = before.answers.keys() | card.answers.keys()
    items = {i for e, i in places if before.answers.get((e, i)) != card.answers.get((e, i))}
    return found + [(item, item) for item in sorted(map(str, items))]
