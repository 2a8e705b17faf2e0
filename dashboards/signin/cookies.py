"""Cookies: HttpOnly, SameSite, and by TLS Secure with the `__Host-` prefix (`__Secure-` where the
server is reached under a path: a `__Host-` cookie has the path `/`)."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from dashboards.settings import from_environment
from pipeline.sign_in_settings import SignIn

SESSION, FORM, FLOW = "mingcha", "mingcha-form", "mingcha-flow"


def _name(name: str, settings: SignIn) -> str:
    if not settings.secure:
        return name
    return f"__Secure-{name}" if from_environment().base else f"__Host-{name}"


def read(connection: HTTPConnection, name: str, settings: SignIn) -> str:
    """The value of a cookie; empty if there is none."""
    return connection.cookies.get(_name(name, settings), "")[:200]


def put(response: Response, name: str, value: str, settings: SignIn, strict: bool = False) -> None:
    """Sets a cookie for as long as the browser is open; the server knows when it is over."""
    response.set_cookie(
        _name(name, settings),
        value,
        path="/",
        secure=settings.secure,
        httponly=True,
        # lax: a sign-in that comes back from the provider is a step from another site
        samesite="strict" if strict else "lax",
    )


def drop(response: Response, name: str, settings: SignIn) -> None:
    """Takes a cookie away."""
    response.delete_cookie(
        _name(name, settings), path="/", secure=settings.secure, httponly=True, samesite="lax"
    )
