"""Deciding on record to print ordinal ranks below the reliability floor (domain §6)."""

from __future__ import annotations

from typing import Any

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, rank_decisions

USAGE = 2


def record(folder: DataFolder, period: str, reason: str, actor: str) -> tuple[dict[str, Any], bool]:
    """The decision for a canonical period, and whether it is new: one in force is not recorded
    again. Fault (2): no reason."""
    why = reason.strip()
    if not why:
        raise Fault("请写明理由（--reason）。", "Say why (--reason).", USAGE)
    with Office.open(folder) as office, office.transaction() as connection:
        before = rank_decisions.in_force(connection, period)
        if before is not None:
            return before, False
        number = rank_decisions.decide(connection, period, why, actor)
        made = next(d for d in rank_decisions.listed(connection) if d["number"] == number)
        return made, True


def withdraw(folder: DataFolder, number: int, reason: str, actor: str) -> dict[str, Any]:
    """Takes a decision back; how it stands then. Fault (2): none in force of that number."""
    why = reason.strip()
    if not why:
        raise Fault("请写明理由（--reason）。", "Say why (--reason).", USAGE)
    with Office.open(folder) as office, office.transaction() as connection:
        standing = [d for d in rank_decisions.listed(connection) if d["in_force"]]
        if number not in {d["number"] for d in standing}:
            raise Fault(
                f"没有编号为 {number} 的有效决定；用 mingcha rank-decision list 查看。",
                f"There is no decision {number} in force; see mingcha rank-decision list.",
                USAGE,
            )
        rank_decisions.withdraw(connection, number, why, actor)
        return next(d for d in rank_decisions.listed(connection) if d["number"] == number)


def in_force(folder: DataFolder, period: str) -> dict[str, Any] | None:
    """The decision that holds for a period. Nothing is created by asking."""
    if not folder.office.is_file():
        return None
    with Office.open(folder) as office:
        return rank_decisions.in_force(office.connection, period)
