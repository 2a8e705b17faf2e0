"""`mingcha rank-decision`: the office decides, on record, to print ranks below the floor."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from pipeline.china_time import china_time
from pipeline.commands.opening import period_of
from pipeline.commands.session import USAGE, Session
from pipeline.commands.telling import telling
from pipeline.faults import Fault
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
        wanted, why = period_of(period), _reason(reason)
        with Office.open(session.folder) as office, office.transaction() as connection:
            before = rank_decisions.in_force(connection, wanted)
            number = before["number"] if before else None
            number = number or rank_decisions.decide(connection, wanted, why, actor)
            made = _found(rank_decisions.listed(connection), number)
    if before and not as_json:
        typer.echo(
            session.say(
                f"没有新内容：{wanted} 的决定已有效，不再另记。要换理由，请先撤回第 {number} 号。",
                f"Nothing new: the decision for {wanted} is in force and not recorded again. "
                f"For another reason first withdraw No. {number}.",
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
        why = _reason(reason)
        with Office.open(session.folder) as office, office.transaction() as connection:
            _found([d for d in rank_decisions.listed(connection) if d["in_force"]], number)
            rank_decisions.withdraw(connection, number, why, actor)
            gone = _found(rank_decisions.listed(connection), number)
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


def _reason(text: str) -> str:
    if not text.strip():
        raise Fault("请写明理由（--reason）。", "Say why (--reason).", USAGE)
    return text.strip()


def _found(decisions: list[dict[str, Any]], number: int) -> dict[str, Any]:
    for one in decisions:
        if one["number"] == number:
            return one
    raise Fault(
        f"没有编号为 {number} 的有效决定；用 mingcha rank-decision list 查看。",
        f"There is no decision {number} in force; see mingcha rank-decision list.",
        USAGE,
    )


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
