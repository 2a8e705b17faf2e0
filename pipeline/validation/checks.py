"""A check: one expectation of a suite and the finding that its failure becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from pipeline.findings import Rule
from pipeline.sheets.declaration import Column, SheetKind
from pipeline.validation import rules

Row = Mapping[str, Any]


def _no_words(row: Row) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Check:
    """`expectation` is the name of a Great Expectations class, `arguments` its keywords.

    A row that fails becomes a finding of `rule` at `column`, with `words` for its sentence and
    those that `of_row` makes from the failing row. `value`: the column whose value is shown.
    """

    rule: Rule
    expectation: str
    arguments: Mapping[str, Any]
    column: str
    words: Mapping[str, Any] = field(default_factory=dict)
    of_row: Callable[[Row], dict[str, Any]] = _no_words
    value: str | None = None

    @property
    def shown(self) -> str:
        return self.value or self.column


def names(column: Column, suffix: str = "") -> dict[str, str]:
    """The words {column} and {column_en} of a sentence."""
    return {f"column{suffix}": column.zh, f"column{suffix}_en": column.en}


def choices(allowed: Sequence[str]) -> dict[str, str]:
    """The words {choices} and {choices_en}."""
    return {"choices": "、".join(allowed), "choices_en": ", ".join(allowed)}


def declared_checks(kind: SheetKind, columns: tuple[Column, ...]) -> list[Check]:
    """Everything that follows from the declarations of `columns` alone."""
    found: list[Check] = []
    for column in columns:
        found += _column_checks(column)
    ids = {c.id for c in columns}
    found += [_comparison(kind, c) for c in kind.comparisons if c.left in ids and c.right in ids]
    return found


def _column_checks(column: Column) -> list[Check]:
    found = []
    if column.mandatory:
        words = names(column)
        found.append(Check(rules.MANDATORY, "ExpectColumnValuesToNotBeNull", {}, column.id, words))
    if column.pattern:
        written = {"regex": rf"^(?:{column.pattern})\Z"}
        words = names(column) | {"help": column.help_zh, "help_en": column.help_en}
        found.append(Check(rules.PATTERN, "ExpectColumnValuesToMatchRegex", written, column.id,
                           words))  # fmt: skip
    low, high = _bounds(column)
    if low is not None or high is not None:
        words = names(column) | _limits(low, high)
        limits = {"min_value": low, "max_value": high}
        found.append(Check(rules.RANGE, "ExpectColumnValuesToBeBetween", limits, column.id, words))
    if column.choices and column.type != "yes_no":
        words = names(column) | choices(column.choices)
        allowed = {"value_set": list(column.choices)}
        found.append(Check(rules.CHOICE, "ExpectColumnValuesToBeInSet", allowed, column.id, words))
    return found


def _bounds(column: Column) -> tuple[float | None, float | None]:
    low, high = column.minimum, column.maximum
    if column.type in ("count", "rate") and low is None:
        low = 0.0
    if column.type == "rate" and high is None:
        high = 1.0
    return low, high


def _limits(low: float | None, high: float | None) -> dict[str, str]:
    """The words {limits} and {limits_en}: what the value must be."""
    if high is None:
        return {"limits": f"不小于 {plain(low)}", "limits_en": f"at least {plain(low)}"}
    if low is None:
        return {"limits": f"不大于 {plain(high)}", "limits_en": f"at most {plain(high)}"}
    both = (plain(low), plain(high))
    return {
        "limits": "在 {} 至 {} 之间".format(*both),
        "limits_en": "between {} and {}".format(*both),
    }


def _comparison(kind: SheetKind, comparison: Any) -> Check:
    left, right = kind.column(comparison.left), kind.column(comparison.right)
    error = comparison.severity == "error"
    words = {
        "said": comparison.zh,
        "said_en": comparison.en,
        "left": left.zh,
        "left_en": left.en,
        "right": right.zh,
        "right_en": right.en,
    }
    return Check(
        rules.COMPARISON if error else rules.COMPARISON_WARNING,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": right.id,
            "column_B": left.id,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        left.id,
        words,
        lambda row: {"other": plain(row[right.id])},
    )


def plain(value: Any) -> str:
    """A value as a clerk would write it: no exponent, no trailing zeros, times without seconds."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, bool):
        return "是" if value else "否"
    try:
        text = f"{value:f}"
    except (TypeError, ValueError):
        return str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def unique(key: tuple[str, ...], column: str, zh: str, en: str) -> Check:
    """Twice the same key in one file. (In two files it is a correction: the newer one counts.)"""
    return Check(
        rules.DUPLICATE,
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": list(key), "ignore_row_if": "any_value_is_missing"},
        column,
        {"key": zh, "key_en": en},
        lambda row: {"value": " ".join(str(row[c]) for c in key[1:] if c != "visit_id")},
    )
