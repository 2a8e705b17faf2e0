"""`mingcha watch`: the inbox."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.discretion import discreet
from pipeline.commands.session import DONE, PARTLY, Session
from pipeline.commands.telling import telling
from pipeline.faults import Fault
from pipeline.folders import DataFolder

if TYPE_CHECKING:
    from pipeline.inbox.watching import Watch
    from pipeline.worker.tasks import Answer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="watch", help="守候收件箱，收齐即录入 · take in what is put into the inbox")(
        watch
    )


def watch(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="默认数据目录下 inbox · default: inbox")
    ] = None,
    stable: Annotated[
        float,
        typer.Option("--stable", min=0.1, help="大小与时间不变多少秒算写完 · seconds unchanged"),
    ] = 5.0,
    once: Annotated[
        bool, typer.Option("--once", help="收一次即退出，供定时任务用 · one round, for cron")
    ] = False,
) -> None:
    """Exit 0 stopped, or all taken; 1 (--once) some returned; 2 no such folder; 3 another watch."""
    session: Session = ctx.obj
    stop = threading.Event()
    with telling(session):
        watching = _watch(session, _inbox(session.folder, folder), stable, stop)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        # A file's lease, asked for to see whether it is being written, ends with this signal.
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        if once:
            watching.once()
        else:
            root = watching.inbox.root
            _say(session, f"守候 {root}（按 Ctrl+C 停止）", f"Watching {root} (Ctrl+C stops it)")
            watching.keep()
    raise typer.Exit(PARTLY if once and watching.returned_any else DONE)


def _inbox(data: DataFolder, named: Path | None) -> Path:
    if named is None:
        data.inbox.mkdir(parents=True, exist_ok=True)
        return data.inbox
    inbox = named.resolve()
    if not inbox.is_dir():
        raise Fault(f"没有这个目录：{named}", f"No such folder: {named}", 2)
    own = (data.archive, data.returned, data.publications, data.spool)
    if data.root.is_relative_to(inbox) or any(inbox.is_relative_to(place) for place in own):
        raise Fault(
            f"{named} 里有系统自己的数据，不能作收件箱；请另建一个目录。",
            f"{named} holds Mingcha's own data and cannot be an inbox; make a folder for it.",
            2,
        )
    return inbox


def _watch(session: Session, inbox: Path, stable: float, stop: threading.Event) -> Watch:
    from pipeline.inbox.looking import Inbox
    from pipeline.inbox.watching import Watch

    def tell(zh: str, en: str) -> None:
        # a name of a file may name a person, and these lines are kept as a log
        zh, en = discreet(session.folder)([zh, en])
        _say(session, f"{_now()} {zh}", f"{_now()} {en}")

    ask = _Asking(session, stop)
    return Watch(session.folder, Inbox(inbox, stable), ask.ingest, tell, stop, session.lang)


class _Asking:
    """Has files ingested; when told to stop it asks once for the work to be given up."""

    def __init__(self, session: Session, stop: threading.Event) -> None:
        self.session = session
        self.stop = stop
        self.given_up = False

    def ingest(self, paths: list[Path]) -> Answer:
        """The answer of the ingest; Fault or KeyboardInterrupt if there is none."""
        from pipeline.worker.asking import carry_out
        from pipeline.worker.tasks import Order

        request: dict[str, Any] = {"paths": [str(p) for p in paths], "strict": False}
        order = Order("ingest", request, lang=self.session.lang)
        try:
            return carry_out(self.session.folder, order, self._moved)
        except KeyboardInterrupt as interrupt:
            raise Fault("已停止。", "Stopped.", 130) from interrupt

    def _moved(self, step: str, done: int, total: int) -> None:
        if self.stop.is_set() and not self.given_up and step != "return":
            self.given_up = True
            raise KeyboardInterrupt


def _now() -> str:
    return time.strftime("%H:%M:%S")


def _say(session: Session, zh: str, en: str) -> None:
    # A file name may hold what the terminal cannot show; output to a file is seen at once.
    said = session.say(zh, en).encode("utf-8", "replace").decode()
    typer.echo(said)
