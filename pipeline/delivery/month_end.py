"""Month-end: which steps are done, on record in the ledger, so that a run goes on where it broke.

A run belongs to a period and a stage. A step is `begun` (with the end of the ledger then, so that a
publication that was made before a kill is known again) and `done`, with its result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.faults import Fault
from pipeline.office import Office, ledger
from pipeline.periods import month_of, parse_period, quarter_of, shift_month

ACT = "month-end"
STEPS = ("status", "publish", "report", "mail", "package")
_LAST = ("last-month", "last-quarter", "last-year")


def period_named(text: str, day: date) -> str:
    """A period, or the one that ended last before `day`: last-month, last-quarter, last-year.

    Fault (2) if it is neither.
    """
    if text == "last-month":
        return shift_month(month_of(day), -1)
    if text == "last-quarter":
        first = f"{day.year}-{(day.month - 1) // 3 * 3 + 1:02d}"
        return quarter_of(shift_month(first, -1))
    if text == "last-year":
        return str(day.year - 1)
    try:
        return parse_period(text)
    except ValueError as error:
        names = "、".join(_LAST)
        raise Fault(
            f"“{text}”不是期间。请写成 2026-09、2026Q3、2026 或 {names}。",
            f"{text!r} is not a period. Write 2026-09, 2026Q3, 2026, {' or '.join(_LAST)}.",
            2,
        ) from error


@dataclass
class Run:
    """One run; `done`: step → result. `since`: end of the ledger before it was first published."""

    office: Office
    period: str
    stage: str
    number: int = 0
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    since: int | None = None
    actor: str = "office"

    @classmethod
    def standing(cls, office: Office, period: str, stage: str, anew: bool = False) -> Run:
        """The last run of a period and stage, or a new one."""
        run = cls(office, period, stage)
        for _, said in ledger.payloads(office.connection, ACT):
            if (said["period"], said["stage"]) != (period, stage):
                continue
            if said["run"] != run.number:
                run.number, run.done, run.since = said["run"], {}, None
            if said["state"] == "done":
                run.done[said["step"]] = said["result"]
            elif said["step"] == "publish" and run.since is None:
                run.since = said["since"]
        if anew or run.number == 0:
            run.number, run.done, run.since = run.number + 1, {}, None
        return run

    def begin_publishing(self) -> None:
        """Notes the end of the ledger, once in a run."""
        if self.since is None:
            self.since = self.office.head().seq
            self._record({"step": "publish", "state": "begun", "since": self.since})

    def finish(self, step: str, result: dict[str, Any]) -> None:
        """The step is done and will not be done again in this run."""
        self.done[step] = result
        self._record({"step": step, "state": "done", "result": result})

    def _record(self, said: dict[str, Any]) -> None:
        head = {"period": self.period, "stage": self.stage, "run": self.number}
        self.office.record(ACT, head | said, self.actor)
