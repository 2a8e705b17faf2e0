"""`mingcha correct`: a known error in a received workbook, corrected by a record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.china_time import china_time
from pipeline.commands.session import USAGE, Session
from pipeline.commands.telling import telling
from pipeline.faults import Fault

_STATES = {
    "in_force": ("有效", "in force"),
    "withdrawn": ("已撤回", "withdrawn"),
    "interrupted": ("未完成", "interrupted"),
}
_STATUS = {
    "accepted": ("已接收", "accepted"),
    "warned": ("已接收，有提示", "accepted with warnings"),
    "partial": ("部分接收", "partly accepted"),
}
_Reason = Annotated[str, typer.Option("--reason", help="原因 · why")]
_Actor = Annotated[str, typer.Option("--actor", help="谁更正 · who says so")]
_Json = Annotated[bool, typer.Option("--json", help="JSON")]


class _RecordByDefault(TyperGroup):
    """`correct UPLOAD …` is `correct record UPLOAD …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = (*self.commands, "--help")
        if args and args[0] not in known:
            args = ["record", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        cls=_RecordByDefault,
        no_args_is_help=True,
        help="更正来源单元格（不改原件）· correct source cells, never the file: "
        "mingcha correct UPLOAD --sheet S --cell C --old X --new Y --reason R",
    )
    group.command(name="record", help="更正（record 可省略）· correct; the word may be left out")(
        record
    )
    group.command(name="list", help="全部更正 · all corrections")(list_command)
    group.command(name="withdraw", help="撤回一处更正 · take one back")(withdraw)
    app.add_typer(group, name="correct")


def record(
    ctx: typer.Context,
    upload: Annotated[
        str,
        typer.Argument(
            metavar="UPLOAD",
            help="文件名，或录入时显示的编号 · the file's name, or the number that ingest showed",
        ),
    ],
    cell: Annotated[list[str], typer.Option("--cell", help="单元格，可重复 · repeatable")],
    old: Annotated[list[str], typer.Option("--old", help="现在的内容 · what it says")],
    new: Annotated[list[str], typer.Option("--new", help="应为 · what it should say")],
    reason: _Reason,
    sheet: Annotated[
        list[str] | None, typer.Option("--sheet", help="工作表（只有一个时可省略）· sheet")
    ] = None,
    actor: _Actor = "office",
    as_json: _Json = False,
) -> None:
    """Exit 0 corrected, 1 the cell says otherwise or the data would not hold, 2 wrong usage."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.corrections import Change, correct

        changes = [Change(*one) for one in _rows(sheet or [""], cell, old, new)]
        done = correct(session.folder, upload, changes, reason, actor=actor)
    _tell(session, done, as_json)


def _rows(sheet: Sequence[str], *columns: Sequence[str]) -> list[tuple[str, ...]]:
    """One row for each --cell; a single --sheet holds for all."""
    count = len(columns[0])
    sheets = list(sheet) * count if len(sheet) == 1 else list(sheet)
    if any(len(column) != count for column in (sheets, *columns)):
        raise Fault(
            "--cell、--old、--new 的个数须相同（--sheet 可只给一个）。",
            "--cell, --old and --new must be given equally often (--sheet once or as often).",
            USAGE,
        )
    return list(zip(sheets, *columns, strict=True))


def withdraw(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="更正号 · its number")],
    reason: _Reason,
    actor: _Actor = "office",
    as_json: _Json = False,
) -> None:
    """Exit 0 withdrawn, 1 the data would not hold without it, 2 no such correction in force."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.corrections import withdraw as run

        done = run(session.folder, number, reason, actor=actor)
    _tell(session, done, as_json)


def _tell(session: Session, done: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(done.to_json(), ensure_ascii=False))
        return
    status = session.say(*_STATUS[done.status])
    count = len(done.corrections)
    typer.echo(
        session.say(
            f"{done.file}：{status}，{done.rows} 行，有效更正 {count} 处。重新发布后生效。",
            f"{done.file}: {status}, {done.rows} rows, {count} corrections in force. "
            "Publish again for it to show.",
        )
    )
    for one in done.corrections:
        typer.echo(f"  {_line(session, one)}")
    if done.superseded:
        typer.echo(
            session.say(
                "此后已有同期的新文件，现以新文件为准：本次更正只改变新文件没有的数。",
                "A newer file of the same period counts: only figures that it lacks change.",
            )
        )


def list_command(ctx: typer.Context, as_json: _Json = False) -> None:
    """Exit 0; nothing is changed or created."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.corrections import listed

        found = listed(session.folder)
    if as_json:
        typer.echo(json.dumps({"corrections": found}, ensure_ascii=False))
        return
    for one in found:
        state = session.say(*_STATES[one["state"]])
        typer.echo(f"{state}  {one['file']}  {_line(session, one)}")
    if not found:
        typer.echo(session.say("没有更正。", "There are no corrections."))


def _line(session: Session, one: dict[str, Any]) -> str:
    who = session.say("，", ", ").join((one["actor"], china_time(one["at"])))
    old, new = one["old"] or "∅", one["new"] or "∅"
    place = f"{one['sheet']}!{one['cell']}"
    return f"#{one['correction']}  {place}: {old} → {new}  {one['reason']} ({who})"
