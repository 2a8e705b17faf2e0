"""`mingcha spelling`: what headers are called; confirmed once by the office, remembered."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.china_time import china_time
from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.sheets import kinds

if TYPE_CHECKING:  # loaded when it is used: numpy comes with it, to every command
    from pipeline import spellings

_Kind = Annotated[str, typer.Argument(metavar="KIND", help="报表种类 · kind of sheet")]
_Header = Annotated[str, typer.Argument(metavar="HEADER", help="表头的写法 · header as written")]
_Actor = Annotated[str, typer.Option("--actor", help="谁确认 · who says so")]
_Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="表头写法：查看、确认、撤销 · header spellings", no_args_is_help=True)
    group.command(name="list", help="已确认的与待确认的 · confirmed and proposed")(list_command)
    group.command(name="confirm", help="确认一个写法，以后照读 · a header means a column")(confirm)
    group.command(name="ignore", help="该表头不需要，不再提示 · a header that nobody needs")(ignore)
    group.command(name="revoke", help="撤销一个写法 · take a spelling back")(revoke)
    app.add_typer(group, name="spelling")


def list_command(ctx: typer.Context, as_json: _Json = False) -> None:
    """Exit 0; nothing is changed or created."""
    from pipeline import spellings

    session: Session = ctx.obj
    with telling(session):
        found = spellings.listed(session.folder)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for one in found.confirmed:
        name = _column(session, one.kind, one.column)
        typer.echo(
            session.say(
                f"已确认  {one.kind}  “{one.header}” = {name}（{one.actor}，{china_time(one.at)}）",
                f"confirmed  {one.kind}  {one.header} = {name} ({one.actor}, {china_time(one.at)})",
            )
        )
    for one in found.ignored:
        typer.echo(
            session.say(
                f"不需要  {one.kind}  “{one.header}”（{one.actor}，{china_time(one.at)}）",
                f"not needed  {one.kind}  {one.header} ({one.actor}, {china_time(one.at)})",
            )
        )
    for proposal in found.proposals:
        _tell(session, proposal)
    if not (found.confirmed or found.ignored or found.proposals):
        typer.echo(session.say("没有待确认的表头。", "No header waits to be confirmed."))


def _tell(session: Session, proposal: spellings.Proposal) -> None:
    place, kind = proposal.places[0], proposal.kind
    where = f"{place.file} · {place.sheet}!{place.cell}"
    header, seen = proposal.header, proposal.seen
    if proposal.column:
        name = _column(session, kind, proposal.column)
        asked = session.say(f"是否为 {name}？", f"is it {name}?")
    else:
        asked = session.say("没有相近的列。", "no column is like it.")
    typer.echo(
        session.say(
            f"待确认  {kind}  “{header}” {asked}（{where} 等 {seen} 处）",
            f"proposed  {kind}  {header}: {asked} ({where}, seen {seen} x)",
        )
    )
    column = proposal.column or session.say("列名", "COLUMN")
    typer.echo(f'    mingcha spelling confirm {kind} "{header}" {column}')
    said = session.say("不需要该列", "if it is not needed")
    typer.echo(f'    mingcha spelling ignore {kind} "{header}"    # {said}')


def confirm(
    ctx: typer.Context,
    kind: _Kind,
    header: _Header,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="列标识或列名 · id or name")],
    actor: _Actor = "office",
    as_json: _Json = False,
) -> None:
    """Exit 0 confirmed (also before), 1 the header means something else, 2 no such kind, column."""
    from pipeline import spellings

    session: Session = ctx.obj
    with telling(session):
        made, new = spellings.confirm(session.folder, kind, header, column, actor=actor)
    if as_json:
        typer.echo(json.dumps(asdict(made) | {"new": new}, ensure_ascii=False))
        return
    name = _column(session, made.kind, made.column)
    again = session.say("以后的文件照此读取；已退回的文件请重新录入。",
                        "Later workbooks are read so; ingest again what was refused.")  # fmt: skip
    before = session.say("以前已确认过。", "It was confirmed before.")
    typer.echo(f"{made.kind}  {made.header} = {name}  {again if new else before}")


def ignore(
    ctx: typer.Context, kind: _Kind, header: _Header, actor: _Actor = "office",
    as_json: _Json = False,
) -> None:  # fmt: skip
    """Exit 0 recorded (also before), 1 the header means a column, 2 no such kind, no header."""
    from pipeline import spellings

    session: Session = ctx.obj
    with telling(session):
        made, new = spellings.ignore(session.folder, kind, header, actor=actor)
    if as_json:
        typer.echo(json.dumps(asdict(made) | {"new": new}, ensure_ascii=False))
        return
    typer.echo(
        session.say(
            f"已记为不需要：{kind}  “{made.header}”，以后不再提示（撤销：spelling revoke）。",
            f"Recorded as not needed: {kind}  {made.header}; it is not told again "
            "(take it back: spelling revoke).",
        )
    )


def revoke(
    ctx: typer.Context, kind: _Kind, header: _Header, actor: _Actor = "office",
    as_json: _Json = False,
) -> None:  # fmt: skip
    """Exit 0 revoked, 2 there is no such spelling. What was read with it stays as it was read."""
    from pipeline import spellings

    session: Session = ctx.obj
    with telling(session):
        gone = spellings.revoke(session.folder, kind, header, actor=actor)
    if as_json:
        typer.echo(json.dumps(asdict(gone), ensure_ascii=False))
        return
    typer.echo(
        session.say(
            f"已撤销 {kind}  “{gone.header}”。以前据此读取的数据不变。",
            f"Revoked {kind}  {gone.header}. What was read with it stays.",
        )
    )


def _column(session: Session, kind: str, column: str) -> str:
    declared = kinds()[kind].column(column)
    return f"{column}（{declared.zh}）" if session.lang == "zh" else f"{column} ({declared.en})"
