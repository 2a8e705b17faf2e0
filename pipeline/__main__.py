"""The command line: thin. Each module of `pipeline.commands` with a `register` adds its own."""

from __future__ import annotations

from pipeline.interrupted import SAID, STOPPED  # first: Ctrl-C may come while others are imported

# isort: split
import atexit
import gc
import importlib
import os
import pkgutil
import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

import pipeline.commands as commands
from pipeline.commands.session import ENVIRONMENT, Language, Session
from pipeline.commands.usage import Bilingual
from pipeline.file_modes import keep_private
from pipeline.folders import DataFolder
from pipeline.internal_error import recorded

app = typer.Typer(
    name="mingcha",
    cls=Bilingual,
    help="明察：网点销售服务流程的报表与暗访评价系统 · reporting and mystery-shopper audit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def default_folder() -> Path:
    """`./data` inside a checkout, `./data-mingcha` elsewhere; MINGCHA_DATA overrides both."""
    if named := os.environ.get("MINGCHA_DATA"):
        return Path(named)
    project = Path("pyproject.toml")
    inside = project.is_file() and 'name = "mingcha"' in project.read_text("utf-8")
    return Path("data") if inside else Path("data-mingcha")


@app.callback()
def common(
    ctx: typer.Context,
    data: Annotated[
        Path | None, typer.Option("--data", help="数据目录 · data folder", file_okay=False)
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="zh | en")] = "zh",
) -> None:
    """Options before the command hold for all of them."""
    if lang not in ("zh", "en"):
        raise typer.BadParameter("zh | en", param_hint="--lang")
    language: Language = "zh" if lang == "zh" else "en"
    ctx.obj = Session(DataFolder((data or default_folder()).resolve()), language)


@cache
def load_commands() -> typer.Typer:
    """The app with every command registered, once: a second time would add each again."""
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda m: m.name):
        register = getattr(
            importlib.import_module(f"pipeline.commands.{module.name}"), "register", None
        )
        if register is not None:
            register(app)
    return app


def main() -> None:
    """Entry point of the `mingcha` command: whatever the environment does, no traceback."""
    keep_private()
    atexit.register(gc.freeze)  # what ends need not be looked through for what it no longer uses
    try:
        load_commands()()
    except KeyboardInterrupt:  # while commands are imported; the library sees to the rest
        print(SAID, file=sys.stderr)
        sys.exit(STOPPED)
    except OSError as error:
        said = f"{error.strerror or error}: {error.filename or ''}".strip(": ")
        print(f"环境错误：{said}\nEnvironment error: {said}", file=sys.stderr)
        sys.exit(ENVIRONMENT)
    except Exception as error:
        # A fault of ours. The user gets a sentence and a file to send on, not a traceback.
        log = recorded(error)
        print(
            f"程序内部错误，已接收的数据不受影响；详情记在 {log}，请交系统管理员。\n"
            f"Internal error; what was accepted is safe. Details for the administrator: {log}",
            file=sys.stderr,
        )
        sys.exit(ENVIRONMENT)


if __name__ == "__main__":
    main()
