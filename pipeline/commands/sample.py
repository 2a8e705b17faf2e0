"""`mingcha sample`: writes the workbooks of the synthetic province, and its truth."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.session import USAGE, Session


def _summary(target: Path, truth: dict[str, Any], seconds: float) -> dict[str, Any]:
    messy = truth["messy"]
    return {
        "path": str(target),
        "seed": truth["seed"],
        "branches": len(truth["branches"]),
        "months": truth["months"],
        "rounds": truth["rounds"],
        "workbooks": truth["workbooks"],
        "messy": len(messy),
        "to_be_refused": sum(m["expect"] != "read" for m in messy),
        "seconds": round(seconds, 2),
    }


def _is_free(target: Path) -> bool:
    """Whether nothing foreign lies there: an older sample would mix with the new one."""
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


def sample(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="DIR", help="输出目录（须为空）· empty folder")],
    branches: Annotated[int, typer.Option(help="网点数 · branches")] = 120,
    months: Annotated[int, typer.Option(help="月数 · months")] = 18,
    rounds: Annotated[int, typer.Option(help="轮次数 · rounds of visits")] = 6,
    seed: Annotated[int, typer.Option(help="随机种子 · seed")] = 1,
    last_month: Annotated[str, typer.Option(help="最后一个月 · last month")] = "2026-09",
    national: Annotated[
        bool,
        typer.Option("--national", help="两个省，各在一个子目录 · two provinces, a folder each"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")] = False,
) -> None:
    """生成虚构省份的样例报表及其真相 · write the synthetic province and its truth."""
    from pipeline.sample.build import write_sample
    from pipeline.sample.options import Options

    session: Session = ctx.obj
    provinces = {"province-1": 0, "province-2": 1} if national else {".": 0}
    try:
        wanted = {
            target / folder: Options(branches, months, rounds, seed, last_month, which)
            for folder, which in provinces.items()
        }
    except ValueError as error:
        typer.echo(session.say(f"参数有误：{error}", f"Wrong option: {error}"), err=True)
        raise typer.Exit(USAGE) from None
    if not _is_free(target):
        zh = f"目录 {target} 不是空的，请另选一个空目录。"
        en = f"The folder {target} is not empty; name an empty one."
        typer.echo(session.say(zh, en), err=True)
        raise typer.Exit(USAGE)
    summaries = []
    for folder, options in wanted.items():
        started = time.perf_counter()
        truth = write_sample(folder, options, _progress(session))
        summaries.append(_summary(folder, truth, time.perf_counter() - started))
    _tell(session, summaries, national, as_json)


def _tell(session: Session, summaries: list[dict[str, Any]], national: bool, as_json: bool) -> None:
    """One line for each province, or one JSON document."""
    if as_json:
        told: Any = {"provinces": summaries} if national else summaries[0]
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    zh = "已写入 {workbooks} 个工作簿（其中 {messy} 个不规范，{to_be_refused} 个应被退回）：{path}"
    en = "{workbooks} workbooks ({messy} messy, {to_be_refused} to be refused) in {path}"
    for summary in summaries:
        typer.echo(session.say(zh, en).format(**summary))


def _progress(session: Session) -> Any:
    """Tells the step on a terminal, nowhere else."""
    names = {
        "performance": session.say("写业绩报表…", "writing performance sheets …"),
        "scorecards": session.say("写评分表…", "writing scorecards …"),
        "truth": session.say("写真相…", "writing the truth …"),
    }
    shown = sys.stderr.isatty()
    return lambda step: typer.echo(names[step], err=True) if shown else None


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("sample")(sample)
