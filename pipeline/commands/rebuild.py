"""`mingcha rebuild`: the facts anew from the archive."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from pipeline.commands.session import DONE, PARTLY, Session
from pipeline.commands.telling import telling
from pipeline.commands.working import bar


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="rebuild", help="用归档重建数据仓库 · facts anew from the archive")(
        rebuild_command
    )


def rebuild_command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 if every fact is as it was sealed, 1 if some differ (they are named)."""
    from pipeline.rebuild import rebuild

    session: Session = ctx.obj
    with telling(session), bar(session, sys.stderr.isatty()) as moved:
        rebuilt = rebuild(session.folder, moved) if moved else rebuild(session.folder)
    if as_json:
        typer.echo(json.dumps(rebuilt.to_json(), ensure_ascii=False))
    else:
        for problem in rebuilt.problems:
            typer.echo(session.say(problem.zh, problem.en), err=True)
        if rebuilt.kept:
            zh = "原数据仓库与台账一致，已保留，未作替换。"
            en = "The warehouse that was there agrees with the ledger and was kept."
            typer.echo(session.say(zh, en), err=True)
        typer.echo(
            session.say(
                f"已由 {rebuilt.uploads} 个上传重建数据 {rebuilt.facts} 行。",
                f"Rebuilt {rebuilt.facts} facts from {rebuilt.uploads} uploads.",
            )
        )
    raise typer.Exit(DONE if not rebuilt.problems else PARTLY)
