"""`mingcha edition`: scorecard editions, listed, checked, to and from Excel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.china_time import china_time
from pipeline.commands.session import PARTLY, Session
from pipeline.commands.telling import telling
from pipeline.faults import unwritable

if TYPE_CHECKING:
    from pipeline.editions.keeping import Report

_Json = Annotated[bool, typer.Option("--json", help="JSON")]
_File = Annotated[Path, typer.Argument(metavar="FILE", help="评分标准工作簿 · its workbook")]
_STATUS = {
    "sound": ("可以录入", "sound"),
    "imported": ("已录入", "imported"),
    "replaced": ("已录入，取代先前未启用的同编号版本", "imported; it replaces the unused one"),
    "unchanged": ("与现有版本相同，无需录入", "the same as before"),
    "refused": ("未录入", "refused"),
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="评分标准版本 · scorecard editions", no_args_is_help=True)
    group.command(name="list", help="有哪些版本 · which there are")(list_command)
    group.command(name="check", help="检查工作簿，不录入 · check a workbook")(check)
    group.command(name="export", help="导出为 Excel · to Excel, for editing")(export)
    group.command(name="import", help="由 Excel 录入 · from Excel")(import_command)
    app.add_typer(group, name="edition")


def list_command(ctx: typer.Context, as_json: _Json = False) -> None:
    """Exit 0; nothing is changed or created."""
    from pipeline.editions.keeping import listed

    session: Session = ctx.obj
    with telling(session):
        found = listed(session.folder)
    if as_json:
        typer.echo(json.dumps({"editions": found}, ensure_ascii=False))
        return
    for one in found:
        typer.echo(_line(session, one))


def _line(session: Session, one: dict[str, Any]) -> str:
    source = session.say("随程序提供", "shipped")
    if one["source"] == "imported":
        by, at = one["imported_by"], one["imported_at"]
        source = session.say(
            f"{by} 于 {china_time(at)} 录入", f"imported by {by} at {china_time(at)}"
        )
    used = session.say("已启用，不可改", "in use") if one["used"] else session.say("未用", "unused")
    after = (
        session.say(f"，接 {one['former']}", f", after {one['former']}") if one["former"] else ""
    )
    name = session.say(one["zh"], one["en"])
    items = session.say(f"{one['items']} 项", f"{one['items']} items")
    about = session.say("；", "; ").join((f"{one['valid_from']}{after}", items, used, source))
    return f"{one['edition']}  {name}" + session.say(f"（{about}）", f" ({about})")


def check(ctx: typer.Context, file: _File, as_json: _Json = False) -> None:
    """Exit 0 it can be imported, 1 something is wrong with it, 2 no such file."""
    from pipeline.editions.keeping import check_file

    session: Session = ctx.obj
    with telling(session):
        report = check_file(session.folder, file)
    _tell(session, report, as_json)


def import_command(
    ctx: typer.Context,
    file: _File,
    actor: Annotated[str, typer.Option("--actor", help="谁录入 · who does it")] = "office",
    as_json: _Json = False,
) -> None:
    """Exit 0 imported (also before), 1 refused, 2 no such file, 3 busy, 4 environment."""
    from pipeline.editions.keeping import import_file

    session: Session = ctx.obj
    with telling(session):
        report = import_file(session.folder, file, actor=actor)
    _tell(session, report, as_json)


def _tell(session: Session, report: Report, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        said = session.say(*_STATUS[report.status])
        typer.echo(f"{report.file}  {report.edition or ''}  {said}")
        for one in report.findings:
            place = "!".join(p for p in (one["sheet"], one["cell"]) if p)
            typer.echo(f"  {place}  {session.say(one['zh'], one['en'])}")
    if report.status == "refused":
        raise typer.Exit(PARTLY)


def export(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="EDITION", help="版本编号 · its id")],
    output: Annotated[Path, typer.Option("-o", "--output", help="输出文件 · file to write")],
    new: Annotated[
        str | None, typer.Option("--next", help="作为下一版的底稿 · as the start of the next one")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Exit 0 written, 2 no such edition, 4 cannot be written."""
    from audits.bridges import next_edition
    from pipeline.editions.keeping import edition_of
    from pipeline.editions.writing import write_edition

    session: Session = ctx.obj
    with telling(session):
        edition = edition_of(session.folder, id)
        edition = next_edition(edition, new) if new else edition
        try:
            write_edition(edition, output, session.lang)
        except OSError as error:
            raise unwritable(output, error.strerror or error) from error
    if as_json:
        told = {"edition": edition.id, "former": edition.former, "path": str(output)}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{edition.id}  {session.say(edition.zh, edition.en)} → {output}")
