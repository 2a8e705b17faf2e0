"""The addresses of sign-in: /signin, /signin/password, /signin/oidc, /signout."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboards.settings import from_environment
from dashboards.signin import at_address, checking, cookies, holding, pages, provider
from dashboards.words import Words
from pipeline import accounts
from pipeline.faults import Fault
from pipeline.office import Office, sessions
from pipeline.office.accounts import any_configured, normal_id
from pipeline.sign_in_settings import SignIn

_SECRET = secrets.token_bytes(32)  # of this process: a form of a former one is asked for again
_LARGEST_FORM = 16_384  # bytes
_AT_ONCE = asyncio.Semaphore(4)  # argon2 takes 64 MB each
_Done = tuple[str, str]


def _words(request: Request, told: dict[str, str] | None = None) -> Words:
    lang = (told or {}).get("lang") or request.query_params.get("lang", "")
    return Words("en" if lang == "en" else "zh" if lang == "zh" else from_environment().language)


def _settings() -> SignIn:
    return holding.settings_of(from_environment().folder)


def local_path(wanted: str) -> str:
    """A page of our own to go on to; the home page for whatever points elsewhere."""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # such as `//[`
        return "/"
    plain = wanted.isprintable() and "\\" not in wanted and not wanted.startswith("//")
    ours = wanted.startswith("/") and not parts.netloc and not parts.scheme
    return wanted if plain and ours and not wanted.startswith(("/sign", "/_")) else "/"


def address_of(request: Request) -> str:
    """Where a request comes from; the server believes the proxies it was told of, nobody else."""
    return request.client.host if request.client else ""


def _mark(cookie: str) -> str:
    return hmac.new(_SECRET, cookie.encode(), hashlib.sha256).hexdigest()


def _with_form(request: Request, settings: SignIn, draw: Callable[[str], Response]) -> Response:
    """A page with a form that only this browser can send."""
    cookie = cookies.read(request, cookies.FORM, settings) or secrets.token_urlsafe(24)
    response = draw(_mark(cookie))
    cookies.put(response, cookies.FORM, cookie, settings, strict=True)
    return response


async def _form(request: Request, settings: SignIn) -> dict[str, str] | None:
    """What was sent; None if it is not a form of this browser's own page."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM:
            return None
    told = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    cookie = cookies.read(request, cookies.FORM, settings)
    if not cookie or not hmac.compare_digest(told.get("form", "").encode(), _mark(cookie).encode()):
        return None
    return told


def _page(
    request: Request, words: Words, *, said: str = "", told: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    settings, folder = _settings(), from_environment().folder
    note = words("signin.forgotten")
    if settings.oidc is None and settings.ldap is None and not _is_ready(folder):
        note = words("signin.nobody")
    wanted = (told or {}).get("next") or request.query_params.get("next", "/")
    named = settings.oidc.name if settings.oidc else None
    return _with_form(
        request,
        settings,
        lambda form: pages.sign_in_page(
            words,
            form,
            next=local_path(wanted),
            said=said,
            account=(told or {}).get("account", "")[:120],
            provider=words("signin.by", name=words.of(named.zh, named.en)) if named else None,
            local=settings.local or settings.ldap is not None,
            note=note,
            status=status,
        ),
    )


def _is_ready(folder: Any) -> bool:
    if not folder.office.exists():
        return False
    with Office.open(folder) as office:
        return any_configured(office.connection)


async def sign_in(request: Request) -> Response:
    """GET the form, POST it."""
    if request.method == "POST":
        return await _try(request)
    words, why = _words(request), request.query_params.get("why", "")
    minutes = _settings().idle_minutes
    known = words.either(f"signin.why.{why}", "") if why in sessions.ENDS else ""
    said = known.format(minutes=minutes) if known else ""
    return await asyncio.to_thread(_page, request, words, said=said)


async def _try(request: Request) -> Response:
    settings, folder = _settings(), from_environment().folder
    told = await _form(request, settings)
    words = _words(request, told)
    if told is None:
        return await asyncio.to_thread(_page, request, words, said=words("signin.form"), status=403)
    address = address_of(request)
    if at_address.shut(address):
        return await _too_many(request, words, told)
    try:
        async with _AT_ONCE:
            # Looked at when it is one's turn, so that many at once are bound as many one by one,
            # and many who come to work at the same time are not taken for failures.
            if at_address.shut(address):
                return await _too_many(request, words, told)
            token = await _checked(folder, told, address)
    except checking.NoRole:
        return pages.refused_page(words, "no_role")
    except Fault as fault:
        status = 401 if fault.status == accounts.REFUSED else 503
        said = words.of(fault.zh, fault.en)
        return await asyncio.to_thread(_page, request, words, said=said, told=told, status=status)
    return await _let_in(request, token, local_path(told.get("next", "/")), words)


async def _too_many(request: Request, words: Words, told: dict[str, str]) -> Response:
    said = words("signin.address")
    return await asyncio.to_thread(_page, request, words, said=said, told=told, status=429)


async def _checked(folder: Any, told: dict[str, str], address: str) -> str:
    """The token of a new session. While it is looked at, a try counts as a failure of the address,
    and goes on counting where the password was wrong; one that is not looked at does not count."""
    typed, wrong = told.get("account", ""), False
    tried = at_address.tries(address)
    try:
        token = await asyncio.to_thread(
            checking.by_password, folder, typed, told.get("password", ""), address
        )
        at_address.let_in(address, normal_id(typed))
        return token
    except Fault as fault:
        unseen = isinstance(fault, accounts.NotLookedAt)
        wrong = fault.status == accounts.REFUSED and not unseen
        raise
    finally:
        if not wrong:
            at_address.forgiven(address, tried)


async def _let_in(request: Request, token: str, wanted: str, words: Words) -> Response:
    """A new session in the place of any the browser had."""
    settings = _settings()
    await asyncio.to_thread(_end, cookies.read(request, cookies.SESSION, settings))
    mark = "&" if "?" in wanted else "?"
    named = wanted if "lang=" in wanted else f"{wanted}{mark}lang={words.lang}"
    response = RedirectResponse(named, 303)
    cookies.put(response, cookies.SESSION, token, settings)
    cookies.drop(response, cookies.FORM, settings)
    return response


def _end(token: str) -> None:
    if token:
        with (
            Office.open(from_environment().folder) as office,
            office.transaction() as connection,
        ):
            sessions.sign_out(connection, sessions.id_of(token))


async def password(request: Request) -> Response:
    """Changing the own password: of whoever has a session, forced or not."""
    settings, folder = _settings(), from_environment().folder
    id = sessions.id_of(cookies.read(request, cookies.SESSION, settings))
    account = await asyncio.to_thread(holding.account_of, folder, id)
    if account is None:
        return RedirectResponse("/signin", 303)
    told = await _form(request, settings) if request.method == "POST" else {}
    words = _words(request, told)

    before = await asyncio.to_thread(accounts.earlier_sign_ins, folder, account)

    def again(said: str, status: int) -> Response:
        rules = words("signin.rules", length=settings.passwords.length)
        return _with_form(
            request,
            settings,
            lambda form: pages.password_page(words, form, account, rules, before, said, status),
        )

    if request.method != "POST":
        return again("", 200)
    if told is None or told.get("new") != told.get("again"):
        return again(words("signin.form" if told is None else "signin.unlike"), 403)
    try:
        async with _AT_ONCE:
            await asyncio.to_thread(
                accounts.change_password, folder, account, told["old"], told["new"], id,
                address=address_of(request),
            )  # fmt: skip
    except (Fault, KeyError) as error:
        said = words.of(error.zh, error.en) if isinstance(error, Fault) else words("signin.form")
        return again(said, 400)
    return RedirectResponse(f"/?lang={words.lang}", 303)


async def sign_out(request: Request) -> Response:
    """At once when our own page asks; a foreign page gets the question only."""
    settings = _settings()
    words = _words(request)
    if request.method == "POST":
        told = await _form(request, settings)
        words, ours = _words(request, told), told is not None
    else:
        ours = request.headers.get("sec-fetch-site") == "same-origin"
    if not ours:
        return _with_form(request, settings, lambda form: pages.out_page(words, form))
    await asyncio.to_thread(_end, cookies.read(request, cookies.SESSION, settings))
    response = RedirectResponse(f"/signin?why=signed_out&lang={words.lang}", 303)
    cookies.drop(response, cookies.SESSION, settings)
    return response


def _back(request: Request, settings: SignIn) -> str:
    base = settings.public_url or f"{str(request.base_url).rstrip('/')}{from_environment().base}"
    return f"{base.rstrip('/')}/signin/oidc/back"


async def to_provider(request: Request) -> Response:
    """Off to the identity provider."""
    settings, words = _settings(), _words(request)
    if settings.oidc is None:
        return PlainTextResponse(words("error.absent"), 404)
    wanted = local_path(request.query_params.get("next", "/"))
    back, folder = _back(request, settings), from_environment().folder
    try:
        url, browser = await asyncio.to_thread(provider.start, folder, settings.oidc, back, wanted)
    except Fault as fault:
        said = words.of(fault.zh, fault.en)
        return await asyncio.to_thread(_page, request, words, said=said, status=503)
    response = RedirectResponse(url, 303)
    cookies.put(response, cookies.FLOW, browser, settings)
    return response


async def from_provider(request: Request) -> Response:
    """Back from the identity provider: let in, or refused with a sentence."""
    settings, words = _settings(), _words(request)
    folder = from_environment().folder
    if settings.oidc is None:
        return PlainTextResponse(words("error.absent"), 404)
    browser = cookies.read(request, cookies.FLOW, settings)

    def let_in() -> _Done:
        assert settings.oidc is not None
        query = dict(request.query_params)
        claims, wanted = provider.finish(
            folder, settings.oidc, _back(request, settings), query, browser
        )
        subject = str(claims[settings.oidc.account_claim])
        name = str(claims.get(settings.oidc.name_claim) or subject)
        rules = settings.oidc.rules
        address = address_of(request)
        token = checking.by_provider(folder, "oidc", subject, name, claims, rules, address)
        return token, wanted

    try:
        token, wanted = await asyncio.to_thread(let_in)
    except checking.NoRole:
        return pages.refused_page(words, "no_role")
    except (Fault, KeyError) as error:
        known = isinstance(error, Fault)
        said = words.of(error.zh, error.en) if isinstance(error, Fault) else words("signin.claim")
        status = 403 if known and error.status == accounts.REFUSED else 401  # type: ignore[union-attr]
        return await asyncio.to_thread(_page, request, words, said=said, status=status)
    response = await _let_in(request, token, wanted, words)
    cookies.drop(response, cookies.FLOW, settings)
    return response


ROUTES = [
    Route("/signin", sign_in, methods=["GET", "POST"]),
    Route("/signin/password", password, methods=["GET", "POST"]),
    Route("/signin/oidc", to_provider),
    Route("/signin/oidc/back", from_provider),
    Route("/signout", sign_out, methods=["GET", "POST"]),
]
