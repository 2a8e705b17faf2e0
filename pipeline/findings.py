"""Findings (数据校验问题): what is wrong in a sheet, said so that a clerk can mend it.

A :class:`Rule` is declared once, beside the code that detects it, and carries the sentence in
both languages; ``RULE.at(...)`` gives a :class:`Finding`. The registry of rules is what the
documentation and the upload page are made from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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

    def public(self) -> dict[str, Any]:
        """The documented JSON shape: sheet, cell, rule, severity, value, zh, en."""
        record = asdict(self)
        return {k: record[k] for k in ("sheet", "cell", "rule", "severity", "value", "zh", "en")}


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
        )
