"""kill -9 before each statement that changes something, in the procedures: rounds, review queue,
corrective actions, appeals. As a program it prints what it counted.

A victim is forked for each statement and dies before it; whoever looks afterwards must find the act
whole, in the ledger and in its row, or not at all, and be able to do it once more.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pipeline.office as office_room
from audits import actions as corrective
from audits import appeals as contested
from audits.procedure import Actor
from pipeline import reviews, rounds
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.following.acting import act
from pipeline.office import Office, actions, proceedings, review_cases
from pipeline.office.review_cases import Case
from pipeline.verify import verify
from tests.faults.kills import drained, in_child

DAY = date(2026, 9, 1)
CLERK, EAST = Actor("张敏", "office"), Actor("李东", "branch", "0101")
_LOOKS = ("SELECT", "PRAGMA", "--")


@dataclass
class Tally:
    """What came of the kills: `whole` and `none` of the acts were there afterwards."""

    kills: int = 0
    whole: int = 0
    none: int = 0
    said: list[str] = field(default_factory=list)
    acts: dict[str, int] = field(default_factory=dict)


def _round(folder: DataFolder, number: int) -> None:
    id = f"20{10 + number // 4}Q{number % 4 + 1}"
    rounds.act(folder, id, "draft", CLERK, editions=["covert-1"])


def _review(folder: DataFolder, number: int) -> None:
    reviews.decide(folder, [_case(number).id], "dismiss", "看过录像", CLERK)


def _case(number: int) -> Case:
    reasons = ({"signal": "early", "zh": "甲", "en": "a"},)
    return Case("fabrication", "covert-1", reasons, f"v{number}", "0101", "2026-09-01", "2026Q3")


def _reply(folder: DataFolder, number: int) -> None:
    said = {"measure": f"重训{number}", "done": DAY.isoformat()}
    proof = folder.root.parent / f"proof-{number}.txt"
    proof.write_text(f"{number}")
    who = corrective.Actor("branch", "李东", "0101")
    done = act(folder, [f"Z{number}"], "reply", who, said, proof)
    if done.refused:
        raise Fault(done.refused[0]["zh"], done.refused[0]["en"], 1)


def _appeal(folder: DataFolder, number: int) -> None:
    about = contested.Contested("2026Q3", "0101", f"v{number}", "ENV01", (0,))
    filed = contested.Act("file", EAST, DAY, "当天门口已清扫", about, DAY, until=DAY)
    with Office.open(folder) as office, office.transaction() as connection:
        if str(number) in {e.subject for e in proceedings.entries(connection, "appeal")}:
            raise Fault("已申诉", "appealed before", 1)
        proceedings.record(connection, "appeal", str(number), filed)


ACTS: dict[str, Callable[[DataFolder, int], None]] = {
    "round": _round, "review": _review, "action": _reply, "appeal": _appeal,
}  # fmt: skip
MOST = 30  # statements of one act


def _prepared(folder: DataFolder) -> None:
    """Cases to decide on and actions to answer."""
    with Office.open(folder) as office, office.transaction() as connection:
        review_cases.put(connection, map(_case, range(MOST)), "fabrication", ["2026Q3"])
        opened = [
            corrective.Action(f"Z{n}", "0101", "ENV01", "covert-1", "2026Q3", DAY, Decimal(2),
                              "normal", "网点负责人", DAY, date(2027, 1, 1))
            for n in range(MOST)
        ]  # fmt: skip
        who = corrective.Actor("office", "张敏")
        acts = [(a.id, 1, actions.OPENED, DAY, who, actions.opening(a)) for a in opened]
        actions.record(connection, acts)


def _armed(nth: int) -> None:
    """The process dies before the n-th statement that changes anything."""
    left, plain = [nth], office_room.connect

    def connect(path: Path) -> sqlite3.Connection:
        connection = plain(path)

        def seen(statement: str) -> None:
            if statement.lstrip().upper().startswith(_LOOKS):
                return
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(seen)
        return connection

    office_room.connect = connect  # type: ignore[assignment]


def _state(folder: DataFolder) -> tuple[int, int]:
    """Records of the ledger, and rows of the procedures."""
    with Office.open(folder) as office:
        counted = [
            office.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("ledger", "proceeding", "action_act")
        ]
    return counted[0], counted[1] + counted[2]


def _once_more(folder: DataFolder, name: str, number: int) -> bool:
    """Does the act again; whether it was refused because it is there. The review queue takes a
    second word of the same side, so there it is looked up."""
    if name == "review":
        (found,) = [r for r in reviews.listed(folder) if r.case["id"] == _case(number).id]
        if found.state != "open":
            return True
    try:
        ACTS[name](folder, number)
    except Fault:
        return True
    return False


def kill_at(folder: DataFolder, name: str, nth: int, tally: Tally) -> bool:
    """One victim; whether it died before it ended."""
    before = _state(folder)

    def victim(pipe: int) -> None:
        _armed(nth)
        ACTS[name](folder, nth)

    pid, reading = in_child(victim)
    said = drained(reading)
    status = os.waitpid(pid, 0)[1]
    if said:
        tally.said.append(f"{name} {nth}: {said.strip()}")
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        return False
    tally.kills += 1
    tally.acts[name] = tally.acts.get(name, 0) + 1
    after = _state(folder)
    grown = (after[0] - before[0], after[1] - before[1])
    tally.said += [f"{name} {nth}: {p.en}" for p in verify(folder).problems]
    there = _once_more(folder, name, nth)
    tally.whole, tally.none = tally.whole + there, tally.none + (not there)
    if grown != ((1, 1) if there else (0, 0)):
        tally.said.append(f"{name} {nth}: {grown} of record and row, there: {there}")
    if _state(folder) != (before[0] + 1, before[1] + 1):
        tally.said.append(f"{name} {nth}: not once")
    return True


def run() -> Tally:
    """Every act killed before each of its statements, in one office."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="mingcha-procedures-") as root:
        folder = DataFolder(Path(root) / "data")
        _prepared(folder)
        for name in ACTS:
            for nth in range(MOST):
                if not kill_at(folder, name, nth, tally):
                    break
        tally.said += [p.en for p in verify(folder).problems]
    return tally


def main() -> None:
    """Prints the tally; exit 1 if anything was found."""
    told: dict[str, Any] = run().__dict__
    print(json.dumps(told, ensure_ascii=False))
    raise SystemExit(bool(told["said"]))


if __name__ == "__main__":
    main()
