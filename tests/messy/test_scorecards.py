"""Scorecards of one visit in every way and pair of ways: read exactly, or refused at the cell."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import pytest

from messy.cards import CARD_WAYS, EDITION, Card, plain_card, write_card
from messy.sketch import name
from pipeline.judging import tables as facts_of
from pipeline.judging import understand
from pipeline.parsing.turning import facts_upright, told_upright
from pipeline.workbook import read

_PAIRS = [
    (a.name, b.name) for a, b in combinations(CARD_WAYS.values(), 2) if not a.touches & b.touches
]
CASES = [(), *((w,) for w in CARD_WAYS), *_PAIRS]
_LAST = ("extra_column",)


def _made(case: tuple[str, ...], path: Any) -> tuple[Card, Counter[tuple[str, str | None]]]:
    card = plain_card()
    for way in sorted(case, key=lambda w: w in _LAST):
        CARD_WAYS[way].change(card)
    places = write_card(card, path)
    # a sheet that lies on its side is told at its topmost label
    places["head", "label"] = name(1 + len(card.titles), card.left)
    return card, Counter((rule, places[at] if at else None) for rule, at in card.told)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Any]:
    """All cases in one batch: case → card, what must be told, findings, visit, answers."""
    folder = tmp_path_factory.mktemp("cards")
    paths = [folder / f"{n:04d}.xlsx" for n in range(len(CASES))]
    made = [_made(case, path) for case, path in zip(CASES, paths, strict=True)]
    batch = read(paths)
    known = understand(batch, None, {"t-1": EDITION})
    told = [*known.findings, *(f for one in known.parsed.values() for f in one.findings)]
    findings = told_upright(told, known.lying)
    tables = {
        name: frame.partition_by("file", as_dict=True)
        for name, frame in facts_upright(facts_of(known.parsed), known.lying).items()
    }
    return {
        case: (
            *made[n],
            [f for f in findings if f.file == n],
            {name: parts[n,].to_dicts() for name, parts in tables.items() if (n,) in parts},
        )
        for n, case in enumerate(CASES)
    }


def _answers(rows: list[dict[str, Any]]) -> dict[tuple[str, int], Any]:
    return {
        (r["item_id"], r["encounter"]): "n/a" if r["not_applicable"] else r["answer"] for r in rows
    }


@pytest.mark.parametrize("case", CASES, ids=lambda c: "+".join(c) or "plain")
def test_read_exactly_or_refused_at_the_right_cell(
    case: tuple[str, ...], outcome: dict[tuple[str, ...], Any]
) -> None:
    card, told, findings, tables = outcome[case]
    assert Counter((f.rule, f.cell) for f in findings if f.severity != "info") == told
    assert card.infos <= {f.rule for f in findings if f.severity == "info"}
    if card.no_table:
        return
    (visit,) = tables["visit"]
    assert {c: visit[c] for c in card.visit} == card.visit
    assert _answers(tables["answer"]) == card.answers
