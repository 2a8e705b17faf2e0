"""The findings of a file in the order a clerk mends them, and the many alike said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.findings import Finding, Rule

MANY = 5  # so many alike are told one by one
_NAMED = 5  # cells that the one sentence for all names
_WORST_FIRST = {"error": 0, "warning": 1, "info": 2}

CODES_RESTORED = Rule(
    "codes_restored", "warning", "none",
    "有 {count} 个代码丢了前面的 0（{cells}），都已按机构台账恢复。"
    "请把该列设为文本格式后重填代码，以免下次再丢。",
    "{count} codes had lost their leading zeros ({cells_en}); all were restored from the register. "
    "Format the column as text and type the codes again, so that it keeps them.",
)  # fmt: skip
CODES_SPACED = Rule(
    "codes_spaced", "warning", "none",
    "有 {count} 个代码中间有空格（{cells}），都已去掉空格读取。请核对，并删去空格。",
    "{count} codes have spaces inside ({cells_en}) and were read without them. Check them and "
    "delete the spaces.",
)  # fmt: skip
MORE = Rule(
    "more_alike", "info", "none",
    "工作表“{sheet}”中另有 {count} 处同样的问题，不再逐条列出。改正以上各处后重新报送，再看其余。",
    "{count} more places of sheet {sheet} have the same problem and are not listed. "
    "Mend those above, send again, and see what is left.",
)  # fmt: skip
LISTED = 200  # of one rule and sheet
# Warnings that come by the hundred with one cause and one cure.
_TOLD_ONCE = {"code_restored": CODES_RESTORED, "code_spaced": CODES_SPACED}


def by_file(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    """Each finding once, by file: errors first, then by sheet, row and column."""
    found: dict[int, list[Finding]] = {}
    for finding in sorted(dict.fromkeys(findings), key=_place):
        found.setdefault(finding.file, []).append(finding)
    return {file: _listed(sorted(_shortened(own), key=_place)) for file, own in found.items()}


def _listed(findings: Sequence[Finding]) -> list[Finding]:
    """At most LISTED of one rule and sheet, and then how many more there are."""
    counted: Counter[tuple[str, str | None]] = Counter()
    kept, last = [], {}
    for finding in findings:
        alike = (finding.rule, finding.sheet)
        counted[alike] += 1
        if counted[alike] <= LISTED:
            kept.append(finding)
        last[alike] = finding
    more = [(last[k], n - LISTED) for k, n in counted.items() if n > LISTED]
    return kept + [MORE.at(f.file, f.sheet, count=count) for f, count in more]


def _place(finding: Finding) -> tuple[int, str, int, int, str]:
    cell = finding.cell or ""
    severity = _WORST_FIRST[finding.severity]
    return severity, finding.sheet or "", finding.row or 0, len(cell), cell


def _shortened(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one file; where more than MANY of a sheet are alike, one for all of them."""
    alike: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        if finding.rule in _TOLD_ONCE:
            alike.setdefault((finding.rule, finding.sheet), []).append(finding)
    many = {key: own for key, own in alike.items() if len(own) > MANY}
    kept = [f for f in findings if (f.rule, f.sheet) not in many]
    return kept + [_one_for(_TOLD_ONCE[rule], own) for (rule, _), own in many.items()]


def _one_for(rule: Rule, alike: Sequence[Finding]) -> Finding:
    first = alike[0]
    more = ["…"] if len(alike) > _NAMED else []
    named = [f.cell or f"{f.row}" for f in alike[:_NAMED]] + more
    words: dict[str, Any] = {"cells": "、".join(named), "cells_en": ", ".join(named)}
    return rule.at(first.file, first.sheet, first.cell, first.row, count=len(alike), **words)
