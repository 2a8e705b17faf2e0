"""`mingcha confirm`: a branch says in the check period that its figures are right."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.acting import Json
from pipeline.commands.opening import period_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="confirm", help="核对期内网点确认 · a branch confirms its figures")(confirm)


def confirm(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    branch: Annotated[str, typer.Option("--branch", help="网点代码；省略则只看进度 · code")] = "",
    who: Annotated[str, typer.Option("--as", help="姓名/branch@网点；缺省按 --branch")] = "",
    as_json: Json = False,
) -> None:
    """Exit 0 confirmed (or told how far it is), 1 refused, 2 wrong usage, 3 busy."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline import check_period
        from pipeline.proceeding import actor_of

        wanted = period_of(period)
        if branch:
            actor = actor_of(who or f"{branch}/branch@{branch}")
            found = check_period.confirm(session.folder, wanted, branch, actor)
        else:
            found = check_period.listed(session.folder, wanted)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    done = f"{found['confirmed']}/{found['branches']}"
    until = found["until"] or "—"
    typer.echo(
        session.say(
            f"{wanted} 已核对 {done}，核对期至 {until}。",
            f"{wanted}: confirmed by {done} branches; the check period lasts until {until}.",
        )
    )
