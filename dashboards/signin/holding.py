"""The session behind a cookie or a rerun, as it is now. No Streamlit in here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

from dashboards.access import Viewer
from dashboards.signin.mapping import viewer_of
from pipeline.folders import DataFolder
from pipeline.office import Office, sessions
from pipeline.sign_in_settings import SignIn, load_sign_in


@lru_cache(maxsize=8)
def _loaded(folder: DataFolder, _stamp: tuple[int, int] | None) -> SignIn:
    return load_sign_in(folder)


def settings_of(folder: DataFolder) -> SignIn:
    """The sign-in settings, read anew when the file changed. Fault if they are wrong."""
    try:
        told = folder.sign_in.stat()
    except OSError:
        return _loaded(folder, None)
    return _loaded(folder, (told.st_mtime_ns, told.st_size))


@dataclass(frozen=True)
class Held:
    """What a session gives: the viewer, or why there is none.

    `why`: signed_out, idle, expired, revoked; no_role; change (a one-time password); unknown.
    """

    id: str
    viewer: Viewer | None
    why: str = ""


UNKNOWN = Held("", None, "unknown")


def held(folder: DataFolder, id: str, now: int | None = None) -> Held:
    """The session of that id. Asked at every rerun and every request."""
    if not id or not folder.office.exists():
        return UNKNOWN
    settings = settings_of(folder)
    with Office.open(folder) as office:
        found = sessions.look_up(
            office.connection, id, settings, int(time.time()) if now is None else now
        )
    if not isinstance(found, sessions.Session):
        return Held(id, None, found or "unknown")
    viewer = viewer_of(found.account, found.claims, settings)
    if found.account.must_change:
        return Held(id, None, "change")
    return Held(id, viewer, "" if viewer else "no_role")


def account_of(folder: DataFolder, id: str) -> str | None:
    """The account of a session that holds, be its password to be changed or not."""
    if not id or not folder.office.exists():
        return None
    with Office.open(folder) as office:
        found = sessions.look_up(office.connection, id, settings_of(folder), int(time.time()))
    return found.account.id if isinstance(found, sessions.Session) else None
