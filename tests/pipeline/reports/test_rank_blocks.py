"""The ranks in a circular say what the published table says, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.publication import Publication
from pipeline.publication_tables import TABLES
from pipeline.reports import rank_blocks
from pipeline.reports.figures import Figures, figures

PERIOD = "2026Q3"
BASE = {"peer_group": "all", "period": PERIOD, "since": "2025-10", "first_k": 2, "visits": 4}
RANKS: list[dict[str, Any]] = [
    {"scope": "b1", "score": 90.0, "rank": 1, "low": 1, "high": 2, "tier": "above",
     "p_first_k": 0.97, "status": "ok"},
    {"scope": "b2", "score": 80.0, "rank": 2, "low": 1, "high": 3, "tier": "average",
     "p_first_k": 0.6, "status": "ok"},
    {"scope": "b3", "score": 70.0, "rank": None, "low": 2, "high": 3, "tier": "average",
     "p_first_k": 0.04, "status": "unreliable", "visits": 1},
    {"scope": "b4", "status": "not_visited", "visits": 0},
]  # fmt: skip
GROUP = [{"scope": "b2", "peer_group": "甲", "rank": 1, "status": "ok"}]
REWARD = [
    {"prize": "two", "zh": "前二", "en": "first two", "peer_group": "all", "scope": scope,
     "period": PERIOD, "p": p, "chance": chance, "paid": paid, "worth": 500.0}
    for scope, p, chance, paid in (
        ("b1", 0.97, "certain", True), ("b2", 0.6, "possible", True), ("b3", 0.4, "possible", False)
    )
]  # fmt: skip


def published(root: Path, ranks: list[dict[str, Any]], reward: list[dict[str, Any]]) -> Figures:
    path = root / f"{PERIOD}-r1"
    path.mkdir()
    made: dict[str, list[dict[str, Any]]] = {
        "rank": [BASE | r for r in (*ranks, *GROUP)],
        "reward": reward,
        "scope": [
            {"scope": "c1", "name": "东川分行", "level": "city"},
            *({"scope": f"b{i}", "name": f"{i}号网点", "level": "branch"} for i in range(1, 5)),
        ],
        "scope_member": [{"scope": "c1", "branch_code": f"b{i}"} for i in range(1, 5)],
    }
    for name, schema in TABLES.items():
        rows = [{c: r.get(c) for c in schema} for r in made.get(name, [])]
        pl.DataFrame(rows, schema=schema).write_parquet(path / f"{name}.parquet")
    (path / "manifest.json").write_text(f'{{"period": "{PERIOD}", "revision": 1}}', "utf-8")
    return figures(Publication(path))


def test_every_branch_has_its_row_tier_and_interval_before_the_rank(tmp_path: Path) -> None:
    table = rank_blocks.league(published(tmp_path, RANKS, REWARD), "zh")
    assert [c.id for c in table.columns][3:7] == ["tier", "score", "interval", "rank"]
    kept = ("name", "city", "tier", "interval", "rank", "chance", "peer_rank", "note")
    assert [tuple(r[k] for k in kept) for r in table.rows] == [
        ("2号网点", "东川分行", "无显著差异", "1–3", 2, "可能 60%", 1, ""),  # its group first
        ("1号网点", "东川分行", "高于", "1–2", 1, "确定 97%", None, ""),
        ("3号网点", "东川分行", "无显著差异", "2–3", None, "把握很小 4%", None, "信度不足"),
        ("4号网点", "东川分行", "", "", None, "", None, "未暗访"),
    ]
    assert table.expected_rows == 4
    assert next(c.title for c in table.columns if c.id == "chance") == "进前2名"


@pytest.mark.parametrize(
    ("p", "zh", "en"),
    [
        (0.0, "把握很小 <1%", "hardly <1%"),
        (0.004, "把握很小 <1%", "hardly <1%"),
        (0.006, "把握很小 1%", "hardly 1%"),
        (0.05, "把握很小 5%", "hardly 5%"),
        (0.051, "可能 5.1%", "possible 5.1%"),
        (0.0504, "可能 5.04%", "possible 5.04%"),
        (0.06, "可能 6%", "possible 6%"),
        (0.946, "可能 94.6%", "possible 94.6%"),
        (0.9496, "可能 94.96%", "possible 94.96%"),
        (0.95, "确定 95%", "certain 95%"),
        (0.994, "确定 99%", "certain 99%"),
        (1.0, "确定 >99%", "certain >99%"),
    ],
)
def test_a_chance_reads_as_its_word_does(tmp_path: Path, p: float, zh: str, en: str) -> None:
    """Certain from 95%, hardly up to 5%: the number printed is on the same side as the word."""
    f = published(tmp_path, [RANKS[0] | {"p_first_k": p}], [])
    assert rank_blocks.league(f, "zh").rows[0]["chance"] == zh
    assert rank_blocks.league(f, "en").rows[0]["chance"] == en


@pytest.mark.parametrize(
    ("lang", "first", "second"),
    [
        (
            "zh",
            "依据自2025年10月起截至期末的计分暗访9次，3家网点可比",
            "其中1家网点信度不足",
        ),
        (
            "en",
            "3 branches can be compared by their scored visits since October 2025, 9 in all",
            "no rank, neither in the province nor in the peer group: 1.",
        ),
    ],
)
def test_the_notes_count_tiers_and_who_has_no_rank(
    tmp_path: Path, lang: Any, first: str, second: str
) -> None:
    told = rank_blocks.notes(published(tmp_path, RANKS, REWARD), lang)
    assert first in told[0].text and second in told[1].text  # type: ignore[union-attr]


def test_the_reward_says_how_many_are_lucky(tmp_path: Path) -> None:
    f = published(tmp_path, RANKS, REWARD)
    # (1 − 0.97) + (1 − 0.6) = 0.43 of two, 215 of 1,000 yuan
    (zh,), (en,) = rank_blocks.rewards(f, "zh"), rank_blocks.rewards(f, "en")
    assert "“前二”：照规则2家网点得奖，预计其中0.4家出于偶然" in zh.text  # type: ignore[union-attr]
    assert "可比的3家中，确定应得1家，可能应得2家，把握很小0家，因否决不得奖0家。" in zh.text  # type: ignore[union-attr]
    assert "名次因信度不足全部不列" not in zh.text  # type: ignore[union-attr]
    assert "共1,000元，预计215元取决于偶然" in zh.text  # type: ignore[union-attr]
    assert "Of 1,000 yuan 215 are expected" in en.text  # type: ignore[union-attr]


def test_whoever_is_barred_is_counted_and_withheld_ranks_pay_nobody(tmp_path: Path) -> None:
    ranks = [r | {"rank": None, "status": "unreliable"} for r in RANKS[:3]]
    barred = [*REWARD[:2], REWARD[2] | {"chance": "barred"}]
    f = published(tmp_path, ranks, barred)
    (zh,), (en,) = rank_blocks.rewards(f, "zh"), rank_blocks.rewards(f, "en")
    assert "确定应得1家，可能应得1家，把握很小0家，因否决不得奖1家" in zh.text  # type: ignore[union-attr]
    assert "凡按名次授奖的规则，目前不能可靠授奖" in zh.text  # type: ignore[union-attr]
    assert "barred by a veto 1. All ranks are withheld" in en.text  # type: ignore[union-attr]


def test_the_packaged_example_is_nobodys_rule_of_reward(tmp_path: Path) -> None:
    f = published(tmp_path, RANKS, REWARD)
    for own, said in ((True, 1), (False, 0)):
        told = f'{{"period": "{PERIOD}", "revision": 1, "own_rewards": {str(own).lower()}}}'
        (f.publication.path / "manifest.json").write_text(told, "utf-8")
        assert len(rank_blocks.rewards(figures(Publication(f.publication.path)), "zh")) == said


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("no_visit_variance", "没有一家网点被暗访两次以上"),
        ("no_spread", "各次得分完全相同"),
        ("ok", "没有名次区间"),
    ],
)
def test_without_intervals_the_reason_is_said(tmp_path: Path, status: str, said: str) -> None:
    bare = [{"scope": "b1", "score": 90.0, "status": status}]
    f = published(tmp_path, bare, [])
    (told,) = rank_blocks.notes(f, "zh")
    assert said in told.text  # type: ignore[union-attr]
    assert rank_blocks.rewards(f, "zh") == []
    assert rank_blocks.league(f, "en").rows[0]["interval"] == ""
