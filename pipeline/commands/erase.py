"""`mingcha erase`: a shopper's personal data erased, on record."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="erase", help="删除一名暗访员的个人信息 · erase a shopper")(erase)


def erase(
    ctx: typer.Context,
    shopper: Annotated[str, typer.Argument(metavar="SHOPPER", help="暗访员编号 · id")],
    reason: Annotated[str, typer.Option("--reason", help="原因 · why")],
    actor: Annotated[str, typer.Option("--actor", help="谁删除 · who says so")] = "office",
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 erased, 2 no such shopper or no reason, 3 busy, 4 environment."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.erasure import erase_shopper

        done = erase_shopper(session.folder, shopper, reason, actor=actor)
    if as_json:
        typer.echo(json.dumps(done.to_json(), ensure_ascii=False))
        return
    typer.echo(
        session.say(
            f"已删除：名册 {done.rows} 行；{done.texts} 处文字今后发布时遮去姓名；台账 "
            f"{done.records} 条记录、其他 {done.cells} 处文字已遮去（台账第 {done.record} 号）。",
            f"Erased: {done.rows} rows of the list; {done.texts} texts will be published without "
            f"the name; it is masked in {done.records} ledger records and {done.cells} other "
            f"places (ledger record no. {done.record}).",
        )
    )
    names = ", ".join(s[:12] for s in done.originals)
    typer.echo(
        session.say(
            f"归档原件不改，仍含其姓名，仅办公室可读：{names}。请按档案保管期限处置，"
            "并另行处理备份和手中的名册文件。",
            f"Archived originals are not changed and still hold the name, for the office alone: "
            f"{names}. Treat them by your rules of retention, and see to backups and copies of "
            "the list.",
        )
    )
