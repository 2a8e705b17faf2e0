"""`mingcha report`: documents of a publication."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands import delivering
from pipeline.commands.opening import period_of, publication_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.reports.words import over_formal

SHOWN = 20  # paths printed for a person; --json has all


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="report", help="生成通报等文件 · make documents of a publication")(report)


def report(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="目录 · folder")] = None,
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
    mail: Annotated[bool, typer.Option("--mail", help="发邮件 · send by mail")] = False,
    package: Annotated[
        bool, typer.Option("--package", help="按二级分行打包 · a zip for each city")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只列出谁会收到什么 · only list who gets what")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="重发不知是否送达的 · resend what is unknown")
    ] = False,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="压缩包口令文件（600）· of the zips")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · one JSON document")] = False,
) -> None:
    """Write the documents and print their paths. All files of a command are released, or none.

    Long because it is the list of its options.

    Exit status: 0 made, 1 not published or a file is not what the publication says, 2 no such
    document, format or branch, 4 the folder cannot be written. With --mail: 1 somebody was not
    reached, 2 wrong mail settings, 3 another mailing, 4 the server refuses us.
    """
    from pipeline.making import choice, wanted

    session: Session = ctx.obj
    delivery = delivering.Asked(mail, package, dry_run, again, password_file)
    delivery.check(session, out)
    with telling(session):
        publication = publication_of(session, period_of(period), revision)
        # What is delivered is delivered to everybody unless somebody is named.
        everybody = all_branches or (delivery.any and not branch)
        formats = delivering.format_for(format) if delivery.any else format
        asked = choice(document, formats, branch, everybody)
        wanted(publication, **asked)
    for said in over_formal(publication.manifest, session.lang):
        typer.echo(said, err=True)  # the paths of the files are what is printed
    if delivery.any:
        delivering.deliver(session, publication, asked, delivery, out, as_json)
        return
    assert out is not None
    told = delivering.made(session, publication, asked, Path.cwd() / out)
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
