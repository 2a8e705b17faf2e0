"""Faults become one sentence on standard error and an exit status; never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipeline.commands.session import Session
from pipeline.faults import Fault


@contextmanager
def telling(session: Session) -> Iterator[None]:
    """Says a fault in the user's language and leaves with its exit status."""
    try:
        yield
    except Fault as fault:
        typer.echo(session.say(fault.zh, fault.en), err=True)
        raise typer.Exit(fault.status) from fault
