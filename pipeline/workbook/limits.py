"""Absolute caps for untrusted files. Ratios alone do not do: harmless workbooks inflate 100x."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What one received file may cost. Bytes, counts, seconds."""

    file_bytes: int = 100 << 20
    zip_entries: int = 2_000
    unpacked_bytes: int = 300 << 20
    extent_cells: int = 8_000_000  # rows x columns of one sheet, blanks included
    cells: int = 4_000_000  # written cells of one sheet
    sheets: int = 200
    archive_files: int = 5_000  # workbooks inside one .zip
    archive_bytes: int = 1 << 30
    archive_seconds: float = 300.0  # of reading its workbooks, after which the rest is left
    wall_seconds: float = 30.0
    resident_bytes: int = 1 << 30

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be handed to the reading child."""
        return asdict(self)


class Refused(Exception):
    """A file is refused by a rule of `rules.py`. `words` fill the sentence."""

    def __init__(self, rule: str, sheet: str | None = None, **words: Any) -> None:
        super().__init__(rule)
        self.rule, self.sheet, self.words = rule, sheet, words
