"""OpenID Connect: code flow with PKCE (S256), state and nonce, by Authlib; discovery by the issuer.

What is under way is kept in this process for ten minutes and bound to the browser by a cookie.
OpenID Connect Core 1.0 §3.1; RFC 7636; RFC 9207 (`iss` of the answer, where given).
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.sign_in_settings import OIDC_SECRET, Oidc, secret

_SECONDS, _MOST, _PATIENCE = 600, 2000, 10.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_LEEWAY = 60


@dataclass(frozen=True)
class Flow:
    """A sign-in under way."""

    browser: str
    nonce: str
    verifier: str
    next: str
    until: float


_flows: dict[str, Flow] = {}


def _client(folder: DataFolder, settings: Oidc, back: str) -> OAuth2Session:
    word = secret(folder, OIDC_SECRET, settings.client_secret_file)
    client = OAuth2Session(
        settings.client_id,
        word,
        token_endpoint_auth_method="client_secret_basic" if word else "none",
        scope=" ".join(settings.scopes),
        redirect_uri=back,
        code_challenge_method="S256",
        default_timeout=_PATIENCE,
    )
    client.trust_env = False  # no proxy or .netrc of the environment
    client.verify = str(folder.root / settings.ca_file) if settings.ca_file else True
    return client


def _told(client: OAuth2Session, url: str) -> dict[str, Any]:
    answer = client.get(url, withhold_token=True)
    answer.raise_for_status()
    told = answer.json()
    if not isinstance(told, dict):
        raise ValueError("no JSON object")
    return told


def _discovered(client: OAuth2Session, settings: Oidc) -> dict[str, Any]:
    issuer = settings.issuer.rstrip("/")
    told = _told(client, f"{issuer}/.well-known/openid-configuration")
    if str(told.get("issuer", "")).rstrip("/") != issuer:
        raise ValueError("another issuer")
    scheme = urlsplit(issuer).scheme
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if urlsplit(str(told[name])).scheme != scheme:
            raise ValueError(f"{name} is less safe than the issuer")
    return told


def start(folder: DataFolder, settings: Oidc, back: str, next: str) -> tuple[str, str]:
    """Where to send the browser, and the value of the cookie that binds it. Fault (4)."""
    try:
        client = _client(folder, settings, back)
        told = _discovered(client, settings)
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        url, state = client.create_authorization_url(
            told["authorization_endpoint"], nonce=nonce, code_verifier=verifier
        )
    except (requests.RequestException, AuthlibBaseError, ValueError, KeyError) as error:
        raise accounts.not_completed() from error
    browser = secrets.token_urlsafe(24)
    now = time.monotonic()
    for old in [s for s, f in _flows.items() if f.until < now][:_MOST]:
        _flows.pop(old, None)
    while len(_flows) >= _MOST:
        _flows.pop(min(_flows, key=lambda s: _flows[s].until))
    _flows[state] = Flow(browser, nonce, verifier, next, now + _SECONDS)
    return url, browser


def finish(
    folder: DataFolder, settings: Oidc, back: str, query: dict[str, str], browser: str
) -> tuple[dict[str, Any], str]:
    """The claims of the person, and the page that was wanted. Fault (4): forged, late or refused.

    A state is good once.
    """
    flow = _flows.pop(query.get("state", ""), None)
    if flow is None or flow.until < time.monotonic():
        raise accounts.not_completed()
    if not hmac.compare_digest(flow.browser.encode(), browser.encode()) or "code" not in query:
        raise accounts.not_completed()
    try:
        client = _client(folder, settings, back)
        told = _discovered(client, settings)
        if "iss" in query and query["iss"] != told["issuer"]:
            raise ValueError("the answer is another issuer's")
        token = client.fetch_token(
            told["token_endpoint"], code=query["code"], code_verifier=flow.verifier
        )
        claims = _claims(client, settings, told, token["id_token"], flow.nonce)
        return _with_userinfo(client, told, claims), flow.next
    except (
        requests.RequestException, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError,
    ) as error:  # fmt: skip
        raise accounts.not_completed() from error


def _claims(
    client: OAuth2Session, settings: Oidc, told: dict[str, Any], token: str, nonce: str
) -> dict[str, Any]:
    """The claims of the id token: signature, issuer, audience, times and nonce checked."""
    keys = KeySet.import_key_set(_told(client, told["jwks_uri"]))  # type: ignore[arg-type]
    claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": told["issuer"]},
        aud={"essential": True, "value": settings.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(claims)
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != settings.client_id:
        raise ValueError("the token is for several, and not by us")
    return dict(claims)


def _with_userinfo(
    client: OAuth2Session, told: dict[str, Any], claims: dict[str, Any]
) -> dict[str, Any]:
    """Claims that only the userinfo endpoint gives; the token's own go before them."""
    if "userinfo_endpoint" not in told:
        return claims
    answer = client.get(told["userinfo_endpoint"])
    answer.raise_for_status()
    more = answer.json()
    if more.get("sub") != claims["sub"]:
        raise ValueError("userinfo of somebody else")
    return more | claims
