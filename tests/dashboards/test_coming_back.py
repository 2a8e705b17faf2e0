"""The few lines beside the framework's page: in pages, whole or in parts, and in nothing else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Message

from dashboards.coming_back import SCRIPT, ComingBack

PAGE = "<html><head><title>明察</title></head><body><div id=root></div></body></html>"


def _asked(response: Response, method: str = "GET") -> tuple[dict[bytes, bytes], bytes]:
    said: list[Message] = []
    scope: dict[str, Any] = {"type": "http", "method": method, "path": "/league", "headers": []}

    async def receive() -> Message:
        await asyncio.Event().wait()  # nobody hangs up
        raise AssertionError

    async def send(message: Message) -> None:
        said.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        Request(scope)
        await response(scope, receive, send)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, ComingBack(app)(scope, receive, send)).result()
    return dict(said[0]["headers"]), b"".join(m.get("body", b"") for m in said[1:])


@pytest.mark.parametrize("parts", [1, 7])
def test_a_page_has_them_once_and_says_how_long_it_is(parts: int) -> None:
    step = len(PAGE) // parts + 1
    pieces = [PAGE[i : i + step] for i in range(0, len(PAGE), step)]
    response = HTMLResponse(PAGE) if parts == 1 else StreamingResponse(
        iter(pieces), media_type="text/html"
    )  # fmt: skip
    headers, body = _asked(response)
    assert body.count(SCRIPT) == 1 and body.replace(SCRIPT, b"").decode() == PAGE
    assert int(headers[b"content-length"]) == len(body)


def test_nothing_else_is_touched() -> None:
    """Nor a page of our own, whose script would find no root and fail."""
    signing_in = "<html><head><title>登录</title></head><body><form></form></body></html>"
    assert _asked(HTMLResponse(signing_in))[1].decode() == signing_in
    for response in (
        Response("</head>", media_type="text/csv"),
        HTMLResponse("</head>", 401),
        HTMLResponse("</head>", headers={"content-encoding": "gzip"}),
    ):
        assert _asked(response)[1] == b"</head>"
    assert _asked(HTMLResponse("</head>"), "POST")[1] == b"</head>"
