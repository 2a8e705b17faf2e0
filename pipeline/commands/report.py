"""`mingcha report`: documents of a publication."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.opening import period_of, publication_of
from pipeline.commands.session import USAGE, Session
from pipeline.commands.telling import telling
from pipeline.commands.working import worked


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="report", help="生成通报等文件 · make documents of a publication")(report)


def _formats(session: Session, text: str) -> list[str]:
    from pipeline.render import renderers

    wanted = [f.strip() for f in text.split(",") if f.strip()]
    unknown = [f for f in wanted if f not in renderers()]
    if unknown or not wanted:
        have = ", ".join(renderers())
        said = session.say(
            f"格式“{', '.join(unknown)}”暂不支持；可用：{have}。",
            f"Format {', '.join(unknown)!r} is not available; choose from: {have}.",
        )
        typer.echo(said, err=True)
        raise typer.Exit(USAGE)
    return wanted


def report(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    out: Annotated[Path, typer.Option("-o", "--out", help="目录 · folder")],
    revision: Annotated[int | None, typer.Option("--revision")] = None,
    format: Annotated[str, typer.Option("--format", help="docx,xlsx")] = "docx,xlsx",
    document: Annotated[list[str] | None, typer.Option("--document", help="circular")] = None,
) -> None:
    """Write the documents and print their paths."""
    from pipeline.reports import documents

    session: Session = ctx.obj
    formats = _formats(session, format)
    wanted = document or list(documents())
    if unknown := [d for d in wanted if d not in documents()]:
        have = ", ".join(documents())
        typer.echo(
            session.say(
                f"没有文件“{unknown[0]}”；可用：{have}。",
                f"No document {unknown[0]!r}; there are: {have}.",
            ),
            err=True,
        )
        raise typer.Exit(USAGE)
    with telling(session):
        publication = publication_of(session, period_of(period), revision)
    request = {
        "period": publication.period,
        "revision": publication.revision,
        "documents": wanted,
        "formats": formats,
        "out": str(Path.cwd() / out),
    }
    for made in worked(session, "report", request).result["paths"]:
        typer.echo(str(out / Path(made).name))
