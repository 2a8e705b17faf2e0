"""`mingcha round`: a round of visits under two keys."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from audits.rounds import EVENTS, STATES
from pipeline.commands.acting import As, Json, Reason
from pipeline.commands.session import Session
from pipeline.commands.telling import telling

_Round = Annotated[str, typer.Argument(metavar="ROUND", help="轮次，如 2026Q3 · like 2026Q3")]
_HELP = {
    "show": "公示评分标准 · show its edition to all staff (公示)",
    "open": "省行开启（公示期满）· open it, when it was shown long enough",
    "countersign": "工会会签 · the union's key",
    "refuse": "工会不同意 · the union refuses, with a reason",
    "decide": "逾期僵局由负责人裁定 · the head ends a deadlock, on record",
    "seal": "封存：其后只能经申诉改动 · seal it: only appeals change answers then",
    "cancel": "取消（开始前）· cancel it before it runs",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="轮次：立项、公示、双签、封存 · rounds")
    group.command(name="list", help="全部轮次 · all rounds on record")(list_command)
    group.command(name="draft", help="立项 · begin one")(draft)
    for event in _HELP:
        group.command(name=event, help=_HELP[event])(_step(event))
    app.add_typer(group, name="round")


def list_command(
    ctx: typer.Context,
    round: Annotated[str | None, typer.Argument(metavar="[ROUND]")] = None,
    as_json: Json = False,
) -> None:
    """Exit 0; 2 no such round. Nothing is changed or created."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.rounds import listed

        found = listed(session.folder, round)
    _tell(session, found, as_json, whole=round is not None)


def draft(
    ctx: typer.Context,
    round: _Round,
    who: As,
    edition: Annotated[
        list[str], typer.Option("--edition", help="评分标准版本，可重复 · repeatable")
    ],
    branch: Annotated[
        list[str] | None, typer.Option("--branch", help="只限这些网点 · only these branches")
    ] = None,
    as_json: Json = False,
) -> None:
    """Exit 0 done, 1 refused, 2 wrong usage, 3 busy, 4 environment."""
    _act(ctx, round, "draft", who, "", as_json, editions=edition, branches=branch or [])


def _step(event: str) -> Any:
    def step(
        ctx: typer.Context, round: _Round, who: As, reason: Reason = "", as_json: Json = False
    ) -> None:
        """Exit 0 done, 1 refused, 2 wrong usage, 3 busy, 4 environment."""
        _act(ctx, round, event, who, reason, as_json)

    return step


def _act(
    ctx: typer.Context,
    round: str,
    event: str,
    who: str,
    reason: str,
    as_json: bool,
    **more: Any,
) -> None:
    session: Session = ctx.obj
    with telling(session):
        from pipeline.proceeding import actor_of
        from pipeline.rounds import act

        done = act(session.folder, round, event, actor_of(who), reason=reason, **more)
    _tell(session, [done], as_json, whole=False)


def _tell(session: Session, rounds: list[dict[str, Any]], as_json: bool, whole: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"rounds": rounds}, ensure_ascii=False))
        return
    for one in rounds:
        typer.echo(_line(session, one))
        for act in one["acts"] if whole else ():
            event, why = session.say(*EVENTS[act["event"]]), act["reason"]
            typer.echo(f"  {act['day']}  {act['actor']}/{act['role']}  {event}  {why}".rstrip())
    if not rounds:
        typer.echo(session.say("还没有轮次记录。", "No round is on record."))


def _line(session: Session, one: dict[str, Any]) -> str:
    state = session.say(*STATES[one["state"]])
    told = [f"{one['round']}  {state}  {', '.join(one['editions'])}"]
    if one["until"]:
        told.append(session.say(f"至 {one['until']}", f"until {one['until']}"))
    if one["without_union"]:
        told.append(session.say("未经工会会签，由负责人裁定", "decided by the head, not the union"))
    if one["missing"]:
        told.append(session.say(f"缺 {one['missing']} 次", f"{one['missing']} visits missing"))
    return "  ".join(told)
