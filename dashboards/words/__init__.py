"""The words of the pages: 中文 (default) and English. No page has words of its own."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from pipeline import statuses
from pipeline.sheets import kinds

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Key to sentence of one language. KeyError for a language there is no catalogue of."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    text = (files(__package__) / f"{lang}.yaml").read_text("utf-8")
    return {str(k): str(v) for k, v in yaml.safe_load(text).items()}


class _Counts(string.Formatter):
    """`str.format`, and a count with its word: `{files:file|files}` → `1 file`, `2,000 files`."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, many = format_spec.split("|")
        number = f"{value:,}" if isinstance(value, int) else str(value)
        return f"{number} {one if number == '1' else many}"


_COUNTS = _Counts()


@dataclass(frozen=True)
class Words:
    """The catalogue of one language: `words("league.title")`."""

    lang: Language

    def __call__(self, key: str, **slots: Any) -> str:
        """The sentence of `key` with its slots filled. KeyError if there is none."""
        sentence = catalogue(self.lang)[key]
        return _COUNTS.vformat(sentence, (), slots) if slots else sentence

    def has(self, key: str) -> bool:
        return key in catalogue(self.lang)

    def either(self, key: str, otherwise: str) -> str:
        """The sentence of a key made from data (a status, a kind); `otherwise` if unknown."""
        return catalogue(self.lang).get(key, otherwise)

    def joined(self, sentences: Iterable[str]) -> str:
        """Sentences one after another: Chinese has no blank between them."""
        return ("" if self.lang == "zh" else " ").join(s for s in sentences if s)

    def unit(self, unit: str | None) -> str:
        """A unit of a metric in words of the language; what is no word stays as it is."""
        return self.either(f"unit.{unit}", unit or "")

    def value_status(self, status: str, otherwise: str = "") -> str:
        """What a published value's status means; `otherwise`, or the status, if unknown."""
        return self.of(*statuses.VALUE.get(status, (otherwise or status,) * 2))

    def rank_status(self, status: str) -> str:
        """What a published rank's status means; the status if unknown."""
        return self.of(*statuses.RANK.get(status, (status, status)))

    def kind(self, kind: str) -> str:
        """The name of a sheet kind, in its declaration's words."""
        declared = kinds().get(kind)
        return self.of(declared.zh, declared.en) if declared else kind

    def of(self, zh: str | None, en: str | None) -> str:
        """Which of two wordings the language takes; the other where one is missing."""
        first, second = (zh, en) if self.lang == "zh" else (en, zh)
        return first or second or ""
