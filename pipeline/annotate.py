"""The annotated return: a workbook that was not taken whole comes back with its faults marked.

The received file is never changed; its copy keeps what it has (drop-downs, formats, charts,
names, macros) because only the marks are patched into it. Everything is done in watched children.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.annotating.watching import annotators
from pipeline.annotating.words import SHEET
from pipeline.findings import Finding
from pipeline.workbook.limits import Limits
from pipeline.workbook.rules import BY_ID

__all__ = ["SHEET", "Annotation", "annotate", "annotate_all"]


@dataclass(frozen=True)
class Annotation:
    """One copy to be made. `name`: as received (a CSV's sheet is called by it); `rows`: (sheet,
    row) of what was not taken; the ending of `target` becomes .xlsx or .xlsm."""

    source: Path
    name: str
    findings: Sequence[Finding]
    target: Path
    rows: Sequence[tuple[str, int]] = ()
    lang: str = "zh"

    def job(self) -> dict[str, Any]:
        """As the child takes it."""
        return {
            "source": str(self.source),
            "name": self.name,
            "target": str(self.target),
            "findings": [f.plain() for f in self.findings],
            "rows": [list(place) for place in self.rows],
            "lang": self.lang,
            "unreadable": any(f.rule in BY_ID and f.severity == "error" for f in self.findings),
        }


def annotate_all(
    wanted: Sequence[Annotation],
    limits: Limits | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[Path | str]:
    """Makes the copies, two at a time: the path of each, or why there is none. Never raises."""
    answers = annotators().run([w.job() for w in wanted], limits or Limits(), done)
    return [Path(a["made"]) if "made" in a else str(a["failed"]) for a in answers]


def annotate(source: Path, findings: Sequence[Finding], target: Path, lang: str = "zh") -> Path:
    """Writes the annotated copy of `source` to `target` (.xlsx or .xlsm) and returns it.

    `.xls`, `.csv`, `.ods` and `.xlsb` come back as an .xlsx with the same cells at the same
    addresses, an unreadable file as the list of findings alone. OSError if none could be made.
    """
    (made,) = annotate_all([Annotation(source, source.name, findings, target, lang=lang)])
    if isinstance(made, str):
        raise OSError(made)
    return made
