"""Name and time on pages and downloads, so that a picture or a file tells whose it was.

Switched by `watermark` in `signin.yaml`; there is none in the demonstration, where nobody is named.
"""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st
from lxml import etree

from dashboards.access import Viewer
from dashboards.signin.holding import settings_of
from pipeline.china_time import china_time
from pipeline.folders import DataFolder
from pipeline.made_on_record import content_of
from pipeline.office.ledger import now

WHOSE = "_whose"  # in the state of a session: the line of its newest full run
_CORE = "docProps/core.xml"
_DC = "http://purl.org/dc/elements/1.1/"


def line(folder: DataFolder, viewer: Viewer) -> str:
    """Whose it is and when: `李东 lidong 2026-11-26 09:30`. Empty where it is switched off."""
    if not viewer.account or not settings_of(folder).watermark:
        return ""
    return f"{viewer.name} {viewer.account} {china_time(now())}"


def copier(folder: DataFolder, path: Path) -> Callable[[], bytes]:
    """What a download button gives when it is clicked: the file as it was made, marked as the copy
    of whoever looks. Not before: over many pages that takes seconds."""
    whose = st.session_state.get(WHOSE, "") if st.runtime.exists() else ""
    return lambda: marked(content_of(folder, path), path.suffix, whose)


def style(text: str) -> str:
    """A style that repeats the text, faintly and aslant, over a whole page; clicks pass through."""
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="380" height="210"><text x="0" y="150" '
        'transform="rotate(-20 190 105)" font-family="sans-serif" font-size="15" fill="#7A8899" '
        f'fill-opacity=".16">{escape(text)}</text></svg>'
    )
    coded = b64encode(picture.encode()).decode()
    return (
        "<style>[data-testid='stApp']::after{content:'';position:fixed;inset:0;z-index:999990;"
        f"pointer-events:none;background:url(data:image/svg+xml;base64,{coded})}}</style>"
    )


def marked(content: bytes, suffix: str, text: str) -> bytes:
    """The file with the text in it: over every page of `.pdf`, in the properties of `.xlsx` and
    `.docx` (description), as a last line of `.csv`. Other kinds stay as they are. ValueError if it
    is no such file."""
    if not text:
        return content
    if suffix == ".pdf":
        from pipeline.render.stamp import stamped  # an engine that only this needs

        return stamped(content, text)
    if suffix == ".csv":
        return content + f"# {text}\n".encode()
    return _described(content, text) if suffix in (".xlsx", ".docx") else content


def _described(content: bytes, text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry, _core(body, text) if entry.filename == _CORE else body)
    return made.getvalue()


def _core(body: bytes, text: str) -> bytes:
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    named = f"{{{_DC}}}description"
    found = root.find(named)
    (etree.SubElement(root, named) if found is None else found).text = text
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
