"""Sending letters: each at most once, whatever breaks.

    sift ─▶ lock ─▶ [server takes the address ─▶ intent in the ledger ─▶ text ─▶ answer ─▶ seal]

A kill between intent and seal leaves a row that nobody knows the end of: told, and sent again only
when somebody says so. What the server would not take now is tried again, later and later.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from filelock import FileLock, Timeout

from pipeline.delivery.addresses import Skipped, Told
from pipeline.delivery.letters import Letter, NotAsMade, Piece, Unfit, message_of
from pipeline.delivery.settings import Delivery
from pipeline.delivery.smtp import Post, Reply, Unreachable
from pipeline.faults import Fault, unwritable
from pipeline.folders import DataFolder
from pipeline.office import Office, sendings

# planned: dry run · already: sent before · unknown: an intent without an end · waiting: the server
# did not take it now · left_out: a file of it is not there as it was made · refused: never ·
# skipped: no usable address or a bounced one
State = Literal[
    "planned", "sent", "already", "unknown", "waiting", "left_out", "refused", "skipped"
]
STATES: tuple[State, ...] = (
    "planned", "sent", "already", "unknown", "waiting", "left_out", "refused", "skipped",
)  # fmt: skip
PLAIN = Told("", "")
_GOOD = ("planned", "sent", "already")
Read = Callable[[Piece, str], bytes]
Moved = Callable[[int, int], None]
_MOST_REFUSED = 20
_PATIENCE = 5.0  # seconds for another mailing to end


@dataclass(frozen=True)
class Ended:
    """How a letter ended; `told` says why where it is not plain."""

    letter: Letter
    state: State
    told: Told = PLAIN


@dataclass
class Mailing:
    """What came of a mailing. Exit status 1 where somebody did not get what is for them."""

    period: str
    revision: int
    dry_run: bool
    ended: list[Ended] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    stale: bool | None = None  # of a publication: its facts have been restated since

    def counts(self) -> dict[str, int]:
        """Letters by state; `skipped` counts nodes without a usable address too."""
        found = Counter(e.state for e in self.ended)
        found["skipped"] += len(self.skipped)
        return {state: found[state] for state in STATES}

    @property
    def waiting(self) -> bool:
        """Whether the same command sent again may do more."""
        return any(e.state in ("waiting", "left_out") for e in self.ended)

    @property
    def exit_status(self) -> int:
        counts = self.counts()
        return 0 if all(not n or s in _GOOD for s, n in counts.items()) else 1

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/report-mail.schema.json, remind.schema.json)."""
        told = [
            {**e.letter.to_json(), "state": e.state, "zh": e.told.zh, "en": e.told.en}
            for e in self.ended
        ]
        without = [
            {"node": s.node, "role": s.role, "name": s.name, "address": s.address,
             "documents": [], "files": [], "state": "skipped", "zh": s.why.zh, "en": s.why.en}
            for s in self.skipped
        ]  # fmt: skip
        return {
            "period": self.period,
            "revision": self.revision,
            "dry_run": self.dry_run,
            **({} if self.stale is None else {"stale": self.stale}),
            "counts": self.counts(),
            "letters": told + without,
        }


@contextmanager
def mailing_alone(folder: DataFolder) -> Iterator[None]:
    """One mailing at a time. Fault: 3 another is under way."""
    folder.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.mail_lock)
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout as error:
        raise Fault(
            "另一次发信正在进行。请等它结束后再试。",
            "Another mailing is under way. Try again when it has ended.",
            3,
        ) from error
    except OSError as error:
        raise unwritable(folder.mail_lock, error.strerror or error) from error
    try:
        yield
    finally:
        lock.release()


def sift(
    office: Office, letters: Sequence[Letter], again: bool
) -> tuple[list[Letter], list[Ended], list[int]]:
    """Letters still to be sent; those that are not; intents given up where sent `again`."""
    bounced = sendings.bounced(office.connection)
    todo: list[Letter] = []
    ended: list[Ended] = []
    given_up: list[int] = []
    for letter in letters:
        known = sendings.standing(office.connection, letter.key)
        done = [p for p in letter.pieces if p.document in known and known[p.document] is None]
        open_ = {p: known[p.document] for p in letter.pieces if known.get(p.document)}
        fresh = [p for p in letter.pieces if p.document not in known]
        if done:
            ended.append(Ended(letter.with_pieces(done), "already"))
        if open_ and again:
            given_up += [seq for seq in open_.values() if seq]
            fresh = [p for p in letter.pieces if p in open_ or p in fresh]
        elif open_:
            ended.append(Ended(letter.with_pieces(tuple(open_)), "unknown", UNKNOWN))
        if fresh and letter.to.address in bounced:
            ended.append(Ended(letter.with_pieces(fresh), "skipped", _bounced(bounced, letter)))
        elif fresh:
            todo.append(letter.with_pieces(fresh))
    return todo, ended, sorted(set(given_up))


UNKNOWN = Told(
    "上次发送时中断，不知是否送达。请向收信人核实；确需重发请加 --again。",
    "sending broke off last time and nobody knows whether it arrived. Ask the recipient; to send "
    "it again add --again.",
)


def _bounced(bounced: dict[str, dict[str, Any]], letter: Letter) -> Told:
    said = bounced[letter.to.address]
    why = f"{said['code'] or ''} {said['said']}".strip()
    return Told(
        f"{said['day']} 被退信（{why}），不再发送。改正邮箱，或核实后运行："
        f"mingcha mail clear {letter.to.address}",
        f"bounced on {said['day']} ({why}); nothing more is sent there. Mend the address, or "
        f"check it and run: mingcha mail clear {letter.to.address}",
    )


@dataclass
class Sender:
    """Sends letters over one connection, with every step on record."""

    office: Office
    settings: Delivery
    post: Post
    read: Read
    actor: str = "office"
    sleep: Callable[[float], None] = time.sleep
    moved: Moved = lambda done, total: None
    _refused: int = 0  # addresses in a row, while none has been taken
    _taken: bool = False

    def send_all(self, letters: Sequence[Letter]) -> list[Ended]:
        """Every letter with its end; what waits is tried again as often as the settings say."""
        ended: list[Ended] = []
        waiting = [Ended(letter, "waiting") for letter in letters]
        for number in range(self.settings.smtp.tries):
            if number:
                self.sleep(self.settings.smtp.wait_seconds * 4 ** (number - 1))
            ends = list(self._once([w.letter for w in waiting]))
            ended += [e for e in ends if e.state != "waiting"]
            waiting = [e for e in ends if e.state == "waiting"]
            self.moved(len(ended), len(letters))
            if not waiting:
                break
        return ended + waiting

    def _once(self, letters: list[Letter]) -> Iterator[Ended]:
        """Tries each letter; where the server is not there the rest wait."""
        for number, letter in enumerate(letters):
            self.moved(number, len(letters))
            try:
                yield self._send(letter)
            except Unreachable as error:
                why = _unreachable(self.settings, str(error))
                yield from (Ended(one, "waiting", why) for one in letters[number:])
                return

    def _send(self, letter: Letter) -> Ended:
        try:
            body = message_of(letter, self.settings, read=self.read)
            hashes = {p.document: self._hashes(p) for p in letter.pieces}
        except NotAsMade as spoilt:  # one bad file is no reason to keep the others waiting
            return Ended(letter, "left_out", spoilt.told)
        except Unfit as unfit:
            return Ended(letter, "refused", unfit.told)
        if len(body) > self.settings.largest_mb * 1e6:
            return Ended(letter, "refused", _too_large(len(body), self.settings))
        seqs: list[int] = []

        def intend() -> None:
            with self.office.transaction() as connection:
                seqs.append(sendings.begin(connection, letter.key, hashes, self.actor))

        reply = self.post.send(self.settings.sender.address, letter.to.address, body, intend)
        self._seal(letter, seqs, reply)
        self._doubt(reply)
        return _ended(letter, reply)

    def _doubt(self, reply: Reply) -> None:
        """A server that refuses everybody refuses us: it is no reason to strike a thousand."""
        self._taken = self._taken or reply.kind == "sent"
        self._refused += reply.kind == "address"
        if self._refused >= _MOST_REFUSED and not self._taken:
            raise _all_refused(self.settings, reply)

    def _hashes(self, piece: Piece) -> list[str]:
        return [hashlib.sha256(self.read(piece, f)).hexdigest() for f in piece.formats]

    def _seal(self, letter: Letter, seqs: list[int], reply: Reply) -> None:
        if reply.kind == "unknown":
            return  # left open: that is what is known
        outcome: sendings.Outcome = (
            "sent" if reply.kind == "sent" else "failed" if reply.kind == "later" else "refused"
        )
        with self.office.transaction() as connection:
            sendings.end(connection, seqs, outcome, self.actor, reply.code, reply.said)
            if reply.kind == "address":
                to = letter.to.address
                sendings.bounce(connection, to, self.actor, reply.code, reply.said)


def _ended(letter: Letter, reply: Reply) -> Ended:
    said = f"{reply.code or ''} {reply.said}".strip()
    match reply.kind:
        case "sent":
            return Ended(letter, "sent")
        case "later":
            return Ended(letter, "waiting", Told(f"暂未收下（{said}）", f"not taken now ({said})"))
        case "unknown":
            return Ended(letter, "unknown", UNKNOWN)
        case "address":
            told = Told(
                f"邮箱被拒收（{said}），已列入退信名单。",
                f"the address was refused ({said}) and is on the list of bounces now.",
            )
        case "message":
            told = Told(f"邮件被拒收（{said}）。", f"the message was refused ({said}).")
    return Ended(letter, "refused", told)


def _unreachable(settings: Delivery, said: str) -> Told:
    host = f"{settings.smtp.host}:{settings.smtp.port_used}"
    return Told(
        f"连不上邮件服务器 {host}（{said}）。稍后再运行同一条命令，已发的不会重发。",
        f"the mail server {host} cannot be reached ({said}). Run the same command later; what was "
        "sent is not sent again.",
    )


def _all_refused(settings: Delivery, reply: Reply) -> Fault:
    said = f"{reply.code} {reply.said}".strip()
    return Fault(
        f"邮件服务器 {settings.smtp.host} 接连拒收了 {_MOST_REFUSED} 个邮箱（{said}），"
        "一封也没收下，多半是拒绝本系统转发；已停止。请与邮件管理员核实，然后运行 "
        "mingcha mail clear --all，再发。",
        f"{settings.smtp.host} refused {_MOST_REFUSED} addresses in a row ({said}) and took none: "
        "most likely it will not relay for us; stopped. Ask your mail administrator, then run "
        "mingcha mail clear --all and send again.",
    )


def _too_large(size: int, settings: Delivery) -> Told:
    return Told(
        f"邮件有 {size / 1e6:.1f} MB，超过 {settings.largest_mb:g} MB（largest_mb）。"
        "请少选文件或格式，或用 --package。",
        f"the message has {size / 1e6:.1f} MB, over {settings.largest_mb:g} MB (largest_mb). "
        "Choose fewer documents or formats, or use --package.",
    )


def give_up(office: Office, seqs: Sequence[int], actor: str) -> None:
    """Puts on record that unknown intents are sent again at somebody's wish."""
    if seqs:
        with office.transaction() as connection:
            sendings.end(connection, seqs, "given_up", actor)
