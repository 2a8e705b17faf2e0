"""Wrong usage is told in the user's language; the English of the library stays below it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pipeline.__main__ import load_commands
from pipeline.commands.usage import in_chinese


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["publish"], "缺少选项 --period"),
        (["publish", "--period"], "选项 --period 后面要写值"),
        (["publsh"], "没有命令“publsh”"),
        (["publish", "--foo", "1"], "没有选项 --foo"),
        (["verify", "more"], "多出参数：more"),
        (["round", "show"], "缺少参数 ROUND"),
        (["serve", "--port", "many"], "--port 应为数字"),
    ],
)
def test_wrong_usage_has_a_sentence_in_each_language(words: list[str], said: str) -> None:
    done = CliRunner().invoke(load_commands(), words)
    assert done.exit_code == 2
    assert said in done.output.replace("\n", "")
    english = CliRunner().invoke(load_commands(), ["--lang", "en", *words])
    assert english.exit_code == 2
    if words != ["publsh"]:  # the language is known once the command is
        assert said not in english.output


def test_what_is_chinese_already_or_unknown_stays() -> None:
    assert in_chinese("已是中文") == "已是中文"
    assert in_chinese("Something new.") == "Something new."
