"""`mingcha status`: who has reported, who has not, what is open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling

if TYPE_CHECKING:
    from pipeline.completeness import Completeness

_STATUS = {
    "not_reported": ("未报", "not reported"),
    "pending_correction": ("待更正", "to be corrected"),
    "late": ("迟报", "late"),
    "reported": ("按时报送", "reported on time"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="status", help="报送情况 · who has reported and who has not")(status_command)


def status_command(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09, 2026Q3, 2026")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 whatever was reported; 1 no register, 2 no such period, 3 busy, 4 environment."""
    from pipeline.completeness import completeness

    session: Session = ctx.obj
    with telling(session):
        found = completeness(session.folder, period)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _tell(session, found)


def _tell(session: Session, found: Completeness) -> None:
    for month, due in found.due.items():
        typer.echo(session.say(f"{month} 报送期限 {due}", f"{month} was due on {due}"))
    counts = found.counts()
    typer.echo(" · ".join(f"{session.say(*words)} {counts[s]}" for s, words in _STATUS.items()))
    for row in found.branches.iter_rows(named=True):
        if row["status"] != "reported":
            said = session.say(*_STATUS[row["status"]])
            day = row["reminded"]
            mailed = session.say(f"  {day} 已催", f"  reminded {day}") if day else ""
            typer.echo(
                f"  {row['month']}  {row['branch_code']}  {row['branch_name']}  {said}{mailed}"
            )
    for upload in found.refused:
        name, marked = upload["name"], upload["returned"]
        place = session.path(marked) if marked else ""
        typer.echo(
            session.say(
                f"退回：{name}" + (f"（{place}）" if place else ""),
                f"refused: {name}" + (f" ({place})" if place else ""),
            )
        )
