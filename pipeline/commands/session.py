"""What every command is given: the data folder and the language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.folders import DataFolder

Language = Literal["zh", "en"]

DONE, PARTLY, USAGE, BUSY, ENVIRONMENT = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Session:
    folder: DataFolder
    lang: Language

    def say(self, zh: str, en: str) -> str:
        """The sentence in the user's language."""
        return zh if self.lang == "zh" else en

    def path(self, inside: str) -> str:
        """A path inside the data folder as it can be opened from where the user stands."""
        whole, here = self.folder.root / inside, Path.cwd()
        return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)
