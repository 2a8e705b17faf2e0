"""Mailing the documents of a publication, and reminding whoever has not reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.completeness import Completeness, completeness
from pipeline.delivery.addresses import People, Recipient, Told, people
from pipeline.delivery.letters import Letter, Piece, letters_of, reader
from pipeline.delivery.sending import (
    Ended,
    Mailing,
    Moved,
    Read,
    Sender,
    give_up,
    mailing_alone,
    sift,
)
from pipeline.delivery.settings import Delivery, load_delivery, password_of
from pipeline.delivery.smtp import Post
from pipeline.delivery.words import word
from pipeline.folders import DataFolder
from pipeline.making import wanted
from pipeline.office import Office
from pipeline.office.proceedings import today
from pipeline.office.sendings import REMINDER
from pipeline.periods import label
from pipeline.publication import Publication
from pipeline.reports.figures import Language

# Makes the documents; [{"document", "code", "format", "path"}] as in report.schema.json.
Make = Callable[[], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class How:
    """How a mailing is done. `again`: also what nobody knows the end of."""

    lang: Language = "zh"
    dry_run: bool = False
    again: bool = False
    actor: str = "office"
    sleep: Callable[[float], None] = time.sleep
    moved: Moved = field(default=lambda done, total: None)


def mail_publication(
    folder: DataFolder, publication: Publication, choice: Mapping[str, Any], make: Make, how: How
) -> Mailing:
    """Mails what `choice` (arguments of `pipeline.making.wanted`) asks for, each to whom it is for.

    Documents are made only if something is to be sent. Fault: 1 no register, 2 settings or choice,
    3 busy, 4 server or stores.
    """
    settings = load_delivery(folder)
    asked = wanted(publication, **choice)
    known = people(folder, settings)
    letters, skipped = letters_of(publication, asked, known, choice["codes"], how.lang)
    mailing = Mailing(publication.period, publication.revision, how.dry_run, skipped=skipped)

    def read() -> Read:
        made = make()
        return reader(
            {(m["document"], m["code"], m["format"]): (Path(m["path"]), m["sha256"]) for m in made}
        )

    return _mailed(folder, settings, mailing, letters, read, how)


def _mailed(
    folder: DataFolder,
    settings: Delivery,
    mailing: Mailing,
    letters: Sequence[Letter],
    read: Callable[[], Read],
    how: How,
) -> Mailing:
    password = "" if how.dry_run else password_of(folder, settings.smtp)
    with mailing_alone(folder), Office.open(folder) as office:
        todo, mailing.ended, given_up = sift(office, letters, how.again)
        if how.dry_run:
            mailing.ended += [Ended(letter, "planned") for letter in todo]
        elif todo:
            give_up(office, given_up, how.actor)
            with Post(settings.smtp, password, folder.root) as post:
                sender = Sender(office, settings, post, read(), how.actor, how.sleep, how.moved)
                mailing.ended += sender.send_all(todo)
    return mailing


def remind(folder: DataFolder, period: str, how: How) -> Mailing:
    """Mails every branch that owes a sheet of `period`, at most once a day.

    Fault: 1 no register, 2 no such period or wrong settings, 3 busy, 4 server or stores.
    """
    settings = load_delivery(folder)
    told = completeness(folder, period)
    owed = told.branches.filter(pl.col("status").is_in(["not_reported", "pending_correction"]))
    owing = set(owed["branch_code"])
    known = people(folder, settings)
    skipped = [s for s in known.skipped if s.node in owing]
    letters = [
        _reminder(told, owed.filter(pl.col("branch_code") == to.node), to, how.lang)
        for to in known.recipients
        if to.node in owing
    ]
    mailing = Mailing(told.period, 0, how.dry_run, skipped=skipped)
    return _mailed(folder, settings, mailing, letters, lambda: lambda piece, format: b"", how)


def _reminder(told: Completeness, owed: pl.DataFrame, to: Recipient, lang: Language) -> Letter:
    lines: list[str] = []
    for status in ("not_reported", "pending_correction"):
        own = owed.filter(pl.col("status") == status).sort("month")
        if own.height:
            lines.append(word(lang, status, day=today().isoformat()))
        for month, due in own.select("month", "due").iter_rows():
            lines.append(word(lang, "month", month=label(month, lang), due=due))
    return Letter(
        to,
        told.period,
        0,
        (Piece(f"{REMINDER}{today().isoformat()}", "", ()),),
        word(lang, "subject_reminder", period=label(told.period, lang), name=to.name),
        lang,
        tuple(lines),
        (word(lang, "ask"),),
    )


def check_server(folder: DataFolder) -> Told:
    """Signs in at the mail server and leaves again. Fault as sending has it, 1 unreachable."""
    from pipeline.delivery.smtp import Unreachable
    from pipeline.faults import Fault

    settings = load_delivery(folder)
    smtp = settings.smtp
    try:
        with Post(smtp, password_of(folder, smtp), folder.root) as post:
            post.ready()
    except Unreachable as error:
        raise Fault(
            f"连不上邮件服务器 {smtp.host}:{smtp.port_used}（{error}）。",
            f"The mail server {smtp.host}:{smtp.port_used} cannot be reached ({error}).",
            1,
        ) from error
    return Told(
        f"邮件服务器 {smtp.host}:{smtp.port_used} 可用（{smtp.security}）。",
        f"The mail server {smtp.host}:{smtp.port_used} answers ({smtp.security}).",
    )


__all__ = ["How", "Make", "People", "check_server", "mail_publication", "remind"]
