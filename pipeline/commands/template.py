"""`mingcha template`: an Excel template for a sheet kind."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.sheets import kinds
from pipeline.sheets.declaration import Filler


class _Filler(StrEnum):
    office = "office"
    branch = "branch"


_SIDES: dict[_Filler, Filler] = {_Filler.office: "office", _Filler.branch: "branch"}


def _fail(message: str, code: int) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(code)


def template(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="报表种类 / kind of sheet")],
    output: Annotated[Path, typer.Option("-o", "--output", help="输出文件 / file to write")],
    filler: Annotated[
        _Filler | None, typer.Option(help="只列系统取数或网点填报的列 / columns of one side only")
    ] = None,
    edition: Annotated[
        str, typer.Option(help="评分标准版本 / edition of a scorecard")
    ] = "covert-1",
) -> None:
    """生成填报模板 / write an Excel template with drop-downs, input checks and notes."""
    from pipeline.editions.keeping import editions_of
    from pipeline.template import write_template

    declared = kinds().get(kind)
    if declared is None:
        raise _fail(f"没有这种报表 / no such kind: {kind}（{', '.join(kinds())}）", 2)
    found = None
    if declared.layout != "list":
        session: Session = ctx.obj
        with telling(session):
            editions = editions_of(session.folder)
        found = editions.get(edition)
        if found is None:
            raise _fail(f"没有这个版本 / no such edition: {edition}（{', '.join(editions)}）", 2)
    side: Filler | None = None if filler is None else _SIDES[filler]
    try:
        write_template(declared, output, side, found)
    except OSError as error:
        raise _fail(f"无法写入 / cannot write {output}: {error.strerror or error}", 4) from None
    typer.echo(f"{declared.zh} → {output}")


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("template")(template)
