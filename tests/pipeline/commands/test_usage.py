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


def test_help_is_framed_in_the_language_asked_for() -> None:
    app, run = load_commands(), CliRunner().invoke
    for words in (["--help"], ["round"], ["explain", "--help"]):
        zh, en = run(app, words).output, run(app, ["--lang", "en", *words]).output
        assert "用法：" in zh and "选项" in zh and "Usage" not in zh and "Options" not in zh
        assert "Usage: " in en and "Options" in en and "用法" not in en
    assert "命令" in run(app, ["round"]).output and "参数" in run(app, ["explain", "--help"]).output


def test_what_is_chinese_already_or_unknown_stays() -> None:
    assert in_chinese("已是中文") == "已是中文"
    assert in_chinese("Something new.") == "Something new."
