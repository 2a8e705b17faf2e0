"""The frames of a help page in the user's language: the library knows English only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

# Constant of typer.rich_utils → 中文.
_FRAMES = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "有误",
    "ABORTED_TEXT": "已中止。",
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "RICH_HELP": "用法见 [blue]{command_path} {help_option}[/]",
}
_USAGE = {
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]...",
}


def framed(contexts: Any, chinese: bool) -> None:
    """Has what is printed from now on framed in 中文 or in English.

    `contexts`: the class of the contexts. Loads what prints help, so call it only where something
    of that kind is going to be printed.
    """
    from typer import rich_utils

    for name, english in _english().items():
        setattr(rich_utils, name, _FRAMES[name] if chinese else english)
    contexts.formatter_class = _formatter(contexts, chinese)


@cache
def _english() -> dict[str, str]:
    """The constants as the library has them."""
    from typer import rich_utils

    return {name: getattr(rich_utils, name) for name in _FRAMES}


@cache
def _formatter(contexts: Any, chinese: bool) -> Any:
    plain = _plain(contexts)

    def write_usage(self: Any, prog: str, args: str = "", prefix: str | None = None) -> None:
        for english, zh in _USAGE.items():
            args = args.replace(english, zh)
        plain.write_usage(self, prog, args, prefix or "用法：")

    return type("Chinese", (plain,), {"write_usage": write_usage}) if chinese else plain


@cache
def _plain(contexts: Any) -> Any:
    return contexts.formatter_class


def asks_help(args: Sequence[str]) -> bool:
    """Whether a command line is answered by a help page: `--help`, or a group alone."""
    if "--help" in args:
        return True
    rest = list(args)
    while rest and rest[0].startswith("--"):
        rest = rest[1:] if "=" in rest[0] else rest[2:]
    return len(rest) <= 1


def in_chinese_wanted(args: Sequence[str]) -> bool:
    """The language that a command line asks for, before it has been understood."""
    said = " ".join(args).replace("=", " ").split()
    return "--lang" not in said or said[said.index("--lang") + 1 :][:1] != ["en"]
