"""`mingcha report`: documents of a publication."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.opening import period_of, publication_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.commands.working import worked

SHOWN = 20  # paths printed for a person; --json has all


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="report", help="生成通报等文件 · make documents of a publication")(report)


def report(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    out: Annotated[Path, typer.Option("-o", "--out", help="目录 · folder")],
    revision: Annotated[int | None, typer.Option("--revision", help="默认最新 · newest")] = None,
    format: Annotated[str, typer.Option("--format", help="docx,pdf,xlsx（默认全部 · all）")] = "",
    document: Annotated[
        list[str] | None, typer.Option("--document", help="文件种类，可多次 · may be repeated")
    ] = None,
    branch: Annotated[
        list[str] | None, typer.Option("--branch", help="机构代码，可多次 · code, repeatable")
    ] = None,
    all_branches: Annotated[
        bool, typer.Option("--all-branches", help="每个机构一份 · one for each branch and city")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · one JSON document")] = False,
) -> None:
    """Write the documents and print their paths. All files of a command are released, or none.

    Exit status: 0 made, 1 not published or a file is not what the publication says, 2 no such
    document, format or branch, 4 the folder cannot be written.
    """
    from pipeline.making import choice, wanted

    session: Session = ctx.obj
    with telling(session):
        publication = publication_of(session, period_of(period), revision)
        asked = choice(document, format, branch, all_branches)
        wanted(publication, **asked)
    request: dict[str, Any] = {
        "period": publication.period,
        "revision": publication.revision,
        "out": str(Path.cwd() / out),
        **asked,
    }
    told = worked(session, "report", request).result
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    _tell(session, told, out)


def _tell(session: Session, told: dict[str, Any], out: Path) -> None:
    files = told["files"]
    for made in files[:SHOWN]:
        typer.echo(str(out / Path(made["path"]).relative_to(told["out"])))
    if len(files) > SHOWN:
        typer.echo(
            session.say(
                f"… 共 {len(files)} 个文件，在 {out}",
                f"… {len(files)} files in all, in {out}",
            )
        )
    if told["redone"]:
        typer.echo(
            session.say(
                "生成文件的子进程中断过一次，受影响的文件已重做，结果完整。",
                "A process that makes documents broke off once; its files were made anew, and "
                "everything is there.",
            ),
            err=True,
        )
