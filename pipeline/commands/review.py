"""`mingcha review`: what somebody should look at, and what office and union decide about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from audits.reviews import EFFECTS, EVENTS, KINDS, STATES
from pipeline.commands.acting import As, Json
from pipeline.commands.session import PARTLY, USAGE, Session
from pipeline.commands.telling import telling
from pipeline.faults import Fault


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="复核：疑似未到场、违规话术、题目不一致，省行与工会共同认定 · the review queue",
    )
    group.command(name="list", help="复核事项与状态 · cases and their state")(list_command)
    group.command(name="decide", help="一方的意见，双方一致才生效 · one side's word")(decide)
    group.command(name="text", help="检查一份话术或评语 · check a script for breaches")(text)
    app.add_typer(group, name="review")


def list_command(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option("--kind", help="fabrication | conduct | item")] = None,
    state: Annotated[str | None, typer.Option("--state", help=" | ".join(STATES))] = None,
    past: Annotated[
        bool, typer.Option("--past", help="含已不成立的 · also what no longer stands")
    ] = False,
    as_json: Json = False,
) -> None:
    """Exit 0; 2 no such kind or state. Nothing is changed or created."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.reviews import listed

        _known(kind, KINDS)
        _known(state, STATES)
        found = listed(session.folder, kind, state, past)
    _tell(session, [r.to_json() for r in found], as_json)


def decide(
    ctx: typer.Context,
    cases: Annotated[list[str], typer.Argument(metavar="CASE…", help="编号 · ids")],
    who: As,
    verdict: Annotated[str, typer.Option("--verdict", help="uphold 认定 | dismiss 排除")],
    reason: Annotated[str, typer.Option("--reason", help="理由 · why")],
    as_json: Json = False,
) -> None:
    """Exit 0 recorded, 1 it may not be said, 2 no such case or verdict, 3 busy, 4 environment."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.reviews import decide as run

        _known(verdict, EVENTS)
        found = run(session.folder, cases, verdict, reason, who)
    _tell(session, [r.to_json() for r in found], as_json)
    if not as_json:
        if any(r.reopening for r in found):
            said = (
                "已请另一方重新考虑；双方一致前，原结论仍然有效。",
                "The other side is asked to look again; what was agreed holds meanwhile.",
            )
        elif all(r.state in ("upheld", "dismissed") for r in found):
            said = (
                "双方已一致，下一次发布（mingcha publish）起生效。",
                ("Both agree: it takes effect with the next publication (mingcha publish)."),
            )
        else:
            said = (
                "双方一致后，下一次发布（mingcha publish）起生效。",
                ("Once both agree it takes effect with the next publication (mingcha publish)."),
            )
        typer.echo(session.say(*said))


def text(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="文本文件 · a text file")],
    as_json: Json = False,
) -> None:
    """Exit 0 nothing found, 1 something to look at, 2 no such file or no text."""
    session: Session = ctx.obj
    with telling(session):
        from audits.conduct import matches, phrases

        lines = _read(file).splitlines()
    found: list[dict[str, Any]] = [
        {"line": n, "phrase": m.phrase.id, "words": m.words, "level": m.phrase.level,
         "item": m.phrase.item, "zh": m.phrase.zh, "en": m.phrase.en,
         "rule": phrases().rules[m.phrase.rule].model_dump()}
        for n, line in enumerate(lines, start=1)
        for m in matches(line)
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    for one in [] if as_json else found:
        rule = one["rule"][session.lang]
        why = session.say(f"{one['zh']}（{rule}）", f"{one['en']} ({rule})")
        typer.echo(f"{one['line']}: “{one['words']}” {why}")
    if found:
        raise typer.Exit(PARTLY)


def _read(file: Path) -> str:
    """The text of a file in UTF-8 or GB18030. Fault: none there, or it is no text."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Fault(
            f"读不了文件 {file}，请核对路径。", f"Cannot read {file}; check the path.", USAGE
        ) from error
    for code in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(code)
        except UnicodeDecodeError:
            continue
    raise Fault(
        f"{file} 不是文本文件，请另存为纯文本（.txt）再检查。",
        f"{file} is no text. Save it as plain text (.txt) and check again.",
        USAGE,
    )


def _known(value: str | None, words: dict[str, tuple[str, str]]) -> None:
    if value is not None and value not in words:
        raise Fault(
            f"没有“{value}”，只有：{'、'.join(f'{k} {zh}' for k, (zh, _) in words.items())}。",
            f"There is no {value!r}, only: {', '.join(words)}.",
            USAGE,
        )


def _tell(session: Session, found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for case in found:
        typer.echo(_head(session, case))
        for reason in case["reasons"]:
            typer.echo(f"    {reason[session.lang]}")
        for side, said in case["decisions"].items():
            name = session.say({"office": "省行", "union": "工会"}[side], side)
            (zh, en), who = EVENTS[said["verdict"]], f"{said['day']} {said['actor']}"
            how = session.say(f"{zh}，{said['reason']}", f"{en}, {said['reason']}")
            typer.echo(f"    {name} {who}" + session.say("：", ": ") + how)
    if not found:
        typer.echo(session.say("没有复核事项。", "There is nothing to review."))


def _head(session: Session, case: dict[str, Any]) -> str:
    where = " ".join(str(case[c]) for c in ("branch_code", "visit_date", "item_id") if case[c])
    if case["kind"] == "fabrication":
        where = where.removesuffix(f" {case['item_id']}")
    kind, state = session.say(*KINDS[case["kind"]]), session.say(*STATES[case["state"]])
    effect = session.say(*EFFECTS[case["kind"]])
    proposed = session.say(f"认定则{effect}", f"if upheld: {effect}")
    if case["reopening"]:
        side = {"office": ("省行", "the office"), "union": ("工会", "the union")}[case["reopening"]]
        state += session.say(f"，{side[0]}要求重议", f", {side[1]} asks to look again")
    return f"{case['id']}  {kind}  {where}  [{state}]  {proposed}"
