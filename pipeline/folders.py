"""Where things lie under the data folder (design §1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataFolder:
    """The data folder of one office. Paths only: nothing is created by naming it."""

    root: Path

    @property
    def archive(self) -> Path:
        """Received files by SHA-256, never changed: `archive/ab/abcdef….xlsx`."""
        return self.root / "archive"

    @property
    def returned(self) -> Path:
        return self.root / "returned"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def publications(self) -> Path:
        return self.root / "publications"

    @property
    def office(self) -> Path:
        return self.root / "office.sqlite"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        return self.root / ".writer.lock"

    @property
    def spool(self) -> Path:
        """What a browser sent and the worker has not taken yet: a room for each sending."""
        return self.root / "spool"

    @property
    def worker(self) -> Path:
        """Who the worker is, for as long as there is one."""
        return self.root / ".worker.json"

    @property
    def demo(self) -> Path:
        """Says that `mingcha demo` made this folder: its data are invented."""
        return self.root / "demo.json"

    @property
    def rewards(self) -> Path:
        """The office's rules of reward; the packaged ones hold where there is none."""
        return self.root / "rewards.yaml"

    @property
    def settings(self) -> Path:
        return self.root / "settings.yaml"

    @property
    def delivery(self) -> Path:
        """How mail is sent, and to whom beside the register; never a password."""
        return self.root / "delivery.yaml"

    @property
    def sign_in(self) -> Path:
        """How people sign in: sessions, identity provider, directory; never a secret."""
        return self.root / "signin.yaml"

    @property
    def mail_lock(self) -> Path:
        return self.root / ".mail.lock"
