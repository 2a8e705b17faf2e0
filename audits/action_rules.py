"""Which failed items become corrective actions, how grave, due when: the office's choice."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from audits.actions import SEVERITIES, Severity


class DueDays(BaseModel):
    """Working days until an action is due."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    critical: int = Field(default=3, ge=1)
    major: int = Field(default=10, ge=1)
    minor: int = Field(default=20, ge=1)


class ActionRules(BaseModel):
    """Which failed items become actions: points lost at one visit, or a veto."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minimum_lost: Decimal = Field(default=Decimal(2), gt=0)
    major_lost: Decimal = Field(default=Decimal(3), gt=0)
    due_days: DueDays = DueDays()

    def severity(self, lost: Decimal, veto: int | None) -> Severity | None:
        """None: too little for an action. A veto of level 1 or 2 is critical, a flag major."""
        if veto is not None:
            return "critical" if veto >= 1 else "major"
        if lost >= self.major_lost:
            return "major"
        return "minor" if lost >= self.minimum_lost else None

    def days(self, severity: Severity) -> int:
        """Working days until it is due."""
        return int(getattr(self.due_days, severity))


def raised(severity: Severity) -> Severity:
    """One step graver: what was rectified and failed again."""
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]
