"""The office's settings: `data/settings.yaml`, every one with a default."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audits.action_rules import ActionRules
from audits.statistics.adoption import Thresholds
from pipeline.faults import Fault
from pipeline.folders import DataFolder


class Settings(BaseModel):
    """What an office may decide for itself. A misspelt name is an error, not a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Monthly sheets are due on this business day of the next month (design §4).
    due_business_day: int = Field(default=5, ge=1, le=20)
    # Sheet kinds that every open branch owes each month.
    monthly_kinds: tuple[str, ...] = ("performance",)
    # 同类网点组; empty: as the register names them.
    peer_groups: tuple[str, ...] = ()
    check_days: int = Field(default=3, ge=0)  # 核对期, working days between preview and formal
    # Working days: an edition is shown before its round opens; the union answers a round; the
    # office proposes on an appeal; the union answers that.
    show_days: int = Field(default=5, ge=0)
    countersign_days: int = Field(default=5, ge=0)
    propose_days: int = Field(default=5, ge=0)
    union_days: int = Field(default=5, ge=0)
    # After that: `head`, the head decides on record; `never`, nothing happens without the union.
    deadlock: Literal["head", "never"] = "head"
    evidence_mb: int = Field(default=20, ge=1, le=200)  # largest evidence file of an appeal
    # Which meeting the 13-15 minute template is for: the source does not say (domain §2).
    timed_meeting: str = "evening"
    # Ranks: months looked back on (12: the rolling four quarters), and the least reliability with
    # which an ordinal rank is published (statistics §1).
    rank_window_months: int = Field(default=12, ge=1, le=60)
    rank_reliability_floor: float = Field(default=0.70, ge=0, lt=1)
    # Which failed items become corrective actions, and when they are due (整改).
    actions: ActionRules = ActionRules()
    adoption: Thresholds = Thresholds()  # 导入与固化: days, false-alarm rate, reliability floor
    lock_seconds: float = Field(default=10.0, gt=0)


def load_settings(folder: DataFolder) -> Settings:
    """The settings of a data folder; Fault: 2 an entry is wrong, 4 unreadable."""
    try:
        text = folder.settings.read_text("utf-8")
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise _unreadable(folder, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _wrong(folder, str(error)) from error
    try:
        return Settings.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        where = ", ".join(".".join(map(str, e["loc"])) or "?" for e in error.errors())
        raise _wrong(folder, where) from error
    except yaml.YAMLError as error:
        raise _wrong(folder, " ".join(str(error).split())) from error


def _unreadable(folder: DataFolder, why: str) -> Fault:
    name = folder.settings.name
    return Fault(
        f"无法读取数据目录中的 {name}（{why}）。请检查该目录及其权限。",
        f"{name} of the data folder cannot be read ({why}). Check the folder and its permissions.",
    )


def _wrong(folder: DataFolder, where: str) -> Fault:
    name = folder.settings.name
    return Fault(
        f"设置文件 {name} 有误：{where}。请改正该项，或删去以使用默认值。",
        f"The settings file {name} is wrong at: {where}. Mend the entry, or remove it to use "
        "the default.",
        2,
    )
