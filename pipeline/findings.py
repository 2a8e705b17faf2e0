"""Findings (数据校验问题): what is wrong in a sheet, said so that a clerk can mend it.

A :class:`Rule` is declared once, beside the code that detects it, and carries the sentence in
both languages; ``RULE.at(...)`` gives a :class:`Finding`. The registry of rules is what the
documentation and the upload page are made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

Severity = Literal["error", "warning", "info"]
# What an error of this rule costs: the whole workbook, the row (the branch of a consolidated
# sheet, see design §4), or nothing (warnings and infos).
Reach = Literal["workbook", "row", "none"]


# A cell holds 32,767 characters; the ledger keeps what is said for ever.
LONGEST_VALUE, LONGEST_WORDS = 120, 400


def _cut(text: Any, longest: int) -> Any:
    if not isinstance(text, str) or len(text) <= longest:
        return text
    return text[: longest - 1] + "…"


@dataclass(frozen=True)
class Finding:
    """One problem of one received file. `file` is its index in the batch, `cell` in A1 form."""

    file: int
    rule: str
    severity: Severity
    reach: Reach
    zh: str
    en: str
    sheet: str | None = None
    cell: str | None = None
    row: int | None = None
    value: str | None = None
    # What the sentences were made with, so that they can be made again for another cell.
    slots: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    def public(self) -> dict[str, Any]:
        """The documented JSON shape: sheet, cell, rule, severity, value, zh, en."""
        shown = ("sheet", "cell", "rule", "severity", "value", "zh", "en")
        return {name: getattr(self, name) for name in shown}

    def plain(self) -> dict[str, Any]:
        """All of it that goes into JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "slots"}


@dataclass(frozen=True)
class Rule:
    """A check with its sentence. `zh` and `en` are format strings and must name the cure.

    Available in every sentence: {sheet} {cell} {row} {value}; others are given to :meth:`at`.
    """

    id: str
    severity: Severity
    reach: Reach
    zh: str
    en: str
    registry: ClassVar[dict[str, Rule]] = {}
    about: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.id in Rule.registry and Rule.registry[self.id] != self:
            raise ValueError(f"rule {self.id!r} is declared twice")
        Rule.registry[self.id] = self

    def at(
        self,
        file: int,
        sheet: str | None = None,
        cell: str | None = None,
        row: int | None = None,
        value: str | None = None,
        **words: Any,
    ) -> Finding:
        """The finding of this rule at one place of one file."""
        value = _cut(value, LONGEST_VALUE)
        words = {name: _cut(word, LONGEST_WORDS) for name, word in words.items()}
        slots = {"sheet": sheet, "cell": cell, "row": row, "value": value, **words}
        return Finding(
            file=file,
            rule=self.id,
            severity=self.severity,
            reach=self.reach,
            zh=self.zh.format(**slots),
            en=self.en.format(**slots),
            sheet=sheet,
            cell=cell,
            row=row,
            value=value,
            slots=slots,
        )
