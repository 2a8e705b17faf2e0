"""`mingcha remind`: mails every branch that has not reported."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pipeline.commands.delivering import how, tell_mailing
from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.commands.working import bar


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="remind", help="催报：给未报、待更正的网点发邮件 · remind by mail")(remind)


def remind(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只列出谁会收到 · only list who gets it")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="重发不知是否送达的 · resend what is unknown")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """At most once a day for each branch.

    Exit 0 all told, or nobody owes anything; 1 somebody was not reached, or no register; 2 no such
    period or wrong settings; 3 busy; 4 the server refuses us, or the stores.
    """
    session: Session = ctx.obj
    with telling(session), bar(session, sys.stderr.isatty()) as moved:
        from pipeline.delivery.mail import remind as reminded

        mailing = reminded(session.folder, period, how(session, moved, dry_run, again))
    tell_mailing(session, mailing, as_json)
    raise typer.Exit(mailing.exit_status)
