"""The thresholds of sentences: `thresholds.yaml`, with the reason for each."""

from __future__ import annotations

from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    value: float
    why: str = Field(min_length=20)


class Thresholds(BaseModel):
    """Every threshold by name; numbers of things are whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    change_confidence: float = Field(gt=0.5, lt=1)
    change_branches: int = Field(ge=2)
    step_good: float = Field(gt=0, le=1)
    step_fair: float = Field(gt=0, le=1)
    items_worst: int = Field(ge=1)
    items_express: int = Field(ge=1)
    items_branch: int = Field(ge=1)
    item_answers: int = Field(ge=1)
    practice_named: int = Field(ge=1)
    actions_named: int = Field(ge=1)
    actions_ahead: int = Field(ge=1)
    reasons_length: int = Field(ge=10)
    item_length: int = Field(ge=10)
    trend_periods: int = Field(ge=2)
    restated_shown: float = Field(gt=0)
    missing_shown: int = Field(ge=1)


@cache
def thresholds() -> Thresholds:
    """Those of the file. pydantic.ValidationError where one lacks, is unknown or has no reason."""
    import yaml

    text = resources.files(__package__).joinpath("thresholds.yaml").read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries = {k: _Entry.model_validate(v) for k, v in yaml.load(text, Loader=loader).items()}
    return Thresholds.model_validate({k: e.value for k, e in entries.items()})
