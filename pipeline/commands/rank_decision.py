"""`mingcha rank-decision`: the office decides, on record, to print ranks below the floor."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from pipeline import rank_on_record
from pipeline.china_time import china_time
from pipeline.commands.opening import period_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.office import Office, rank_decisions

_Reason = Annotated[str, typer.Option("--reason", help="理由 · why")]
_Actor = Annotated[str, typer.Option("--actor", help="谁决定 · who decides")]
_Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="信度不足的网点也印出名次：须由省行决定并记入台账 · ranks below the reliability floor",
        no_args_is_help=True,
    )
    group.command(name="record", help="决定印出某期的名次 · decide for a period")(record)
    group.command(name="list", help="全部决定 · all decisions")(list_command)
    group.command(name="withdraw", help="撤回一项决定 · take one back")(withdraw)
    app.add_typer(group, name="rank-decision")


def record(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    reason: _Reason,
    actor: _Actor = "office",
    as_json: _Json = False,
) -> None:
    """Exit 0 recorded, or in force before (told, not recorded again); 2 no such period, no why."""
    session: Session = ctx.obj
    with telling(session):
        made, new = rank_on_record.record(session.folder, period_of(period), reason, actor)
    if not new and not as_json:
        typer.echo(
            session.say(
                f"没有新内容：{made['period']} 的决定已有效，不再另记。"
                f"要换理由，请先撤回第 {made['number']} 号。",
                f"Nothing new: the decision for {made['period']} is in force and not recorded "
                f"again. For another reason first withdraw No. {made['number']}.",
            )
        )
    _tell(session, made, as_json)


def withdraw(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="决定号 · its number")],
    reason: _Reason,
    actor: _Actor = "office",
    as_json: _Json = False,
) -> None:
    """Exit 0 withdrawn, 2 there is no such decision in force."""
    session: Session = ctx.obj
    with telling(session):
        gone = rank_on_record.withdraw(session.folder, number, reason, actor)
    _tell(session, gone, as_json)


def list_command(ctx: typer.Context, as_json: _Json = False) -> None:
    """Exit 0; nothing is changed or created."""
    session: Session = ctx.obj
    found: list[dict[str, Any]] = []
    with telling(session):
        if session.folder.office.exists():
            with Office.open(session.folder) as office:
                found = rank_decisions.listed(office.connection)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        typer.echo(_line(session, one))
    if not found:
        typer.echo(session.say("没有这类决定。", "There is no such decision."))


def _tell(session: Session, one: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(one, ensure_ascii=False))
        return
    again = session.say("重新发布后生效。", "Publish again for it to show.")
    typer.echo(f"{_line(session, one)} {again}")


def _line(session: Session, one: dict[str, Any]) -> str:
    state = session.say(*(("有效", "in force") if one["in_force"] else ("已撤回", "withdrawn")))
    return session.say(
        f"第 {one['number']} 号　{one['period']}　信度不足的网点也印出名次（{state}）："
        f"{one['reason']}（{one['actor']}，{china_time(one['at'])}）",
        f"No. {one['number']}  {one['period']}  ranks below the floor are printed ({state}): "
        f"{one['reason']} ({one['actor']}, {china_time(one['at'])})",
    )
