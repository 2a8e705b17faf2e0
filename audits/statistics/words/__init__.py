"""The words of the statistics (统计方法的文字): one place for pages and documents.

One YAML file per statistic: its name, one sentence for a branch head, a method note of two
paragraphs for HQ, and `phrases`, sentences with slots (verdicts, reasons). 中文 and English.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

Language = Literal["zh", "en"]
# A line break inside a Chinese sentence of YAML is folded to a space that nobody wrote.
_WIDE = "[\u3400-\u9fff\uff00-\uffef\u3000-\u303f“”—]"
_FOLD = re.compile(f"(?<={_WIDE}) (?={_WIDE})")


def _unfolded(text: str) -> str:
    return _FOLD.sub("", text)


Chinese = Annotated[str, AfterValidator(_unfolded)]


class Text(BaseModel):
    """A wording in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: Chinese
    en: str

    def of(self, lang: Language) -> str:
        return self.zh if lang == "zh" else self.en


class Note(BaseModel):
    """Two paragraphs: what is done and why; how to read it and what it does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: tuple[Chinese, Chinese]
    en: tuple[str, str]

    def of(self, lang: Language) -> tuple[str, str]:
        return self.zh if lang == "zh" else self.en


class Explained(BaseModel):
    """The words of one statistic."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Text
    sentence: Text
    method: Note
    phrases: dict[str, Text] = {}

    def phrase(self, key: str, lang: Language, **slots: object) -> str:
        """The sentence `key` with its slots filled. KeyError if there is none."""
        return self.phrases[key].of(lang).format(**slots)


@cache
def statistics() -> tuple[str, ...]:
    """The ids of all statistics that have words, in order."""
    found = resources.files(__package__).iterdir()
    return tuple(sorted(f.name.removesuffix(".yaml") for f in found if f.name.endswith(".yaml")))


@cache
def explained(statistic: str) -> Explained:
    """The words of one statistic, by the name of its file. KeyError if there are none."""
    import yaml

    if statistic not in statistics():
        raise KeyError(statistic)
    text = resources.files(__package__).joinpath(f"{statistic}.yaml").read_text("utf-8")
    return Explained.model_validate(yaml.safe_load(text))
