"""Published numbers (公开发表的数字) that the statistics must give again, each with its source.

Every module here has a list `PUBLISHED`. One test (`tests/audits/statistics/test_published.py`)
holds each against what Mingcha computes; `make docs` writes them all to
`audits/statistics/PUBLISHED.md`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

_NUMBER = re.compile(r"^[-−]?\d*\.?\d+$")
_SLACK = 1e-9  # binary fractions: .5 of a last digit may come out as .50000000001


@dataclass(frozen=True)
class Published:
    """One number as its source prints it, and the function that computes it with our code.

    `printed` is a number with as many digits as the source gives ("-.0105", "3.0809", "23"), or
    text that must be met letter for letter ("1–6"). A number agrees when it rounds to the printed
    one; `within` widens that where the source itself rounded on the way (say so in `note`).
    """

    source: str  # author, year, table or page; data and licence where they are not the author's
    zh: str  # which quantity
    en: str
    printed: str
    compute: Callable[[], float | str]
    within: float | None = None
    note: str = ""

    @cached_property
    def found(self) -> float | str:
        """What our code computes; once, since a simulation takes its time."""
        found = self.compute()
        return found if isinstance(found, str) else float(found)

    @property
    def digits(self) -> int:
        """Decimals that the source prints."""
        return len(self.printed.partition(".")[2])

    @property
    def is_number(self) -> bool:
        return bool(_NUMBER.match(self.printed))

    def given(self) -> str:
        """What Mingcha gives, in the form of the source: its sign and its digits."""
        if isinstance(self.found, str) or not self.is_number:
            return str(self.found)
        written = f"{self.found:.{self.digits}f}"
        leading = re.match(r"^[-−]?0\.", self.printed) or "." not in self.printed
        return written if leading else re.sub(r"^(-?)0\.", r"\1.", written)

    def agrees(self) -> bool:
        """Whether the two agree to the printed digits."""
        if isinstance(self.found, str) or not self.is_number:
            return str(self.found) == self.printed
        allowed = self.within if self.within is not None else 0.5 * 10**-self.digits
        return abs(self.found - number(self.printed)) <= allowed + _SLACK


def number(text: str) -> float:
    """The number that a source prints, whichever minus sign it uses."""
    return float(text.replace("−", "-"))


def everything() -> dict[str, list[Published]]:
    """Every list of every module here, by module name in order."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        listed = getattr(importlib.import_module(f"{__name__}.{module}"), "PUBLISHED", None)
        if listed is not None:
            found[module] = list(listed)
    return found
