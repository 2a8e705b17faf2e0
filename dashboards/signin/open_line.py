"""The socket of a page that is open already: what is asked by it is asked as the session is now.

A run of the script looks its viewer up itself and says why there is none any more. What the page
asks beside runs (the rest of a long table, a file made at a click, a place for an upload) the
framework answers on its own; here it goes unanswered once the session is over, or stands for
another role than at the newest run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import Message, Receive
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboards.access import Viewer

_RUN = "rerun_script"
_BESIDE = ("backend_operation_request", "file_urls_request")


def guarded(receive: Receive, viewer: Viewer, now: Callable[[], Viewer | None]) -> Receive:
    """`receive` of a socket that was opened for `viewer`; `now` looks up whom it stands for."""
    drawn_for: Viewer | None = viewer

    async def heard() -> Message:
        nonlocal drawn_for
        while True:
            message = await receive()
            kind = _kind(message)
            if kind == _RUN:
                drawn_for = await asyncio.to_thread(now)
            elif kind in _BESIDE:
                current = await asyncio.to_thread(now)
                if current is None or current != drawn_for:
                    continue
            return message

    return heard


def _kind(message: Message) -> str | None:
    data = message.get("bytes")
    if message["type"] != "websocket.receive" or not data:
        return None
    try:
        kind: str | None = BackMsg.FromString(data).WhichOneof("type")
        return kind
    except Exception:  # no message of the protocol: the framework ends the line
        return None
