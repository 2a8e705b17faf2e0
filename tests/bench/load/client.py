"""A session of the dashboard without a browser: Streamlit's protobuf over a websocket.

It does what the page does: runs the script, remembers widgets and pages, answers the server's
timers (`auto_rerun`), uploads files. What it measures is the time from a message to the
`script_finished` that ends the run.
"""

from __future__ import annotations

import asyncio
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

_LARGEST = 200 << 20  # bytes of one message
_PATIENCE = 120.0  # seconds after which a run counts as an error


class Failed(Exception):
    """The server did not answer, or drew an error box."""


@dataclass
class Element:
    """A widget as the server last drew it."""

    kind: str
    id: str
    label: str
    options: list[str] = field(default_factory=list)


class Session:
    """One open tab. Use :func:`opened`."""

    def __init__(self, address: str, socket: ClientConnection, cookie: str, query: str) -> None:
        self.address, self.socket, self.cookie, self.query = address, socket, cookie, query
        self.pages: dict[str, str] = {}  # path -> hash; those of the menu
        self.hidden: dict[str, str] = {}  # those that a link alone leads to
        self.page = ""
        self.widgets: dict[str, WidgetState] = {}
        self.elements: dict[str, Element] = {}
        self.errors: list[str] = []
        self.rows = 0  # of the largest table drawn
        self.text: list[str] = []  # what the run has written
        self.timers: dict[str, float] = {}  # fragment -> seconds
        self._whole = True  # the run is one of the whole script
        self.busy = asyncio.Lock()
        self._finished: asyncio.Queue[int] = asyncio.Queue()
        self._urls: asyncio.Queue[Any] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tick())]

    async def run(self, fragment: str = "") -> float:
        """Runs the script, or a fragment of it; seconds until it has finished."""
        async with self.busy:
            self._whole = not fragment
            if self._whole:
                self._forget()
            state = ClientState(
                query_string=self.query, page_script_hash=self.page, fragment_id=fragment,
                is_auto_rerun=bool(fragment),
            )  # fmt: skip
            state.widget_states.widgets.extend(self.widgets.values())
            began = time.perf_counter()
            await self.socket.send(BackMsg(rerun_script=state).SerializeToString())
            await self._end()
            taken = time.perf_counter() - began
            if self.errors:
                raise Failed(f"{self.query or '/'}: {self.errors[0]}")
            return taken

    def _forget(self) -> None:
        """Another run of the whole script draws everything anew."""
        self.elements, self.errors, self.timers, self.text = {}, [], {}, []

    async def _end(self) -> None:
        while True:
            try:
                status = await asyncio.wait_for(self._finished.get(), _PATIENCE)
            except TimeoutError:
                raise Failed(f"no end of a run within {_PATIENCE} s") from None
            if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                return
            if status == ForwardMsg.FINISHED_SUCCESSFULLY:
                return
            if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                raise Failed("the script does not compile")
            # FINISHED_EARLY_FOR_RERUN: it runs on

    async def _listen(self) -> None:
        with suppress(Exception):  # a closed socket: whoever waits is told by its own deadline
            async for data in self.socket:
                self._take(ForwardMsg.FromString(data if isinstance(data, bytes) else b""))

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and self._whole:
            self._forget()
        elif kind == "script_finished":
            self._finished.put_nowait(message.script_finished)
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
            pages = message.navigation.app_pages
            self.pages = {p.url_pathname: p.page_script_hash for p in pages if not p.is_hidden}
            self.hidden = {p.url_pathname: p.page_script_hash for p in pages if p.is_hidden}
        elif kind == "delta":
            self._element(message)
        elif kind == "auto_rerun":
            self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "file_urls_response":
            self._urls.put_nowait(message.file_urls_response)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string

    def _element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type") or ""
        if kind == "exception":
            self.errors.append(element.exception.message)
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.errors.append(element.alert.body)
        if kind == "markdown":
            self.text.append(element.markdown.body)
        if kind == "dataframe":
            self.rows = max(self.rows, _rows(element.dataframe))
        own = getattr(element, kind, None) if kind else None
        name = getattr(own, "id", "")
        if isinstance(name, str) and name:
            options = [str(o) for o in getattr(own, "options", [])]
            self.elements[name] = Element(kind, name, getattr(own, "label", ""), options)

    async def _tick(self) -> None:
        """Answers the timers of the page, as a browser does."""
        due: dict[str, float] = {}
        while True:
            await asyncio.sleep(0.1)
            now = time.monotonic()
            for fragment, seconds in list(self.timers.items()):
                if now >= due.setdefault(fragment, now + seconds) and not self.busy.locked():
                    due[fragment] = now + seconds
                    with suppress(Failed):
                        await self.run(fragment)

    def put(self, **state: Any) -> None:
        """Remembers the state of a widget: `id` and one field of WidgetState."""
        self.widgets[state["id"]] = WidgetState(**state)

    async def go(self, page: str, query: str = "") -> float:
        """Opens another page in the same session."""
        known = self.pages | self.hidden
        if page not in known:
            raise Failed(f"no page {page!r} among {sorted(known)}")
        self.page, self.query = known[page], query or self.query
        return await self.run()

    async def press(self, key: str) -> float:
        """Clicks the button of that key; seconds until the run that it causes has ended."""
        found = [e.id for e in self.elements.values() if e.id.endswith(f"-{key}")]
        if not found:
            raise Failed(f"the page has no button {key!r}")
        self.put(id=found[0], trigger_value=True)
        try:
            return await self.run()
        finally:
            del self.widgets[found[0]]

    async def upload(self, name: str, content: bytes) -> float:
        """Sends a file by the page's uploader, and runs the script; seconds of both."""
        found = [e for e in self.elements.values() if e.kind == "file_uploader"]
        if not found:
            raise Failed("the page has no uploader")
        element = found[0]
        began = time.perf_counter()
        asked = BackMsg()
        asked.file_urls_request.request_id = uuid.uuid4().hex
        asked.file_urls_request.file_names.append(name)
        await self.socket.send(asked.SerializeToString())
        answer = await asyncio.wait_for(self._urls.get(), _PATIENCE)
        urls = answer.file_urls[0]
        await asyncio.to_thread(self._put, urls, name, content)
        state = WidgetState(id=element.id)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=urls.file_id, file_urls=urls
        )
        self.widgets[element.id] = state
        await self.run()
        return time.perf_counter() - began

    def _put(self, urls: FileURLs, name: str, content: bytes) -> None:
        mark = uuid.uuid4().hex
        quoted = urllib.parse.quote(name)
        body = (
            f'--{mark}\r\nContent-Disposition: form-data; name="{quoted}"; filename="{quoted}"'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        ).encode() + content + f"\r\n--{mark}--\r\n".encode()  # fmt: skip
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Cookie": self.cookie}
        token = dict(p.strip().split("=", 1) for p in self.cookie.split(";") if "=" in p)
        headers["X-Xsrftoken"] = token.get("_streamlit_xsrf", "").strip('"')
        url = urllib.parse.urljoin(self.address, urls.upload_url)
        request = urllib.request.Request(url, body, headers, method="PUT")
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answered:
            if answered.status not in (200, 204):
                raise Failed(f"upload answered {answered.status}")

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.socket.close()


def _rows(table: Any) -> int:
    data = table.arrow_data.data
    return int(pa.ipc.open_stream(data).read_all().num_rows) if data else 0


@asynccontextmanager
async def opened(
    address: str, query: str = "", page: str = "", cookie: str = ""
) -> AsyncIterator[Session]:
    """A session that has run nothing yet. `cookie`: of somebody signed in."""
    cookie = await asyncio.to_thread(_with_token, address, cookie)
    token = dict(p.strip().split("=", 1) for p in cookie.split(";") if "=" in p)
    socket = await connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit", token.get("_streamlit_xsrf", "none").strip('"')],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie}, origin=address,  # type: ignore[arg-type]
        max_size=_LARGEST, open_timeout=_PATIENCE, ping_timeout=None,
    )  # fmt: skip
    session = Session(address, socket, cookie, query)
    try:
        yield session
    finally:
        await session.close()


def _with_token(address: str, cookie: str) -> str:
    """The cookie with the token that the server asks of uploads."""
    request = urllib.request.Request(f"{address}/_stcore/health", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
        given = [c.split(";", 1)[0] for c in answer.headers.get_all("Set-Cookie") or []]
    return "; ".join(part for part in (cookie, *given) if part)
