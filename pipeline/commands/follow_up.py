"""`mingcha follow-up`: the kit for chasing (督办), a folder for each city."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="follow-up", help="督办：未报名单、督办函、整改台账、群消息 · the kit for each city"
    )(follow_up)


def follow_up(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    out: Annotated[Path, typer.Option("-o", "--out", help="目录 · folder")],
    city: Annotated[
        str | None, typer.Option("--city", help="只做一个二级分行或直管机构 · one city, by code")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 made, also where nothing is owed; 1 no register, 2 no such period or city, 3 busy."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.following.kit import make

        made = make(session.folder, period, out, city, session.lang)
    if as_json:
        typer.echo(json.dumps(made.to_json(), ensure_ascii=False))
        return
    for one in made.cities:
        typer.echo(
            session.say(
                f"{one['name']}：未报与待更正 {one['unreported']}，整改未销号 {one['actions']}"
                f"（逾期 {one['overdue']}，屡查屡犯 {one['recurring']}）",
                f"{one['name']}: {one['unreported']} sheets owed, {one['actions']} actions not "
                f"closed ({one['overdue']} overdue, {one['recurring']} recurring)",
            )
        )
        for path in one["files"]:
            typer.echo(f"  {path}")
