"""English lines of commands carry no Chinese punctuation, and statuses are said in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands import calibration, edition, explain, review
from pipeline.commands.session import Session
from pipeline.folders import DataFolder
from pipeline.statuses import RANK, VALUE

FULL_WIDTH = re.compile("[（），；：、。]")


@pytest.fixture
def english(tmp_path: Path) -> Session:
    return Session(DataFolder(tmp_path), "en")


ROW: dict[str, Any] = {
    "branch_code": "0101", "value": 2.0, "cells": [],
}  # fmt: skip
COMPONENT: dict[str, Any] = {
    "name": "numerator", "value": 2.0, "mart": "performance", "sources": ["served"],
    "mean_over_months": 3, "rows": [ROW],
}  # fmt: skip
FOUND: dict[str, Any] = {
    "metric": "m", "name": {"zh": "指标", "en": "a metric"}, "formula": {"zh": "甲", "en": "x"},
    "scope": "0101", "period": "2026Q3", "revision": 1, "value": 2.0, "status": "ok",
    "reason": None, "owed": [], "components": [COMPONENT],
}  # fmt: skip


def test_explain(english: Session) -> None:
    told = explain.lines(english, FOUND)
    assert told[3] == "├ numerator 2 (performance.served, 1 row, ÷ 3 months)"
    assert not FULL_WIDTH.search("\n".join(told))
    assert explain.lines(Session(english.folder, "zh"), FOUND)[3] == (
        "├ 分子 2（performance.served，1 行，÷ 3 个月）"
    )


def test_a_rank_says_its_status_in_words(english: Session) -> None:
    group: dict[str, Any] = {
        "peer_group": "all", "low": 1, "high": 4, "rank": None, "of": 5, "tier": None,
        "status": "unreliable",
    }  # fmt: skip
    found = {
        "name": {"zh": "名次", "en": "rank"}, "scope": "0101", "period": "2026Q3", "revision": 1,
        "explanation": {"zh": "", "en": ""}, "groups": [group], "visits": [], "since": "2025-10-01",
        "score": 80.0, "visit_variance": 2.0,
    }  # fmt: skip
    assert "(not reliable enough)" in explain.rank_lines(english, found)[2]
    assert "（信度不足）" in explain.rank_lines(Session(english.folder, "zh"), found)[2]


def test_calibration(english: Session) -> None:
    item = {"item_id": "ENV01", "alpha": 0.5, "alpha_low": 0.4, "alpha_high": 0.6, "ac1": 0.7,
            "left_out": True, "low": 0.4, "high": 0.6}  # fmt: skip
    assert not FULL_WIDTH.search(calibration._item(english, item))
    visit = {"scope": "0101", "visit_date": "2026-09-01", "signals": ["same_answers"]}
    from audits.fabrication import SIGNALS

    visit["signals"] = list(SIGNALS)[:2]
    said = calibration._excluded(english, visit)
    assert said.startswith("visit not scored: 0101 2026-09-01 (") and not FULL_WIDTH.search(said)


def test_editions(english: Session) -> None:
    one = {"edition": "covert-1", "zh": "第一版", "en": "First", "valid_from": "2026-01-01",
           "former": "covert-0", "items": 93, "used": True, "source": "shipped"}  # fmt: skip
    said = edition._line(english, one)
    assert said == "covert-1  First (2026-01-01, after covert-0; 93 items; in use; shipped)"


def test_reviews(english: Session, capsys: pytest.CaptureFixture[str]) -> None:
    decision = {"day": "2026-11-02", "actor": "A/office", "verdict": "uphold", "reason": "seen"}
    case = {"id": "x", "kind": "item", "state": "open", "effect": None, "period": "2026Q3",
            "subject": "ENV01", "reasons": [], "decisions": {"office": decision},
            "scope": None, "edition": "covert-1", "item": "ENV01"}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(review, "_head", lambda *_: "head")
        review._tell(english, [case], False)
    assert capsys.readouterr().out.splitlines()[1] == (
        "    office 2026-11-02 A/office: uphold it, seen"
    )


def test_every_status_is_said_in_both_languages() -> None:
    for said in (VALUE, RANK):
        for zh, en in said.values():
            assert re.search(r"[\u4e00-\u9fff]", zh) and en.isascii()
