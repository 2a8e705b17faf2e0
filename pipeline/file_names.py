"""File names as text. A file system holds bytes: old Windows shares leave GBK there."""

from __future__ import annotations

import os


def as_text(name: str) -> str:
    """A name or path as people read it; one of other bytes decoded part by part, so that it can be
    stored, printed and sent on."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "/".join(_decoded(os.fsencode(part)) for part in name.split("/"))
    return name


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "replace")
