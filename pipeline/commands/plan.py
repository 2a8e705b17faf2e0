"""`mingcha plan`: the visit plan of a round, and a workbook for each shopper."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling

if TYPE_CHECKING:
    from pipeline.plan import PlanReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="plan", help="编制暗访计划 · make the visit plan of a round")(plan_command)


def plan_command(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026Q4 | 2026-10")],
    shoppers: Annotated[Path, typer.Option("--shoppers", help="暗访员名册 · list of shoppers")],
    visits: Annotated[int, typer.Option("--visits", help="总次数 · visits in all")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子 · seed")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="目录：计划与每人一册 · folder")
    ] = None,
    edition: Annotated[str, typer.Option("--edition", help="评分标准版本 · edition")] = "",
    minimum: Annotated[int, typer.Option("--minimum", help="每网点最低次数 · per branch")] = 1,
    paired: Annotated[float, typer.Option("--paired", help="双人暗访比例 · paired share")] = 0.10,
    actor: Annotated[str, typer.Option("--actor", help="谁编制 · who says so")] = "office",
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 planned as asked, 1 something could not be met or the list was refused, 2 usage."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline.plan import Asked, plan

        asked = Asked(period, shoppers, visits, seed, edition, minimum, paired)
        report = plan(session.folder, asked, out, actor)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _tell(session, report, out)
    raise typer.Exit(report.exit_status)


def _tell(session: Session, report: PlanReport, out: Path | None) -> None:
    from pipeline.plan import pairs_of

    made, pairs = len(report.plan.visits), pairs_of(report.plan)
    branches = len({v.site for v in report.plan.visits})
    again = (
        ("（与台账中的完全相同）", " (the very same as on record)") if report.again else ("", "")
    )
    typer.echo(
        session.say(
            f"{report.period} 暗访计划（{report.edition}，种子 {report.seed}）：{branches} 个网点 "
            f"{made} 次，其中双人 {pairs} 对，{report.shoppers} 名暗访员；台账第 {report.number} 号"
            f"{again[0]}。",
            f"Visit plan {report.period} ({report.edition}, seed {report.seed}): {made} visits of "
            f"{branches} branches, {pairs} in pairs, {report.shoppers} shoppers; ledger record "
            f"no. {report.number}{again[1]}.",
        )
    )
    for concern in report.concerns:
        typer.echo(f"  ! {session.say(concern.zh, concern.en)}")
    if out is None:
        typer.echo(
            session.say(
                "加 -o 目录 可写出计划表和每名暗访员一册的评分表。",
                "With -o FOLDER the plan's sheet and a workbook for each shopper are written.",
            )
        )
        return
    typer.echo(
        session.say(
            f"{out}：计划表 1 份（核对后 mingcha ingest），评分表 {len(report.paths) - 1} 册，"
            "首页写着给谁。",
            f"{out}: the plan's sheet (check it, then mingcha ingest) and {len(report.paths) - 1} "
            "workbooks; the first page of each says whose it is.",
        )
    )
