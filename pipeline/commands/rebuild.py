"""`mingcha rebuild`: the facts anew from the archive."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.session import DONE, PARTLY, Session
from pipeline.commands.telling import telling
from pipeline.commands.working import bar

if TYPE_CHECKING:
    from pipeline.rebuild import Rebuilt


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
        typer.echo(session.say(*_told(rebuilt)), err=rebuilt.kept)
    raise typer.Exit(DONE if not rebuilt.problems else PARTLY)


def _told(rebuilt: Rebuilt) -> tuple[str, str]:
    """What came of it, in one sentence that does not take back what the problems say."""
    uploads, facts, found = rebuilt.uploads, rebuilt.facts, len(rebuilt.problems)
    if rebuilt.kept:
        zh = (
            f"没有重建（问题 {found} 处，见上）：现有数据仓库与台账一致，已原样保留，数据照常可用。"
            "上述问题解决后再运行 mingcha rebuild。"
        )
        return zh, (
            f"Nothing was rebuilt ({found} problems, see above): the warehouse that is there "
            "agrees with the ledger, was kept as it is and can be used. Once the problems are "
            "solved, run mingcha rebuild again."
        )
    if found:
        return (
            f"只重建了一部分：由 {uploads} 个上传重建数据 {facts} 行，问题 {found} 处，见上。",
            f"Rebuilt in part: {facts} facts from {uploads} uploads, {found} problems, see above.",
        )
    return (
        f"已由 {uploads} 个上传重建数据 {facts} 行。",
        f"Rebuilt {facts} facts from {uploads} uploads.",
    )
