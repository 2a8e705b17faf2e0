"""`mingcha demo`: a sample province, ingested, published and served on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.session import DONE, ENVIRONMENT, PARTLY, Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="demo", help="演示：样例省份，录入、发布、看板 · sample province, served")(
        demo
    )


def demo(
    ctx: typer.Context,
    branches: Annotated[int, typer.Option("--branches", min=8)] = 120,
    port: Annotated[int, typer.Option("--port")] = 8501,
    no_serve: Annotated[bool, typer.Option("--no-serve")] = False,
) -> None:
    """Make, ingest and publish the sample province, then serve it on loopback."""
    session: Session = ctx.obj
    root = session.folder.root
    mark = session.folder.demo
    if root.is_dir() and any(root.iterdir()) and not mark.is_file():
        typer.echo(
            session.say(
                f"{root} 里已有数据，演示不会混入其中；请用 --data 指定一个空目录。",
                f"{root} already holds data and the demo will not mix with it; "
                "name an empty folder with --data.",
            ),
            err=True,
        )
        raise typer.Exit(ENVIRONMENT)
    if not mark.is_file():
        _fill(session, branches)
    if not no_serve:
        # In the place of this process: whoever ends the demo ends the server.
        sys.stdout.flush()
        words = _told(session, "serve", "--port", str(port), "--demo")
        os.execv(words[0], words)


def _fill(session: Session, branches: int) -> None:
    """The steps a clerk would do, with the same commands."""
    root = session.folder.root
    sheets = root.parent / f"{root.name}-sheets"
    root.mkdir(parents=True, exist_ok=True)
    # Written first: an interrupted demo may be filled again.
    session.folder.demo.write_text(json.dumps({"branches": branches, "complete": False}), "utf-8")
    _say(session, "1/3 生成样例省份", "1/3 making the sample province", sheets)
    _step(session, "sample", str(sheets), "--branches", str(branches))
    _say(session, "2/3 录入与校验", "2/3 ingesting and checking", sheets)
    # Some sheets of the sample are wrong on purpose: "some refused" is what should happen.
    _step(session, "ingest", str(sheets), allowed=(DONE, PARTLY))
    typer.echo(
        session.say(
            "说明：样例报表都在今天录入，早过了各月的报送期限，所以演示中的报送及时率是 0，"
            "各网点都标为迟报；一次通过率不受影响。",
            "Mind: the sample's sheets are all taken in today, long after they were due, so in the "
            "demo reporting on time is 0 and every branch is told as late; first pass is not "
            "touched by that.",
        )
    )
    _say(session, "3/3 发布 2026年9月、2026年第三季度", "3/3 publishing", root)
    # nobody checks a sample: what is skipped is on record, as it would be in earnest
    waived = ("--early", "演示数据 demo data", "--as", "demo/head")
    _step(session, "publish", "--period", "2026-09", "--stage", "formal", *waived)
    # something for everybody to do: a check period, actions to answer, a round to countersign
    _step(session, "publish", "--period", "2026Q3", "--stage", "preview")
    office = ("--as", "demo/office")
    _quietly(session, "action", "open", "--period", "2026-09", *office)
    _quietly(session, "round", "draft", "2026Q4", "--edition", "covert-1", *office)
    _quietly(session, "round", "show", "2026Q4", *office)
    session.folder.demo.write_text(json.dumps({"branches": branches, "complete": True}), "utf-8")


def _say(session: Session, zh: str, en: str, path: Path) -> None:
    typer.echo(f"{session.say(zh, en)}  ({path})")


def _quietly(session: Session, *words: str) -> None:
    _step(session, *words, output=subprocess.DEVNULL)


def _step(
    session: Session,
    *words: str,
    allowed: tuple[int, ...] = (DONE,),
    output: int | None = None,
) -> None:
    """One command of our own, in a process of its own, as a user would give it."""
    code = subprocess.run(_told(session, *words), check=False, stdout=output).returncode
    if code not in allowed:
        raise typer.Exit(code)


def _told(session: Session, *words: str) -> list[str]:
    base = [sys.executable, "-m", "pipeline", "--data", str(session.folder.root)]
    return [*base, "--lang", session.lang, *words]
