"""How commands have their work done: by the worker if there is one; a bar on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from pipeline.commands.session import Session
from pipeline.commands.telling import telling

if TYPE_CHECKING:
    from pipeline.worker.tasks import Answer, Moved

_STEPS = {
    "queue": ("排队", "waiting"),
    "start": ("开始", "starting"),
    "read": ("读取", "reading"),
    "parse": ("识别", "recognising"),
    "validate": ("校验", "checking"),
    "commit": ("入库", "storing"),
    "return": ("批注退回", "annotating"),
    "publish": ("发布", "publishing"),
    "rehearse": ("试算", "rehearsing"),
    "report": ("生成文件", "making documents"),
    "rebuild": ("重建", "rebuilding"),
    "mail": ("发送邮件", "sending mail"),
}


def worked(session: Session, task: str, request: dict[str, Any]) -> Answer:
    """The answer; leaves with the sentence and exit status of a fault. Paths must be absolute."""
    from pipeline.worker.asking import carry_out
    from pipeline.worker.tasks import Order

    order = Order(task, request, lang=session.lang)
    with telling(session), bar(session, sys.stderr.isatty()) as moved:
        return carry_out(session.folder, order, moved, lambda: _asked(session))


def _asked(session: Session) -> None:
    typer.echo(
        session.say(
            "已请求取消；若数据已开始入库，将做完为止。再按一次 Ctrl+C 不再等待。",
            "Asked to cancel; if storing has begun it is finished. Ctrl+C again stops waiting.",
        ),
        err=True,
    )


@contextmanager
def bar(session: Session, shown: bool) -> Iterator[Moved | None]:
    """A progress bar on standard error, on a terminal only."""
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task("", total=None)

        def moved(step: str, done: int, total: int) -> None:
            zh, en = _STEPS.get(step, (step, step))
            drawn.update(task, description=session.say(zh, en), completed=done, total=total or None)

        yield moved
