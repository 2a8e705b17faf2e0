"""Letters: who gets which documents of a publication, and the message that carries them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.delivery.addresses import People, Recipient, Skipped, Told, hidden
from pipeline.delivery.settings import Delivery
from pipeline.delivery.words import word
from pipeline.making import Wanted
from pipeline.office.ledger import canonical
from pipeline.office.sendings import Address
from pipeline.periods import label
from pipeline.publication import Publication
from pipeline.reports.audience import may_have, name_of
from pipeline.reports.figures import Language
from pipeline.reports.words import over_formal

_TYPES = {
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": ("application", "pdf"),
}
# What no file system takes, and what looks like another name.
_UNFIT = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True)
class Piece:
    """A document that goes with a letter: of the province (`code` empty) or of the recipient."""

    document: str
    code: str
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """One message to one address. `names`: the file names that its pieces will bear."""

    to: Recipient
    period: str
    revision: int
    pieces: tuple[Piece, ...]
    subject: str
    language: Language
    before: tuple[str, ...] = ()  # lines of the text above the list of files
    after: tuple[str, ...] = ()
    counts_as: int | None = None  # an earlier revision that says the same

    @property
    def key(self) -> Address:
        revision = self.revision if self.counts_as is None else self.counts_as
        return Address(self.period, revision, self.to.node, self.to.address)

    def with_pieces(self, pieces: Sequence[Piece]) -> Letter:
        return replace(self, pieces=tuple(pieces))

    def names(self) -> list[str]:
        """The file names, in order."""
        return [self.name_of(p, f) for p in self.pieces for f in p.formats]

    def name_of(self, piece: Piece, format: str) -> str:
        """A file name as people read it."""
        slots = {
            "document": name_of(piece.document, self.language),
            "name": self.to.name,
            "period": label(self.period, self.language),
            "revision": self.revision,
            "format": format,
        }
        key = "title" if piece.code else "title_whole"
        return _UNFIT.sub("_", word(self.language, key, **slots))

    def to_json(self) -> dict[str, Any]:
        """As in schemas/report-mail.schema.json."""
        return {
            "node": self.to.node,
            "role": self.to.role,
            "name": self.to.name,
            "address": self.to.address,
            "documents": [p.document for p in self.pieces],
            "files": self.names(),
        }


def first_same(publication: Publication, own: Collection[str] = (), whole: bool = False) -> int:
    """The earliest revision just before this one that says the same to whoever has the documents of
    the nodes `own` (branches), and those of the province if `whole`.

    Published again without anything new, nobody is written to again. How many visits await review
    stands in the documents and not in the content hash: where that number changed it is new.
    """
    number, told = publication.revision, _says(publication.manifest, own, whole)
    while number > 1:
        former = publication.path.with_name(f"{publication.period}-r{number - 1}")
        if not (former / "manifest.json").is_file():
            break
        if _says(Publication(former).manifest, own, whole) != told:
            break
        number -= 1
    return number


def _says(manifest: Mapping[str, Any], own: Collection[str], whole: bool) -> list[Any]:
    waits = dict(manifest.get("reviews") or {})
    at = waits.pop("at", {})
    mine = sum(at.get(code, 0) for code in own)
    return [manifest["stage"], manifest["content_hash"], mine, waits if whole else None]


def letters_of(
    publication: Publication,
    asked: Wanted,
    people: People,
    codes: Sequence[str] | None,
    lang: Language,
) -> tuple[list[Letter], list[Skipped]]:
    """Who gets what of a publication; those who should and cannot.

    `codes`: nodes asked for; None or empty: all, as far as something is made for them.
    """
    stage = str(publication.manifest["stage"])

    def pieces(role: str, node: str) -> tuple[Piece, ...]:
        if codes and node not in codes:
            return ()
        offered = [(id, "") for id in asked.whole]
        offered += [(id, node) for id, own in asked.nodes.items() if node in own]
        return tuple(
            Piece(id, code, asked.formats)
            for id, code in offered
            if may_have(role, node, id, code, stage)
        )

    living = set(publication.table("scope")["scope"]) | {"office", "head", "union", "hq"}
    same = _sameness(publication)
    letters = [
        _letter(publication, to, own, stage, lang, same(own))
        for to in people.recipients
        if to.node in living and (own := pieces(to.role, to.node))
    ]
    skipped = [s for s in people.skipped if s.node in living and pieces(s.role, s.node)]
    return letters, skipped


def _sameness(publication: Publication) -> Callable[[Sequence[Piece]], int]:
    """The earliest revision that says the same in some documents; each kind is looked up once."""
    members = publication.table("scope_member")

    @cache
    def first(code: str, whole: bool) -> int:
        own = members.filter(pl.col("scope") == code)["branch_code"].to_list()
        return first_same(publication, own or [code], whole)

    def of(pieces: Sequence[Piece]) -> int:
        code = next((p.code for p in pieces if p.code), "")
        return first(code, any(not p.code for p in pieces))

    return of


def _letter(
    publication: Publication,
    to: Recipient,
    own: tuple[Piece, ...],
    stage: str,
    lang: Language,
    counts_as: int,
) -> Letter:
    period = label(publication.period, lang)
    return Letter(
        to,
        publication.period,
        publication.revision,
        own,
        word(lang, f"subject_{stage}", period=period, name=to.name),
        lang,
        (
            word(lang, stage, period=period, revision=publication.revision),
            *over_formal(publication.manifest, lang),
        ),
        (
            *([word(lang, "check")] if stage == "preview" else []),
            word(lang, "own"),
            word(lang, "proof", proof=publication.manifest["content_hash"][:16]),
        ),
        counts_as,
    )


class Unfit(ValueError):
    """A letter that cannot be written; `told` says why."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.en)
        self.told = told


def message_of(
    letter: Letter,
    settings: Delivery,
    now: datetime | None = None,
    read: Callable[[Piece, str], bytes] = lambda piece, format: b"",
) -> bytes:
    """The message as it goes over the line. Unfit where a header would hold a line end."""
    sender = settings.sender
    for text in (letter.subject, letter.to.name, letter.to.address, sender.name, *letter.names()):
        if hidden(text):
            raise Unfit(INJECTED)
    message = EmailMessage(policy=SMTP)
    message["From"] = MailAddress(sender.name, addr_spec=sender.address)
    message["To"] = MailAddress(letter.to.name, addr_spec=letter.to.address)
    if sender.reply_to:
        message["Reply-To"] = MailAddress(addr_spec=sender.reply_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now or datetime.now(UTC))
    message["Message-ID"] = message_id(letter, sender.address)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(letter), cte="base64")
    for piece in letter.pieces:
        for format in piece.formats:
            kind, sub = _TYPES.get(format, ("application", "octet-stream"))
            name = letter.name_of(piece, format)
            content = read(piece, format)
            message.add_attachment(content, maintype=kind, subtype=sub, filename=name)
    return message.as_bytes()


def _text(letter: Letter) -> str:
    lang = letter.language
    files = [word(lang, "file", file=name) for name in letter.names()]
    greeting = word(lang, "greeting", name=letter.to.name)
    parts = [greeting, "", *letter.before, *files, "", *letter.after, "", word(lang, "automatic")]
    return "\n".join(parts) + "\n"


def message_id(letter: Letter, sender: str) -> str:
    """The same for the same letter: a server that was given it twice can tell."""
    pieces = sorted([p.document, p.code, *p.formats] for p in letter.pieces)
    body = canonical([*letter.key.key, letter.subject, pieces])
    return f"<{hashlib.sha256(body.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"


class NotAsMade(Unfit):
    """A file of a letter is not there, cannot be read, or is not the one that was made."""


INJECTED = Told(
    "名称、地址或主题含换行或不可见字符，已拒绝发送。请在网点名册或 delivery.yaml 中改正。",
    "a name, address or subject holds a line end or a hidden sign; sending was refused. Mend it "
    "in the register or in delivery.yaml.",
)


def _changed(path: Path) -> Told:
    return Told(
        f"{path.name} 在生成之后被改动或替换，这封信没有发。{_AGAIN.zh}",
        f"{path.name} was changed or replaced after it was made; this letter was not sent. "
        f"{_AGAIN.en}",
    )


def _unread(path: Path, why: str) -> Told:
    return Told(
        f"{path.name} 读不出（{why}），这封信没有发。{_AGAIN.zh}",
        f"{path.name} cannot be read ({why}); this letter was not sent. {_AGAIN.en}",
    )


_AGAIN = Told(
    "请再运行同一条命令：文件会重新生成并补发，已发的不会重发。",
    "Run the same command again: it makes the file anew and sends it; what was sent is not sent "
    "again.",
)


_PACK_AGAIN = Told(
    "请再运行同一条命令：文件会重新生成，压缩包重新打好。",
    "Run the same command again: it makes the file and the packages anew.",
)


def not_as_made(path: Path, made: str) -> Told | None:
    """Why a file goes into no package: it cannot be read, or has another SHA-256 than it was `made`
    with. None: it is as it was made."""
    try:
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        return Told(
            f"{path.name} 读不出（{why}），没有装入压缩包。{_PACK_AGAIN.zh}",
            f"{path.name} cannot be read ({why}) and is in no package. {_PACK_AGAIN.en}",
        )
    if hashlib.sha256(content).hexdigest() == made:
        return None
    return Told(
        f"{path.name} 在生成之后被改动或替换，没有装入压缩包。{_PACK_AGAIN.zh}",
        f"{path.name} was changed or replaced after it was made and is in no package. "
        f"{_PACK_AGAIN.en}",
    )


def reader(
    files: Mapping[tuple[str, str, str], tuple[Path, str]],
) -> Callable[[Piece, str], bytes]:
    """Reads made files by (document, code, format), each with the SHA-256 it was made with; those
    of the province once for everybody. NotAsMade: it cannot be read, or is another file by now,
    perhaps another's."""
    kept: dict[Path, bytes] = {}

    def read(piece: Piece, format: str) -> bytes:
        path, made = files[piece.document, piece.code, format]
        if path in kept:
            return kept[path]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise NotAsMade(_unread(path, error.strerror or str(error))) from error
        if hashlib.sha256(content).hexdigest() != made:
            raise NotAsMade(_changed(path))
        if not piece.code:
            kept[path] = content
        return content

    return read
