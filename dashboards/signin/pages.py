"""The pages of sign-in: plain HTML without script, in both languages, from 320 px on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse

from dashboards.settings import from_environment
from dashboards.words import LANGUAGES, Words
from pipeline.china_time import china_time

_STYLE = """
:root{--ink:#1A2330;--muted:#52606D;--paper:#fff;--panel:#F3F6FA;--line:#8A97A6;--blue:#1B5E9B;
--on:#fff;--bad:#A12622;--badbg:#FBECEB}
@media(prefers-color-scheme:dark){:root{--ink:#E8EDF3;--muted:#A7B4C3;--paper:#1A222D;
--panel:#10151C;--line:#66788C;--blue:#6DB1EE;--on:#10151C;--bad:#F2A39E;--badbg:#3A1F20}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--panel);color:var(--ink);font:16px/1.6
"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;
display:flex;flex-direction:column;align-items:center;padding:6vh 1rem 2rem}
main{width:100%;max-width:25rem;background:var(--paper);border:1px solid var(--line);
border-top:4px solid var(--blue);border-radius:4px;padding:1.6rem 1.6rem 1.8rem}
.brand{font-size:1.7rem;font-weight:700;letter-spacing:.12em;margin:0}
.lead{color:var(--muted);margin:0 0 1.2rem;font-size:.95rem}
h1{font-size:1.2rem;margin:0 0 .8rem}
label{display:block;font-size:.95rem;margin:.8rem 0 .2rem}
input{width:100%;font:inherit;padding:.55rem .7rem;border:1px solid var(--line);border-radius:4px;
background:var(--paper);color:var(--ink)}
button,.button{display:block;width:100%;margin-top:1.2rem;padding:.65rem;font:inherit;
font-weight:600;text-align:center;text-decoration:none;border:1px solid var(--blue);
border-radius:4px;background:var(--blue);color:var(--on);cursor:pointer}
.button.second{background:none;color:var(--blue)}
:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
.said{border-left:4px solid var(--bad);background:var(--badbg);color:var(--bad);
padding:.55rem .8rem;margin:0 0 1rem}
.note{color:var(--muted);font-size:.9rem;margin:1rem 0 0}
code{overflow-wrap:anywhere}
nav{margin-top:1rem;font-size:.95rem}nav a,main p a{color:var(--blue)}
"""
_LANGUAGE = {"zh": "中文", "en": "English"}


def _page(words: Words, body: str, status: int, here: str = "/signin") -> HTMLResponse:
    other = next(lang for lang in LANGUAGES if lang != words.lang)
    mark = "&" if "?" in here else "?"
    html = (
        f'<!doctype html><html lang="{"zh-CN" if words.lang == "zh" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(words('signin.title'))}</title><style>{_STYLE}</style></head><body>"
        f'<main><p class="brand">{escape(words("app.name"))}</p>'
        f'<p class="lead">{escape(words("signin.lead"))}</p>{body}</main>'
        f'<nav><a href="{escape(here)}{mark}lang={other}" lang="{other}">{_LANGUAGE[other]}</a>'
        "</nav></body></html>"
    )
    if base := from_environment().base:  # links and forms are written as the routes know them
        html = html.replace('href="/', f'href="{base}/').replace('action="/', f'action="{base}/')
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _said(sentence: str) -> str:
    return f'<p class="said" role="alert">{escape(sentence)}</p>' if sentence else ""


def _field(name: str, label: str, kind: str, complete: str, value: str = "") -> str:
    first = " autofocus" if name in ("account", "old") and not value else ""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" '
        f'type="{kind}" autocomplete="{complete}" maxlength="256" required{first} '
        f'value="{escape(value)}" autocapitalize="none" spellcheck="false">'
    )


def sign_in_page(
    words: Words,
    form: str,
    *,
    next: str = "/",
    said: str = "",
    account: str = "",
    provider: str | None = None,
    local: bool = True,
    note: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The form, the way to the provider (its name), or both; `said`: what went wrong."""
    there = f"?next={quote(next, safe='')}"
    body = f"<h1>{escape(words('signin.title'))}</h1>{_said(said)}"
    if provider:
        body += f'<a class="button" href="/signin/oidc{there}">{escape(provider)}</a>'
    if local:
        second = escape(words("signin.or")) if provider else ""
        body += (
            (f'<p class="note">{second}</p>' if second else "")
            + '<form method="post" action="/signin">'
            + f'<input type="hidden" name="form" value="{escape(form)}">'
            + f'<input type="hidden" name="next" value="{escape(next)}">'
            + f'<input type="hidden" name="lang" value="{words.lang}">'
            + _field("account", words("signin.account"), "text", "username", account)
            + _field("password", words("signin.password"), "password", "current-password")
            + f"<button>{escape(words('signin.go'))}</button></form>"
        )
    if note:
        body += f'<p class="note">{escape(note)}</p>'
    return _page(words, body, status, f"/signin{there}")


def password_page(
    words: Words,
    form: str,
    account: str,
    rules: str,
    before: Sequence[tuple[str, str]] = (),
    said: str = "",
    status: int = 200,
) -> HTMLResponse:
    """Changing the own password, forced or not. `before`: time (UTC) and address of the sign-ins
    before this one; whoever set a one-time password could have used it first."""
    body = (
        f"<h1>{escape(words('signin.change'))}</h1>{_said(said)}"
        f"<p>{escape(words('signin.change_lead', account=account))}</p>{_before(words, before)}"
        '<form method="post" action="/signin/password">'
        f'<input type="hidden" name="form" value="{escape(form)}">'
        f'<input type="hidden" name="lang" value="{words.lang}">'
        + _field("old", words("signin.old"), "password", "current-password")
        + _field("new", words("signin.new"), "password", "new-password")
        + _field("again", words("signin.again"), "password", "new-password")
        + f'<p class="note">{escape(rules)}</p>'
        f"<button>{escape(words('signin.save'))}</button></form>"
        f'<p class="note"><a href="/signout?lang={words.lang}">'
        f"{escape(words('signin.out'))}</a></p>"
    )
    return _page(words, body, status, "/signin/password")


def _before(words: Words, before: Sequence[tuple[str, str]]) -> str:
    if not before:
        return f'<p class="note">{escape(words("signin.first"))}</p>'
    places = [
        words("signin.time_place", time=china_time(at), address=address or "—")
        for at, address in before
    ]
    listed = "".join(f"<li>{escape(place)}</li>" for place in places)
    return f'<p class="note">{escape(words("signin.before"))}</p><ul class="note">{listed}</ul>'


def refused_page(words: Words, why: str, status: int = 403) -> HTMLResponse:
    """Somebody is known and yet has nothing to see here."""
    body = (
        f"<h1>{escape(words('signin.refused'))}</h1>{_said(words(f'signin.why.{why}'))}"
        f'<a class="button second" href="/signout?lang={words.lang}">'
        f"{escape(words('signin.other'))}</a>"
    )
    return _page(words, body, status)


def out_page(words: Words, form: str) -> HTMLResponse:
    """Asks before signing out: a foreign page may not do it."""
    body = (
        f"<h1>{escape(words('signin.out'))}</h1>"
        '<form method="post" action="/signout">'
        f'<input type="hidden" name="form" value="{escape(form)}">'
        f'<input type="hidden" name="lang" value="{words.lang}">'
        f"<button>{escape(words('signin.out'))}</button></form>"
    )
    return _page(words, body, 200, "/signout")
