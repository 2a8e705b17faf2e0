"""Conditions as a clerk writes them: 客户角色=贵宾客户/普通客户；STEP4A=是."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from audits.scorecard import Edition, Item
from pipeline.editions.columns import HEADS

_YES, _NO = ("是", "yes", "y", "√"), ("否", "no", "n", "×")


def written(item: Item, edition: Edition) -> str:
    """The conditions of an item as text."""
    kinds = {i.id: i.kind for i in edition.items}
    parts = []
    for condition in item.depends_on:
        name = HEADS[condition.field][0] if condition.field in HEADS else condition.field
        values = [_shown(v, kinds.get(condition.field)) for v in condition.values]
        parts.append(f"{name}={'/'.join(values)}")
    return "；".join(parts)


def _shown(value: str, kind: str | None) -> str:
    return {"1": "是", "0": "否"}.get(value, value) if kind == "yes_no" else value


def read_conditions(text: str) -> tuple[dict[str, Any], ...] | None:
    """The conditions that a text says; None if it cannot be read."""
    found = []
    for part in re.split(r"[;；\n]+", text.strip()):
        if not part.strip():
            continue
        name, mark, values = part.replace("＝", "=").partition("=")
        listed = [v.strip() for v in re.split(r"[/／、,，|]", values) if v.strip()]
        if not mark or not name.strip() or not listed:
            return None
        field = _field(name.strip())
        asked = tuple(listed) if field in HEADS else tuple(_number(v) for v in listed)
        found.append({"field": field, "values": asked})
    return tuple(found)


def _field(name: str) -> str:
    for id, words in HEADS.items():
        if name.lower() in (id, *(w.lower() for w in words)):
            return id
    return name


def _number(value: str) -> str:
    """An answer as a number: 是 is 1, 否 is 0, 2.0 is 2; what is none stays as it is."""
    if value.lower() in _YES:
        return "1"
    if value.lower() in _NO:
        return "0"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return str(int(number)) if number.is_finite() and number == int(number) else value
