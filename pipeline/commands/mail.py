"""`mingcha mail`: what was mailed, addresses that bounced, and whether the server answers."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.session import USAGE, Session
from pipeline.commands.telling import telling

Json = Annotated[bool, typer.Option("--json", help="JSON")]
_OUTCOMES = {
    "sent": ("已发送", "sent"),
    "failed": ("未发出", "not sent"),
    "refused": ("被拒", "refused"),
    "given_up": ("不明，已重发", "unknown, sent again"),
    "unknown": ("不知是否送达", "unknown"),
}
group = typer.Typer(
    help="邮件：发送记录、退信名单、试连 · mailings, bounces, try the server",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="mail")


@group.command("list", help="发送记录 · what was mailed")
def listed(
    ctx: typer.Context,
    period: Annotated[str | None, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")] = None,
    as_json: Json = False,
) -> None:
    """Exit 0, also where nothing was mailed; 2 no such period."""
    from pipeline.commands.opening import period_of
    from pipeline.office import Office, sendings

    session: Session = ctx.obj
    rows: list[dict[str, object]] = []
    with telling(session):
        wanted = period_of(period) if period else None
        if session.folder.office.is_file():
            with Office.open(session.folder) as office:
                rows = sendings.listed(office.connection, wanted)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        outcome = session.say(*_OUTCOMES[str(row["outcome"])])
        revision = f"r{row['revision']}" if row["revision"] else ""
        place = f"{row['period']} {revision} {row['document']}".replace("  ", " ")
        typer.echo(f"{row['at']}  {place}  {row['node']}  {row['address']}  {outcome}")


@group.command("bounces", help="退信名单 · addresses that bounced")
def bounces(ctx: typer.Context, as_json: Json = False) -> None:
    """Exit 0, also where the list is empty."""
    from pipeline.office import Office, sendings

    session: Session = ctx.obj
    rows: list[dict[str, object]] = []
    with telling(session):
        if session.folder.office.is_file():
            with Office.open(session.folder) as office:
                rows = list(sendings.bounced(office.connection).values())
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['day']}  {row['address']}  {row['code'] or ''} {row['said']}")


@group.command("bounce", help="登记退信（事后收到退信通知）· a notice of non-delivery came back")
def bounce(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help="邮箱 · address")],
    reason: Annotated[str, typer.Option("--reason", help="退信原因 · why")],
) -> None:
    """Nothing more is sent there until it is cleared. Exit 0 noted, 2 no address."""
    from pipeline.delivery.addresses import one_address
    from pipeline.office import Office, sendings

    session: Session = ctx.obj
    try:
        wanted = one_address(address)
    except ValueError as error:
        typer.echo(session.say("这不是邮箱地址。", "That is no address."), err=True)
        raise typer.Exit(USAGE) from error
    with telling(session), Office.open(session.folder) as office:
        said = " ".join(reason.split())[:300]
        with office.transaction() as connection:
            sendings.bounce(connection, wanted, "office", 0, said)
    typer.echo(session.say(f"已登记：{wanted}", f"Noted: {wanted}"))


@group.command("clear", help="移出退信名单 · take off the list of bounces")
def clear(
    ctx: typer.Context,
    address: Annotated[list[str] | None, typer.Argument(help="邮箱 · addresses")] = None,
    every: Annotated[bool, typer.Option("--all", help="全部 · all of them")] = False,
) -> None:
    """Exit 0 cleared, 1 one is not on the list, 2 none named."""
    from pipeline.office import Office, sendings

    session: Session = ctx.obj
    if bool(address) == every:
        said = session.say("请写明邮箱，或用 --all。", "Name addresses, or use --all.")
        typer.echo(said, err=True)
        raise typer.Exit(USAGE)
    with telling(session), Office.open(session.folder) as office:
        wanted = list(sendings.bounced(office.connection)) if every else list(address or ())
        with office.transaction() as connection:
            done = sendings.clear(connection, wanted, "office")
    for one in done:
        typer.echo(session.say(f"已移出：{one}", f"Cleared: {one}"))
    for one in [w for w in wanted if w not in done]:
        typer.echo(session.say(f"不在名单中：{one}", f"Not on the list: {one}"), err=True)
    raise typer.Exit(0 if len(done) == len(set(wanted)) else 1)


@group.command("check", help="试连邮件服务器（不发信）· sign in at the server, send nothing")
def check(ctx: typer.Context) -> None:
    """Exit 0 it answers, 1 it cannot be reached, 2 wrong settings, 4 it refuses us."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.delivery.mail import check_server

        told = check_server(session.folder)
    typer.echo(session.say(told.zh, told.en))
