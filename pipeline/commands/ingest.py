"""`mingcha ingest`: workbooks in, sentences out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling
from pipeline.ingest import FileEntry, IngestReport, Progress, ingest

_STEPS = {
    "read": ("读取", "reading"),
    "parse": ("识别", "recognising"),
    "validate": ("校验", "checking"),
    "commit": ("入库", "storing"),
    "return": ("批注退回", "annotating"),
}
_ORDER = {"error": 0, "warning": 1, "info": 2}
_SHOWN = 12  # findings of one file on the terminal
_STATUS = {
    "accepted": ("已接收", "accepted"),
    "warned": ("已接收，有提示", "accepted with warnings"),
    "partial": ("部分接收", "partly accepted"),
    "refused": ("退回", "refused"),
    "duplicate": ("重复", "duplicate"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="ingest", help="录入报表与评分表 · take in sheets and scorecards")(
        ingest_command
    )


def ingest_command(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="文件或目录 · files or folders")],
    strict: Annotated[
        bool, typer.Option("--strict", help="有任何问题即整簿退回 · any finding refuses it whole")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 all taken, 1 some refused in whole or part, 2 no such path, 3 busy, 4 environment."""
    session: Session = ctx.obj
    with telling(session), _bar(session, sys.stderr.isatty()) as progress:
        report = ingest(session.folder, paths, strict=strict, lang=session.lang, progress=progress)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _tell(session, report)
    raise typer.Exit(report.exit_status)


@contextmanager
def _bar(session: Session, shown: bool) -> Iterator[Progress | None]:
    """A progress bar on standard error, on a terminal only."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def moved(step: str, done: int, total: int) -> None:
            zh, en = _STEPS.get(step, (step, step))
            bar.update(task, description=session.say(zh, en), completed=done, total=total)

        yield moved


def _tell(session: Session, report: IngestReport) -> None:
    for entry in report.files:
        if entry.status != "accepted":
            _tell_file(session, entry)
    _tell_skipped(session, list(report.skipped))
    parts = [
        f"{session.say(*_STATUS[status])} {count}"
        for status, count in report.counts().items()
        if status in _STATUS and count
    ]
    typer.echo(" · ".join(parts) or session.say("没有文件", "no files"))


def _tell_skipped(session: Session, names: list[str]) -> None:
    """Files of a folder that are no sheets: counted, the first three named."""
    if not names:
        return
    some = ", ".join(Path(name).name for name in names[:3]) + (" …" if len(names) > 3 else "")
    zh, en = f"略过 {len(names)} 个非表格文件：{some}", f"{len(names)} files are no sheets: {some}"
    typer.echo(session.say(zh, en))


def _tell_file(session: Session, entry: FileEntry) -> None:
    typer.echo(f"{entry.file}: {session.say(*_STATUS[entry.status])}")
    # Errors first, and a page of them at most: the rest is in the annotated copy.
    first = sorted(entry.findings, key=lambda f: _ORDER[f["severity"]])
    for finding in first[:_SHOWN]:
        place = "!".join(p for p in (finding["sheet"], finding["cell"]) if p)
        typer.echo(f"  {place}  {session.say(finding['zh'], finding['en'])}")
    if len(first) > _SHOWN:
        more = len(first) - _SHOWN
        typer.echo(session.say(f"  …另有 {more} 条", f"  ... and {more} more"))
    if entry.returned:
        typer.echo(session.say(f"  批注件：{entry.returned}", f"  annotated: {entry.returned}"))
