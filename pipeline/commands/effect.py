"""`mingcha effect`: the effect of a staggered introduction in any table, with its verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipeline.commands.session import USAGE, Session
from pipeline.commands.telling import telling
from pipeline.faults import Fault


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="effect", help="任意表格的导入成效 · effect of an introduction, any table")(
        effect
    )


def effect(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV、Excel 或 Parquet；每单位每期一行")],
    unit: Annotated[str, typer.Option("--unit", help="单位列 · column of the unit")],
    time: Annotated[str, typer.Option("--time", help="时间列 · column of the time")],
    outcome: Annotated[str, typer.Option("--outcome", help="结果列 · column of the outcome")],
    introduced: Annotated[
        str, typer.Option("--introduced", help="导入时间列，空或0为从未 · blank or 0: never")
    ],
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="决定导入的机构列 · who decided; default: unit")
    ] = None,
    better: Annotated[str, typer.Option("--better", help="up | down")] = "up",
    seed: Annotated[int, typer.Option("--seed", help="随机种子 · seed of the bootstrap")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · one JSON document")] = False,
) -> None:
    """Say whether the introduction did good, and what was estimated."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.outside import read_outside
        from pipeline.outside_effect import Columns, result, study

        table = read_outside(file)
        found = study(table, Columns(unit, time, outcome, introduced, cluster))
        told = {"file": file.name, "outcome": outcome, "cluster": cluster or unit}
        told |= result(found, _way(better), seed)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(_lines(session, told)))


def _way(text: str) -> Literal["up", "down"]:
    if text == "up":
        return "up"
    if text == "down":
        return "down"
    raise Fault(
        f"--better 只能是 up（越高越好）或 down（越低越好），不能是“{text}”。",
        f"--better is up (higher is better) or down (lower is better), not {text!r}.",
        USAGE,
    )


def _lines(session: Session, told: dict[str, Any]) -> list[str]:
    """Verdict and reason, then the course by periods since the introduction."""
    lang, say = session.lang, session.say
    lines = [
        f"{told['name'][lang]}",
        told["reason"][lang],
        say(
            f"{told['units']} 个单位、{told['clusters']} 个机构、{len(told['periods'])} 期；"
            f"其中 {told['without_base']} 个单位在导入前没有数据，不参加比较。",
            f"{told['units']} units, {told['clusters']} clusters, {len(told['periods'])} periods; "
            f"{told['without_base']} units have no period before and do not enter.",
        ),
    ]
    if told["p_pre"] is not None:
        p = f"p = {told['p_pre']:.3f}"
        lines.append(say(f"导入前走势检验：{p}", f"Test of the courses before: {p}"))
    lines.append(
        say("导入后第几期（以导入前一期为0，尚未导入者为对照）：",
            "Periods since the introduction (the period before is 0; controls not yet introduced):")
    )  # fmt: skip
    course = [e for e in told["results"] if (e["controls"], e["kind"]) == ("not_yet", "event")]
    return lines + [f"  {e['event']:+3d}  {_figure(e)}" for e in course]


def _figure(e: dict[str, Any]) -> str:
    if e["low"] is None:
        return f"{e['estimate']:+.5g}"
    return f"{e['estimate']:+.5g}  [{e['low']:+.5g}, {e['high']:+.5g}]  n = {e['n']}"
