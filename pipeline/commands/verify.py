"""`mingcha verify`: whether ledger, archive, facts and publications still agree."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.session import DONE, PARTLY, Session
from pipeline.commands.telling import telling


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="verify", help="核验台账、归档与数据 · check ledger, archive and facts")(
        verify_command
    )


def verify_command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 if all agrees (also in an empty folder), 1 at the first thing that does not."""
    from pipeline.verify import verify

    session: Session = ctx.obj
    with telling(session):
        verdict = verify(session.folder)
    if as_json:
        typer.echo(json.dumps(verdict.to_json(), ensure_ascii=False))
    else:
        for problem in (*verdict.problems, *verdict.notes):
            typer.echo(session.say(problem.zh, problem.en), err=problem in verdict.problems)
        counts = verdict.counts
        typer.echo(
            session.say(
                f"台账 {counts['records']} 条，上传 {counts['uploads']} 个，"
                f"归档 {counts['files']} 个文件，数据 {counts['facts']} 行："
                f"{'一致' if verdict.ok else '不一致'}",
                f"{counts['records']} ledger records, {counts['uploads']} uploads, "
                f"{counts['files']} archived files, {counts['facts']} facts: "
                f"{'all agree' if verdict.ok else 'they do not agree'}",
            )
        )
    raise typer.Exit(DONE if verdict.ok else PARTLY)
