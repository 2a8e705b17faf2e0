"""A page that has fallen over comes back by itself.

Where a line breaks while the menu is being drawn, the framework's page asks for its server's
address, has none ("not connected to a server!"), and takes everything off the window: it stays
white. A few lines beside it see that, wait until the server answers, and load the page anew; what
was handed in is found again, as in any other tab.
"""

from __future__ import annotations

import json
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.words import LANGUAGES, Words

# The page has lost whose language it was.
_SAID = " · ".join(Words(lang)("error.line") for lang in LANGUAGES)
SCRIPT = """<script>
addEventListener('DOMContentLoaded', () => {
  const root = document.getElementById('root');
  let drawn = root.childElementCount > 0, gone = false;
  const again = () => fetch('healthz', {cache: 'no-store'}).then(
    answer => answer.ok ? location.reload() : setTimeout(again, 1000),
    () => setTimeout(again, 1000));
  new MutationObserver(() => {
    if (root.childElementCount) { drawn = true; return; }
    if (!drawn || gone) return;
    gone = true;
    root.textContent = SAID;
    setTimeout(again, 300);
  }).observe(root, {childList: true});
});
</script>""".replace("SAID", json.dumps(_SAID)).encode()
_END = b"</head>"
_ROOT = re.compile(rb"""id=["']?root\b""")


class ComingBack:
    """Puts :data:`SCRIPT` into the page of the framework."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def added(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            # Pages of our own (sign-in) have no root: they cannot fall over so.
            whole = body.replace(_END, SCRIPT + _END, 1) if _ROOT.search(body) else body
            MutableHeaders(scope=start)["content-length"] = str(len(whole))
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self.app(_unpacked(scope), receive, added)


def _unpacked(scope: Scope) -> Scope:
    """A request for a page asks for it as it is: packed, nothing could be put into it."""
    headers = [(n, v) for n, v in scope["headers"] if n.lower() != b"accept-encoding"]
    asks = any(n.lower() == b"accept" and b"text/html" in v for n, v in scope["headers"])
    return {**scope, "headers": headers} if asks else scope


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    told = headers.get("content-type", "").startswith("text/html")
    return told and start["status"] == 200 and "content-encoding" not in headers
