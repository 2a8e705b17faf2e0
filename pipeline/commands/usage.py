"""What the command line says of wrong usage, in the user's language: the library knows English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from pipeline.commands.framing import asks_help, framed, in_chinese_wanted

# English of the library → 中文. What is not here stays English: a sentence is better than none.
_SAID: tuple[tuple[str, str], ...] = (
    (r"Missing option '(.+?)'\.?.*", "缺少选项 {0}。"),
    (r"Missing argument '(.+?)'\.?.*", "缺少参数 {0}。"),
    (r"Missing command\.", "缺少命令。"),
    (r"Option '(.+?)' requires (?:an|\d+) arguments?\.", "选项 {0} 后面要写值。"),
    (r"Option '(.+?)' does not take a value\.", "选项 {0} 后面不写值。"),
    (r"No such command '(.+?)'\.(.*)", "没有命令“{0}”。"),
    (r"No such option: (\S+?)(?: .*)?", "没有选项 {0}。"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.+)\)", "多出参数：{0}。"),
    (
        r"Invalid value for '?(.+?)'?: Input should be a valid (?:integer|number).*",
        "{0} 应为数字。",
    ),
    (r"Invalid value for '?(.+?)'?: .*is not a valid (?:integer|int|float).*", "{0} 应为数字。"),
    (r"Invalid value for '?(.+?)'?: .*does not exist\.", "{0}：没有这个文件或目录。"),
    (r"Invalid value for '?(.+?)'?: .*is a (?:file|directory)\.", "{0}：文件与目录不符。"),
    (r"Invalid value for '?(.+?)'?: (.*)", "{0} 的值不对：{1}"),
)


class Bilingual(TyperGroup):
    """The command line whose errors of usage are told in 中文 first, and its help framed so."""

    chinese = True

    def make_context(self, info_name: Any, args: list[str], *given: Any, **named: Any) -> Any:
        self.chinese = in_chinese_wanted(args)
        if asks_help(args):
            framed(self.context_class, self.chinese)
        with _translated(self):
            return super().make_context(info_name, args, *given, **named)

    def invoke(self, ctx: Any) -> Any:
        with _translated(self):
            return super().invoke(ctx)


@contextmanager
def _translated(group: Bilingual) -> Iterator[None]:
    """Gives an error of usage its sentence; errors of the commands themselves have theirs."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message"):
            framed(group.context_class, group.chinese)
            if group.chinese:
                said = in_chinese(error.format_message())
                error.format_message = lambda: said
        raise


def in_chinese(message: str) -> str:
    """The sentence in 中文 with the English one below; unchanged where there is none."""
    plain = " ".join(message.split())
    if any("\u4e00" <= c <= "\u9fff" for c in plain):
        return message
    for pattern, zh in _SAID:
        if found := re.fullmatch(pattern, plain):
            return f"{zh.format(*found.groups())}\n{message}"
    return message
