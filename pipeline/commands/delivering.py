"""What `report --mail` and `--package`, `remind` and `month-end` share on the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline import processes
from pipeline.commands.session import PARTLY, USAGE, Session
from pipeline.commands.telling import telling
from pipeline.commands.working import bar, worked
from pipeline.publication import Publication

if TYPE_CHECKING:
    from pipeline.delivery.mail import How
    from pipeline.delivery.package import Package
    from pipeline.delivery.sending import Mailing

SHOWN = 40  # letters printed for a person; --json has all
_PREFERRED = ("pdf", "docx")
STATES = {
    "planned": ("将发送", "to be sent"),
    "sent": ("已发送", "sent"),
    "already": ("以前已发", "sent before"),
    "unknown": ("不知是否送达", "unknown"),
    "waiting": ("待发", "waiting"),
    "left_out": ("文件不符，未发", "not sent, file not as made"),
    "refused": ("被拒", "refused"),
    "skipped": ("跳过", "skipped"),
}


@dataclass(frozen=True)
class Asked:
    """The options of delivery."""

    mail: bool = False
    package: bool = False
    dry_run: bool = False
    again: bool = False
    password_file: Path | None = None

    @property
    def any(self) -> bool:
        return self.mail or self.package

    def check(self, session: Session, out: Path | None, both: bool = False) -> None:
        """Leaves with a sentence (2) where the options do not go together."""
        wrong = None
        if out is None and (self.package or not self.mail):
            wrong = ("请用 -o 写明输出目录。", "Name the folder with -o.")
        elif self.mail and self.package and not both:
            wrong = (
                "--mail 与 --package 一次只用其一。",
                "Use --mail or --package, one at a time.",
            )
        elif (self.dry_run or self.again) and not self.mail:
            wrong = (
                "--dry-run 与 --again 只用于 --mail。",
                "--dry-run and --again go with --mail.",
            )
        elif self.password_file and not self.package:
            wrong = (
                "--password-file 只用于 --package。",
                "--password-file goes with --package.",
            )
        if wrong:
            typer.echo(session.say(*wrong), err=True)
            raise typer.Exit(USAGE)


def format_for(given: str) -> str:
    """What goes out where no format is named: one that nobody can change by mistake."""
    from pipeline.render import renderers

    return given or next(f for f in _PREFERRED if f in renderers())


_ROOMS = re.compile(r"^\.delivery-(?P<pid>\d+)-(?P<born>\d+)$")


@contextmanager
def room(session: Session, out: Path | None) -> Iterator[Path]:
    """The folder named, or one that is gone afterwards.

    It lies in the data folder: a worker that runs as a service may have a /tmp of its own.
    """
    if out is not None:
        yield Path.cwd() / out
        return
    root, pid = session.folder.root, os.getpid()
    for left in root.iterdir():
        found = _ROOMS.match(left.name)
        if found and not processes.lives(int(found["pid"]), int(found["born"])):
            shutil.rmtree(left, ignore_errors=True)
    box = root / f".delivery-{pid}-{processes.born(pid) or 0}"
    try:
        yield box
    finally:
        shutil.rmtree(box, ignore_errors=True)


def made(
    session: Session, publication: Publication, choice: Mapping[str, Any], out: Path
) -> dict[str, Any]:
    """Has the documents made; the JSON of `report`."""
    request = {
        "period": publication.period,
        "revision": publication.revision,
        "out": str(out),
        **choice,
    }
    return worked(session, "report", request).result


def how(session: Session, moved: Any, dry_run: bool = False, again: bool = False) -> How:
    """How this command sends: its language, and its bar."""
    from pipeline.delivery.mail import How

    def shown(done: int, total: int) -> None:
        if moved is not None:
            moved("mail", done, total)

    return How(session.lang, dry_run, again, moved=shown)


def mail(
    session: Session, publication: Publication, choice: Mapping[str, Any], asked: Asked,
    out: Path | None,
) -> Mailing:  # fmt: skip
    """Makes and mails. Leaves with the sentence of a fault."""
    from pipeline.delivery.mail import mail_publication

    with telling(session), room(session, out) as box, bar(session, sys.stderr.isatty()) as moved:
        return mail_publication(
            session.folder,
            publication,
            choice,
            lambda: made(session, publication, choice, box)["files"],
            how(session, moved, asked.dry_run, asked.again),
        )


def package(
    session: Session, publication: Publication, choice: Mapping[str, Any], asked: Asked, out: Path
) -> list[Package]:
    """Makes and packs. Leaves with the sentence of a fault."""
    from pipeline.delivery.package import package as packed
    from pipeline.delivery.settings import secret_of

    with telling(session), room(session, None) as box:
        password = secret_of(asked.password_file) if asked.password_file else ""
        files = made(session, publication, choice, box)["files"]
        place = Path.cwd() / out
        return packed(session.folder, publication, files, place, session.lang, password)


def warned(session: Session, publication: Publication) -> bool:
    """Says beforehand where what is about to go out rests on facts restated since: it is not
    refused, for there may be a reason to send just that."""
    from pipeline.publishing.stale import is_stale

    with telling(session):
        stale = is_stale(session.folder, publication.period, publication.revision)
    if stale:
        period, n = publication.period, publication.revision
        typer.echo(
            session.say(
                f"注意：{period} 第 {n} 版已过时，其后更正或申诉改动了它所依据的数据；"
                f"请先重新发布（mingcha publish --period {period}）再发送，除非确要发出旧版。",
                f"Note: {period}, revision {n}, is stale: data behind it have been changed since. "
                f"Publish it anew first (mingcha publish --period {period}), unless this very "
                "revision is to go out.",
            ),
            err=True,
        )
    return stale


def deliver(
    session: Session,
    publication: Publication,
    choice: Mapping[str, Any],
    asked: Asked,
    out: Path | None,
    as_json: bool,
) -> None:
    """Mails or packs what was asked for, tells, and leaves with the exit status."""
    if asked.mail:
        stale = warned(session, publication)
        mailing = mail(session, publication, choice, asked, out)
        mailing.stale = stale
        tell_mailing(session, mailing, as_json)
        raise typer.Exit(mailing.exit_status)
    assert out is not None
    warned(session, publication)
    packages = package(session, publication, choice, asked, out)
    tell_packages(session, publication, packages, as_json)
    raise typer.Exit(PARTLY if not packages or any(p.left_out for p in packages) else 0)


def tell_mailing(session: Session, mailing: Mailing, as_json: bool) -> None:
    """Prints what came of a mailing."""
    told = mailing.to_json()
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    counted = [f"{session.say(*STATES[s])} {n}" for s, n in told["counts"].items() if n]
    typer.echo(" · ".join(counted) or session.say("没有要发送的。", "There is nothing to send."))
    listed = [
        one
        for one in told["letters"]
        if one["state"] not in ("sent", "already")
    ]  # fmt: skip
    shown = listed if mailing.dry_run else listed[:SHOWN]
    for one in shown:
        files = session.say("、", ", ").join(one["files"])
        why = one[session.lang]
        line = f"{one['node']} {one['name']} {one['address']}".rstrip()
        typer.echo(f"  {session.say(*STATES[one['state']])}  {line}  {files}  {why}".rstrip())
    if len(listed) > len(shown):
        more = len(listed) - len(shown)
        typer.echo(session.say(f"  … 另有 {more} 封（--json）", f"  … {more} more (--json)"))


def tell_left_out(session: Session, packages: list[Package]) -> None:
    """Says which files went into no package, each once, and why."""
    for why in dict.fromkeys(why for p in packages for _, why in p.left_out):
        typer.echo(session.say(why.zh, why.en), err=True)


def tell_packages(
    session: Session, publication: Publication, packages: list[Package], as_json: bool
) -> None:
    """Prints what was packed."""
    if as_json:
        told = {
            "period": publication.period,
            "revision": publication.revision,
            "packages": [p.to_json() for p in packages],
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in packages:
        said = session.say(f"{len(one.files)} 个文件", f"{len(one.files)} files")
        typer.echo(f"{one.path}  {one.name}  {said}  SHA-256 {one.sha256}")
    tell_left_out(session, packages)
    if not packages:
        typer.echo(
            session.say(
                "没有可以交给二级分行的文件（预发布不含全省通报）。",
                "There is nothing for any city (a preview holds no circular of the province).",
            )
        )
