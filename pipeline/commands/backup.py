"""`mingcha backup` and `mingcha restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.office.backup import backup, restore


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="backup", help="备份到一个文件 · copy everything into one file")(
        backup_command
    )
    app.command(name="restore", help="从备份恢复到空目录 · bring a backup back")(restore_command)


def backup_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="备份文件 · the backup", dir_okay=False)],
) -> None:
    """Writes a backup while people go on working."""
    session: Session = ctx.obj
    with telling(session):
        count = backup(session.folder, file.resolve())
    typer.echo(session.say(f"已备份 {count} 个文件：{file}", f"Backed up {count} files: {file}"))


def restore_command(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="备份文件 · the backup", dir_okay=False, exists=True)
    ],
) -> None:
    """Brings a backup back into an empty data folder, after checking every file in it."""
    session: Session = ctx.obj
    with telling(session):
        count = restore(session.folder, file)
    typer.echo(session.say(f"已恢复 {count} 个文件。", f"Restored {count} files."))
