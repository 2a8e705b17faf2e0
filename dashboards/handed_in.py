"""Evidence handed in on a page: told by its bytes on the server, laid down for one procedure."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboards.intake import safe_name
from pipeline.appealing.evidence import kind_of
from pipeline.appealing.sentences import STRANGE, wrong_evidence
from pipeline.folders import DataFolder

TYPES = ("pdf", "jpg", "jpeg", "png", "docx")  # what the browser offers; the bytes decide


@contextmanager
def handed_in(folder: DataFolder, sent: Any) -> Iterator[Path | None]:
    """The file that a browser sent, in a room of its own for as long as it is needed.

    `sent`: what the upload box gave, or None. Fault (1) if its bytes are of no kind that is taken:
    neither name nor declared type is believed.
    """
    if sent is None:
        yield None
        return
    folder.spool.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=folder.spool))
    try:
        path = room / safe_name(str(sent.name))
        path.write_bytes(sent.getvalue())
        if kind_of(path) is None:
            raise wrong_evidence(path.name, STRANGE)
        yield path
    finally:
        shutil.rmtree(room, ignore_errors=True)
