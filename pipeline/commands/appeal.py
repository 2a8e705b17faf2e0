"""`mingcha appeal`: a branch contests an item; office proposes, union agrees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from audits.appeals import EVENTS, STATES
from pipeline.commands.acting import As, Json, Reason
from pipeline.commands.opening import period_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling

_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="申诉号 · its number")]
_Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--answer", help="次序=改为的答案，可重复（0 厅堂）· ENCOUNTER=ANSWER, repeatable"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="申诉：提出、处理、同意 · appeals")
    group.command(name="list", help="申诉与结果 · appeals and their outcomes")(list_command)
    group.command(name="file", help="网点对一个考核项申诉 · a branch appeals an item")(file)
    group.command(name="propose", help="省行提出处理意见 · the office proposes an outcome")(propose)
    group.command(name="agree", help="工会同意，随即执行 · the union agrees; it is carried out")(
        agree
    )
    group.command(name="object", help="工会不同意 · the union objects, with a reason")(
        _step("object")
    )
    group.command(name="decide", help="逾期僵局由负责人裁定 · the head ends a deadlock")(decide)
    group.command(name="withdraw", help="网点撤回 · the branch withdraws it")(_step("withdraw"))
    group.command(name="evidence", help="取出证据文件 · the evidence file")(evidence)
    app.add_typer(group, name="appeal")


def list_command(
    ctx: typer.Context,
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]")] = None,
    who: Annotated[str, typer.Option("--as", help="以谁的身份看 · as whom")] = "office/office",
    as_json: Json = False,
) -> None:
    """Exit 0; 2 no such appeal (for you). Counts are everybody's, words are not."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.appeals import listed
        from pipeline.proceeding import actor_of

        found = listed(session.folder, actor_of(who), number)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found["appeals"]:
        _tell_one(session, one, whole=number is not None)
    counts = found["counts"]
    typer.echo(
        session.say(
            "申诉 {filed} 项：成立 {upheld}，部分成立 {partly}，不成立 {rejected}，"
            "待处理 {pending}；另撤回 {withdrawn} 项。",
            "{filed} appeals: {upheld} upheld, {partly} partly upheld, {rejected} rejected, "
            "{pending} pending; {withdrawn} withdrawn besides.",
        ).format(**counts)
    )


def file(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="预发布的期间 · period of the preview")],
    item: Annotated[str, typer.Option("--item", help="考核项编号 · item id")],
    who: As,
    reason: Annotated[str, typer.Option("--reason", help="事实与理由，不写姓名 · facts, no names")],
    visit: Annotated[
        str | None, typer.Option("--visit", help="暗访日期或暗访号 · date or id of the visit")
    ] = None,
    encounter: Annotated[
        list[int] | None, typer.Option("--encounter", help="柜台次序，可重复 · repeatable")
    ] = None,
    proof: Annotated[
        Path | None, typer.Option("--evidence", help="证据：pdf、jpg、png、docx · a file")
    ] = None,
    as_json: Json = False,
) -> None:
    """Exit 0 filed, 1 refused, 2 nothing to appeal or wrong usage, 3 busy, 4 environment."""

    def run(session: Session) -> dict[str, Any]:
        from pipeline.appeals import file
        from pipeline.proceeding import actor_of

        more = {"visit": visit, "encounters": encounter or (), "proof": proof}
        actor = actor_of(who)
        return file(session.folder, period_of(period), item, actor, reason, **more)  # type: ignore[arg-type]

    _done(ctx, run, as_json)


def propose(
    ctx: typer.Context,
    number: _Number,
    outcome: Annotated[
        str, typer.Option("--outcome", help="upheld 成立 | partly 部分成立 | rejected 不成立")
    ],
    who: As,
    reason: Annotated[str, typer.Option("--reason", help="理由 · why")],
    answer: _Answers = None,
    masked: Annotated[
        Path | None, typer.Option("--masked", help="给工会看的遮盖件 · masked copy for the union")
    ] = None,
    as_json: Json = False,
) -> None:
    """Exit 0 proposed, 1 refused (or the card would not hold), 2 wrong usage, 3 busy."""

    def run(session: Session) -> dict[str, Any]:
        from pipeline.appeals import propose
        from pipeline.proceeding import actor_of

        more: dict[str, Any] = {"given": answer or (), "masked": masked}
        return propose(session.folder, number, outcome, actor_of(who), reason, **more)

    _done(ctx, run, as_json)


def agree(ctx: typer.Context, number: _Number, who: As, as_json: Json = False) -> None:
    """Exit 0 agreed and carried out, 1 refused, 2 no such appeal, 3 busy, 4 environment."""

    def run(session: Session) -> dict[str, Any]:
        from pipeline.appeals import decide
        from pipeline.proceeding import actor_of

        return decide(session.folder, number, "agree", actor_of(who))

    _done(ctx, run, as_json)


def decide(
    ctx: typer.Context,
    number: _Number,
    who: As,
    reason: Annotated[str, typer.Option("--reason", help="理由 · why")],
    outcome: Annotated[
        str, typer.Option("--outcome", help="缺省按省行意见 · by default as proposed")
    ] = "",
    answer: _Answers = None,
    as_json: Json = False,
) -> None:
    """Exit 0 decided and carried out, 1 refused, 2 no such appeal, 3 busy, 4 environment."""

    def run(session: Session) -> dict[str, Any]:
        from pipeline.appeals import decide
        from pipeline.proceeding import actor_of

        more: dict[str, Any] = {"outcome": outcome, "given": answer or ()}
        return decide(session.folder, number, "decide", actor_of(who), reason, **more)

    _done(ctx, run, as_json)


def _step(event: str) -> Any:
    def step(
        ctx: typer.Context, number: _Number, who: As, reason: Reason = "", as_json: Json = False
    ) -> None:
        """Exit 0 done, 1 refused, 2 no such appeal, 3 busy, 4 environment."""

        def run(session: Session) -> dict[str, Any]:
            from pipeline.appeals import step
            from pipeline.proceeding import actor_of

            return step(session.folder, number, event, actor_of(who), reason)

        _done(ctx, run, as_json)

    return step


def evidence(
    ctx: typer.Context,
    number: _Number,
    who: As,
    out: Annotated[Path, typer.Option("-o", "--out", help="写到 · where to", dir_okay=False)],
) -> None:
    """Exit 0 written, 1 none or not for you, 2 no such appeal, 4 cannot be written."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.appeals import proof
        from pipeline.proceeding import actor_of

        shutil.copyfile(proof(session.folder, number, actor_of(who)), out)


def _done(ctx: typer.Context, run: Callable[[Session], dict[str, Any]], as_json: bool) -> None:
    session: Session = ctx.obj
    with telling(session):
        told = run(session)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _tell_one(session, told, whole=False)


def _tell_one(session: Session, one: dict[str, Any], whole: bool) -> None:
    state = session.say(*STATES[one["state"]])
    day = one["visit_date"] or ""
    line = f"#{one['appeal']}  {one['branch']}  {day}  {one['item']}  {state}"
    if one["without_union"]:
        line += session.say("（负责人裁定）", " (decided by the head)")
    if one["until"]:
        line += session.say(f"  期限 {one['until']}", f"  until {one['until']}")
    typer.echo(line)
    for act in one["acts"] if whole else ():
        event = session.say(*EVENTS[act["event"]])
        by = "/".join(p for p in (act["actor"], act["role"]) if p)
        typer.echo(f"  {act['day']}  {by}  {event}  {act['reason']}".rstrip())
