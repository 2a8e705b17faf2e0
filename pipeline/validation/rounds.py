"""Scorecards against the rounds on record: only a running round takes them, a sealed one never.

Rounds that nobody drafted are not judged. A reading anew by an upheld appeal is not asked here:
it was decided under two keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from audits.rounds import STATES, Round
from pipeline.findings import Finding, Rule
from pipeline.validation.subject import Subject

SEALED = Rule(
    "round_sealed", "error", "row",
    "轮次 {value} 已于 {day} 封存，评分不再改动，本表未录入。网点对结果有异议的，请在核对期内申诉"
    "（mingcha appeal file）；漏报的暗访请计入下一轮次。",
    "Round {value} was sealed on {day}: its answers change no more, and this card was not taken. "
    "Who disagrees with a result appeals it in the check period (mingcha appeal file); a visit "
    "that was forgotten belongs to the next round.",
)  # fmt: skip
NOT_RUNNING = Rule(
    "round_not_running", "error", "row",
    "轮次 {value} {state}，不能录入评分表。请先开启并会签（mingcha round list），再重新报送。",
    "Round {value} is {state_en}, so its scorecards cannot be taken yet. Have it opened and "
    "countersigned (mingcha round list), then send them again.",
)  # fmt: skip
OTHER_EDITION = Rule(
    "round_edition", "error", "row",
    "评分表版本 {value} 不是轮次 {round} 公示的版本（{shown}）。请改用公示的版本。",
    "Edition {value} is not what round {round} was shown with ({shown}). Use that edition.",
)  # fmt: skip
OTHER_BRANCH = Rule(
    "round_branch", "error", "row",
    "网点 {value} 不在轮次 {round} 的范围内。请核对网点代码和轮次。",
    "Branch {value} is not part of round {round}. Check branch code and round.",
)  # fmt: skip
SHEET_APPEAL = Rule(
    "appeal_elsewhere", "warning", "none",
    "轮次 {value} 的申诉在系统内办理（mingcha appeal），台账中的这一行不计入申诉成立率。"
    "请核对系统内是否已有该申诉。",
    "Appeals of round {value} are handled in the system (mingcha appeal); this row of the sheet "
    "does not count. Check whether the appeal is on record there.",
)  # fmt: skip
RULES = frozenset(r.id for r in (SEALED, NOT_RUNNING, OTHER_EDITION, OTHER_BRANCH))
_VISIT = ["file", "sheet", "row", "round", "edition", "branch_code"]


def round_findings(subject: Subject) -> list[Finding]:
    """Visits of rounds on record that may not be taken; rows of appeals that do not count."""
    rounds = subject.known.rounds
    if not rounds:
        return []
    table = subject.parsed.tables.get("visit" if subject.kind.id != "appeals" else "appeal")
    if table is None or "round" not in table.columns:
        return []
    own = table.filter(pl.col("round").is_in(list(rounds)))
    if subject.kind.id == "appeals":
        return list(_appeals(subject, own))
    return [f for row in own.select(_VISIT).rows(named=True) for f in _visit(subject, row)]


def _appeals(subject: Subject, rows: pl.DataFrame) -> Iterator[Finding]:
    for row in rows.rows(named=True):
        finding = subject.places.at(SHEET_APPEAL, "round", row, value=row["round"])
        if finding is not None:
            yield finding


def _visit(subject: Subject, row: dict[str, Any]) -> Iterator[Finding]:
    found = _trouble(subject.known.rounds[row["round"]], row)
    if found is None:
        return
    rule, column, words = found
    finding = subject.places.at(rule, column, row, **words)
    if finding is not None:
        yield finding


def _trouble(round: Round, row: dict[str, Any]) -> tuple[Rule, str, dict[str, Any]] | None:
    if round.state == "sealed":
        return SEALED, "round", {"value": round.id, "day": round.sealed}
    if round.state != "running":
        state, state_en = STATES[round.state]
        return NOT_RUNNING, "round", {"value": round.id, "state": state, "state_en": state_en}
    if row["edition"] not in round.edition_ids:
        shown = ", ".join(round.edition_ids)
        return OTHER_EDITION, "edition", {"value": row["edition"], "round": round.id,
                                          "shown": shown}  # fmt: skip
    if round.branches and row["branch_code"] not in round.branches:
        return OTHER_BRANCH, "branch_code", {"value": row["branch_code"], "round": round.id}
    return None
