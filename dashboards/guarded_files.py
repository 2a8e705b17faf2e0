"""`/files/<publication>/<name>`: documents, returned workbooks and originals, by the same policy.

401 without a session, 403 for whoever may not, 404 for what is not there; never a redirect. Who may
not have a file is not told whether there is one.

    /files/2026Q3-r2/onepager-2026Q3-r2-01010101.pdf   /files/returned/…   /files/originals/…
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboards import queries, watermark
from dashboards.access import Denied, Viewer, scope_of
from dashboards.intake import safe_name
from dashboards.queries import Key
from dashboards.settings import from_environment
from dashboards.signin.gate import HELD
from dashboards.signin.holding import Held
from dashboards.words import LANGUAGES, Words
from pipeline.folders import DataFolder
from pipeline.made_on_record import Changed, content_of
from pipeline.office import Office, sessions
from pipeline.reports import catalogue

RETURNED, ORIGINALS = "returned", "originals"
OFFICE = ("office", "head")
TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
}
_PERIOD = r"[0-9]{4}(?:-[0-9]{2}|Q[1-4])?"
_PUBLICATION = re.compile(rf"({_PERIOD})-r([1-9][0-9]{{0,5}})")
_DOCUMENT = re.compile(
    rf"(?P<id>[a-z][a-z_-]*?)-(?P<period>{_PERIOD})-r(?P<revision>[1-9][0-9]{{0,5}})"
    r"(?:-(?P<code>[\w.]{1,40}))?\.(?P<suffix>pdf|docx|xlsx)"
)
_ORIGINAL = re.compile(r"([0-9a-f]{64})\.[a-z]{2,5}")


def _key(folder: DataFolder, name: str) -> Key | None:
    found = _PUBLICATION.fullmatch(name)
    if found is None:
        return None
    wanted = (found[1], int(found[2]))
    return next((k for k in queries.publications(folder) if (k.period, k.revision) == wanted), None)


def _document(folder: DataFolder, viewer: Viewer, place: str, name: str, lang: str) -> Path | None:
    """A document of a publication, if the viewer may have it. Denied."""
    scope = scope_of(viewer, "documents")
    told = _DOCUMENT.fullmatch(name)
    if told is None or f"{told['period']}-r{told['revision']}" != place:
        return None
    entry = next((e for e in catalogue() if e.id == told["id"]), None)
    key = _key(folder, place)
    if entry is None or bool(entry.levels) != bool(told["code"]):
        return None
    if viewer.role not in entry.roles:
        raise Denied
    if key is None:
        return None
    if told["code"] and told["code"] not in queries.covered(key, scope):
        raise Denied
    # In the check period each sees the own figures; of the province nothing is out yet.
    if not told["code"] and key.stage != "formal" and viewer.role not in OFFICE:
        raise Denied
    room = folder.root / "documents" / f"{place}-{key.content_hash[:12]}" / lang
    return _inside(room, name)


def _returned(folder: DataFolder, viewer: Viewer, name: str) -> Path | None:
    if viewer.role not in OFFICE:
        raise Denied
    return _inside(folder.returned, name)


def _original(folder: DataFolder, viewer: Viewer, name: str) -> Path | None:
    """A received file by its SHA-256: it may name the shopper, so the office alone has it."""
    if viewer.role not in OFFICE:
        raise Denied
    return _inside(folder.archive, name) if _ORIGINAL.fullmatch(name) else None


def _inside(room: Path, name: str) -> Path | None:
    """The file of that very name below a room; None if there is none. No link leads out of it."""
    if not room.is_dir() or name != safe_name(name):
        return None
    there = room.resolve()
    for path in sorted(there.rglob("*")):
        if path.name == name and path.is_file() and path.resolve().is_relative_to(there):
            return path
    return None


def disposition(name: str) -> str:
    """Content-Disposition with the name in both ways of RFC 6266."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def file(request: Request) -> Response:
    """One file, or 401, 403, 404 with a sentence."""
    settings = from_environment()
    lang = request.query_params.get("lang", settings.language)
    words = Words("en" if lang == "en" else "zh" if lang in LANGUAGES else settings.language)
    held = request.scope.get(HELD)
    if held is None or held.viewer is None:
        return PlainTextResponse(words("signin.why.unknown"), 401)
    place, _, name = request.path_params["rest"].partition("/")
    try:
        return await asyncio.to_thread(_answer, settings.folder, held, place, name, words)
    except Denied:
        return PlainTextResponse(words("error.denied"), 403)


def _answer(folder: DataFolder, held: Held, place: str, name: str, words: Words) -> Response:
    viewer = held.viewer
    assert viewer is not None
    kinds: dict[str, Callable[[], Path | None]] = {
        RETURNED: lambda: _returned(folder, viewer, name),
        ORIGINALS: lambda: _original(folder, viewer, name),
    }
    find = kinds.get(place, lambda: _document(folder, viewer, place, name, words.lang))
    path = find()
    if path is None:
        return PlainTextResponse(words("error.absent"), 404)
    if place in kinds:
        with Office.open(folder) as office, office.transaction() as connection:
            sessions.looked(connection, held.id, viewer.account, place, name)
    if place in kinds:  # originals and marked workbooks are given as they are
        content = path.read_bytes()
    else:
        try:
            content = content_of(folder, path)
            content = watermark.marked(content, path.suffix, watermark.line(folder, viewer))
        except Changed:
            return PlainTextResponse(words("error.changed"), 500)
        except ValueError:  # what cannot be marked is not given: nobody's copy
            return PlainTextResponse(words("error.unmarked"), 500)
    return Response(
        content,
        media_type=TYPES.get(path.suffix, "application/octet-stream"),
        headers={
            "Content-Disposition": disposition(name),
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


ROUTES = [Route("/files/{rest:path}", file)]
