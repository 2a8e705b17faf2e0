"""A problem of an edition, told at its place in the words of SENTENCES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from audits.edition_sentences import SENTENCES

Part = Literal["edition", "sections", "items", "bridge"]


@dataclass(frozen=True)
class Problem:
    """`code` of SENTENCES; the row `index` of the `part` (0 for the edition) and its `field`.

    `name`: the id that stands there. `zh` and `en` name the cure.
    """

    code: str
    part: Part
    index: int
    field: str
    name: str
    zh: str
    en: str


def told(code: str, part: Part, index: int, field: str, name: str, **words: Any) -> Problem:
    """The problem of one code at one place."""
    zh, en = SENTENCES[code]
    return Problem(
        code, part, index, field, name, *(s.format(name=name, **words) for s in (zh, en))
    )
