"""What a socket really carries: every text and every number of the protocol's messages, tables of
Arrow and the data of charts among them. Nothing is looked at as a picture."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.bench.load.client import Session


def tapped(session: Session) -> list[ForwardMsg]:
    """The messages that a session gets from now on, as they come."""
    heard: list[ForwardMsg] = []
    take = session._take

    def noted(message: ForwardMsg) -> None:
        heard.append(message)
        take(message)

    session._take = noted  # type: ignore[method-assign]
    return heard


def told(messages: list[ForwardMsg]) -> tuple[str, set[float]]:
    """All text, JSON unescaped, and all numbers in tables."""
    texts, numbers = [], set[float]()
    for message in messages:
        for value in _leaves(message):
            if isinstance(value, str):
                texts.append(value)
                if "\\u" in value:
                    texts.append(value.encode("ascii", "ignore").decode("unicode_escape"))
            else:
                for cell in _cells(value):
                    if isinstance(cell, str):
                        texts.append(cell)
                    elif isinstance(cell, int | float):
                        numbers.add(float(cell))
    return "\n".join(texts), numbers


def _leaves(message: Any) -> Iterator[str | bytes]:
    for field, value in message.ListFields():
        many = list(value) if field.is_repeated else [value]
        for one in many:
            if hasattr(one, "ListFields"):
                yield from _leaves(one)
            elif isinstance(one, str | bytes):
                yield one


def _cells(data: bytes) -> Iterator[Any]:
    """The cells of a table; the bytes as text where they are none."""
    try:
        table = pa.ipc.open_stream(io.BytesIO(data)).read_all()
    except pa.ArrowInvalid:
        yield data.decode("utf-8", "replace")
        return
    yield json.dumps([str(n) for n in table.column_names], ensure_ascii=False)
    for column in table.columns:
        yield from column.to_pylist()


def downloads(messages: list[ForwardMsg]) -> list[str]:
    """The addresses of what can be downloaded from what was drawn."""
    drawn = [m.delta.new_element for m in messages if m.WhichOneof("type") == "delta"]
    buttons = [e.download_button for e in drawn if e.WhichOneof("type") == "download_button"]
    return sorted({b.url for b in buttons if b.url})


def fetched(
    address: str, path: str, cookie: str = "", method: str = "GET", body: bytes | None = None,
    **headers: str,
) -> tuple[int, bytes]:  # fmt: skip
    """Status and body of a request by plain HTTP."""
    named = {k.replace("_", "-"): v for k, v in headers.items()} | {"Cookie": cookie}
    request = urllib.request.Request(f"{address}{path}", body, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
