"""`mingcha action`: corrective actions (整改): opened, answered, accepted or sent back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.acting import As, Json, Reason
from pipeline.commands.opening import period_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling

_Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="整改编号 · ids")]
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="整改：下发、回复、督办、销号 · corrective actions"
    )
    group.command(name="list", help="整改台账 · how they stand")(list_command)
    group.command(name="show", help="一项整改的全部经过 · one with all its acts")(show)
    group.command(name="open", help="由发布的失分项下发整改 · open from a publication")(
        open_command
    )
    group.command(name="reply", help="网点回复 · what the branch did")(reply)
    group.command(name="chase", help="督办 · chase")(chase)
    group.command(name="accept", help="销号 · accept and close")(accept)
    group.command(name="return", help="退回 · send back")(send_back)
    group.command(name="withdraw", help="撤销（不再是问题）· no defect after all")(withdraw)
    app.add_typer(group, name="action")


def list_command(
    ctx: typer.Context,
    scope: Annotated[
        str | None, typer.Option("--scope", help="网点或上级机构 · branch or region")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="open|replied|returned|closed|withdrawn|overdue|recurring"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Exit 0; nothing is changed or created. 2 no such state."""
    session: Session = ctx.obj
    with telling(session):
        from dataclasses import replace

        from pipeline.following.standing import COUNTED, standing

        for name in state or []:
            if name not in COUNTED:
                raise typer.BadParameter(" | ".join(COUNTED), param_hint="--state")
        found = standing(session.folder, scope)
        kept = [r for r in found.rows if not state or any(COUNTED[s](r) for s in state)]
        found = replace(found, rows=kept)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _tell_list(session, found)


def _tell_list(session: Session, found: Any) -> None:
    counts = found.counts()
    typer.echo(
        session.say(
            f"截至 {found.as_of}：共 {counts['all']} 项，待整改 {counts['open']}，"
            f"退回 {counts['returned']}，待省行审核 {counts['replied']}，"
            f"已销号 {counts['closed']}，已撤销 {counts['withdrawn']}；"
            f"其中逾期 {counts['overdue']}，屡查屡犯 {counts['recurring']}。"
            "只计本系统下发的整改；整改台账表中的另见 mingcha follow-up。",
            f"On {found.as_of}: {counts['all']} in all, {counts['open']} to do, "
            f"{counts['returned']} sent back, {counts['replied']} for the office to decide, "
            f"{counts['closed']} closed, {counts['withdrawn']} withdrawn; {counts['overdue']} "
            f"overdue, {counts['recurring']} recurring. Only those issued here; "
            "those of the office's sheet are in mingcha follow-up.",
        )
    )
    for row in found.rows[:SHOWN]:
        typer.echo(f"  {line(session, row)}")
    if len(found.rows) > SHOWN:
        rest = len(found.rows) - SHOWN
        typer.echo(session.say(f"  … 另有 {rest} 项（--json 全部）", f"  … {rest} more (--json)"))


def line(session: Session, row: dict[str, Any]) -> str:
    """One action on one line."""
    from audits.actions import SEVERITY_WORDS, STATE_WORDS

    told = [
        row["action"],
        row["branch_name"],
        session.say(*SEVERITY_WORDS[row["severity"]]),
        session.say(*STATE_WORDS[row["state"]]),
        session.say(f"期限 {row['due']}", f"due {row['due']}"),
    ]
    if row["overdue"]:
        told.append(session.say("逾期", "overdue"))
    if row["recurring"]:
        told.append(session.say("屡查屡犯", "recurring"))
    return "  ".join(told)


def show(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="整改编号 · id")],
    as_json: Json = False,
) -> None:
    """Exit 0; 2 no such action."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.following.acting import ACT_WORDS, history

        found = history(session.folder, id)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(line(session, found))
    for act in found["acts"]:
        event = session.say(*ACT_WORDS[act["event"]])
        who = f"{act['actor']}/{act['role']}" + (f"@{act['node']}" if act["node"] else "")
        said = act["details"].get("measure") or act["details"].get("reason") or ""
        typer.echo(f"  #{act['record']}  {act['day']}  {event}  {who}  {said}".rstrip())


def open_command(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    who: As,
    revision: Annotated[int | None, typer.Option("--revision")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="预发布也下发 · also from a preview")
    ] = False,
    as_json: Json = False,
) -> None:
    """Exit 0 also where all were open already; 1 not published, or as a preview only."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.following.acting import actor_of
        from pipeline.following.opening import open_actions

        actor, wanted = actor_of(who), period_of(period)
        done = open_actions(session.folder, wanted, revision, actor=actor, preview=preview)
    if as_json:
        typer.echo(json.dumps(done.to_json(), ensure_ascii=False))
        return
    typer.echo(
        session.say(
            f"{done.period} 第 {done.revision} 版有失分问题 {done.defects} 个：新下发 "
            f"{len(done.opened)} 项，屡查屡犯重新下发 {len(done.recurred)} 项，未销号又失分 "
            f"{len(done.repeated)} 项，此前已有整改 {done.known} 项（系统下发 "
            f"{done.known - done.known_on_sheet}，整改台账所列 {done.known_on_sheet}）。",
            f"{done.period} revision {done.revision} has {done.defects} defects: "
            f"{len(done.opened)} opened, {len(done.recurred)} opened again as recurring, "
            f"{len(done.repeated)} failed again while not closed, {done.known} known "
            f"before ({done.known - done.known_on_sheet} issued here, {done.known_on_sheet} on the "
            "office's sheet).",
        )
    )
    if done.gone:
        names = " ".join(done.gone)
        typer.echo(
            session.say(
                f"本版中不再是问题，请考虑撤销（mingcha action withdraw）：{names}",
                f"No defects in this revision; consider to withdraw them: {names}",
            )
        )


def reply(
    ctx: typer.Context,
    ids: _Ids,
    measure: Annotated[str, typer.Option("--measure", help="整改措施 · what was done")],
    who: As,
    done: Annotated[
        str, typer.Option("--done", help="完成日期；未完成不填 · day it was done, YYYY-MM-DD")
    ] = "",
    evidence: Annotated[
        Path | None, typer.Option("--evidence", help="证据文件，存入归档 · file, kept")
    ] = None,
    as_json: Json = False,
) -> None:
    """Without --done it is a report of progress. Exit 0 taken, 1 refused, 2 wrong usage."""
    from datetime import date

    try:
        given = {"done": date.fromisoformat(done).isoformat()} if done else {}
    except ValueError as error:
        raise typer.BadParameter("YYYY-MM-DD", param_hint="--done") from error
    details = {"measure": measure, **given}
    _act(ctx, ids, "reply" if done else "progress", who, details, as_json, evidence)


def chase(
    ctx: typer.Context,
    ids: _Ids,
    who: As,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Exit 0 recorded, 1 refused, 2 wrong usage."""
    _act(ctx, ids, "chase", who, {"reason": reason}, as_json)


def accept(
    ctx: typer.Context,
    ids: _Ids,
    who: As,
    as_json: Json = False,
) -> None:
    """Exit 0 closed, 1 refused (no evidence, own branch …), 2 wrong usage."""
    _act(ctx, ids, "accept", who, {}, as_json)


def send_back(
    ctx: typer.Context,
    ids: _Ids,
    reason: Reason,
    who: As,
    as_json: Json = False,
) -> None:
    """Exit 0 sent back, 1 refused, 2 wrong usage."""
    _act(ctx, ids, "return", who, {"reason": reason}, as_json)


def withdraw(
    ctx: typer.Context,
    ids: _Ids,
    reason: Reason,
    who: As,
    as_json: Json = False,
) -> None:
    """Exit 0 withdrawn, 1 refused, 2 wrong usage."""
    _act(ctx, ids, "withdraw", who, {"reason": reason}, as_json)


def _act(
    ctx: typer.Context,
    ids: list[str],
    event: Any,
    who: str,
    details: dict[str, str],
    as_json: bool,
    evidence: Path | None = None,
) -> None:
    session: Session = ctx.obj
    with telling(session):
        from pipeline.following.acting import act, actor_of

        actor = actor_of(who)
        done = act(session.folder, ids, event, actor, details, evidence)
    if as_json:
        typer.echo(json.dumps(done.to_json(), ensure_ascii=False))
    else:
        for row in done.changed:
            typer.echo(line(session, row))
        for why in done.refused:
            typer.echo(session.say(why["zh"], why["en"]), err=True)
    raise typer.Exit(done.exit_status)
