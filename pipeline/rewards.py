"""The office's rules of reward: `rewards.yaml` of the data folder, else the packaged ones."""

from __future__ import annotations

import yaml
from pydantic import ValidationError

from audits.statistics.rewards import RewardRules
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.reference import reference_file


def load_rewards(folder: DataFolder) -> RewardRules:
    """The rules of reward; Fault: 2 an entry is wrong, 4 unreadable."""
    own = folder.rewards
    try:
        text = (own if own.exists() else reference_file("rewards.yaml")).read_text("utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise Fault(
            f"无法读取数据目录中的 {own.name}（{why}）。请检查该文件及其权限。",
            f"{own.name} of the data folder cannot be read ({why}). Check it and its permissions.",
        ) from error
    except UnicodeDecodeError as error:
        raise _wrong(own.name, str(error)) from error
    try:
        rules = RewardRules.model_validate(yaml.safe_load(text) or {})
    except ValidationError as error:
        where = ", ".join(_place(e["loc"]) for e in error.errors())
        raise _wrong(own.name, where) from error
    except yaml.YAMLError as error:
        raise _wrong(own.name, " ".join(str(error).split())) from error
    ids = [prize.id for prize in rules.prizes]
    if len(set(ids)) < len(ids):
        raise _wrong(own.name, "id")
    return rules


def _place(loc: tuple[int | str, ...]) -> str:
    """prizes.2.amount: rules are counted from 1."""
    return ".".join(str(p + 1) if isinstance(p, int) else p for p in loc) or "?"


def _wrong(name: str, where: str) -> Fault:
    return Fault(
        f"奖励规则 {name} 有误：{where}。请对照样例改正该项（places 与 tier 二选一，id 不得重复），"
        "或删去该文件以使用默认规则。",
        f"The rules of reward in {name} are wrong at: {where}. Mend the entry after the example "
        "(either places or tier, no id twice), or remove the file to use the default.",
        2,
    )
