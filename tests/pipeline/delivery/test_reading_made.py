"""What is mailed is the file that was made, not what lies in its place by now."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.commands.month_end import _whole
from pipeline.delivery.letters import NotAsMade, Piece, reader


@pytest.mark.parametrize("code", ["", "01010101"])
def test_a_file_that_was_replaced_is_not_sent(tmp_path: Path, code: str) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(b"of the east branch")
    made = hashlib.sha256(b"of the east branch").hexdigest()
    read = reader({("onepager", code, "pdf"): (path, made)})
    path.write_bytes(b"of the west branch")
    with pytest.raises(NotAsMade) as said:
        read(Piece("onepager", code, ("pdf",)), "pdf")
    told = said.value.told
    assert "page.pdf" in told.zh and "改动" in told.zh and "page.pdf was changed" in told.en
    path.unlink()
    with pytest.raises(NotAsMade, match=r"page\.pdf cannot be read"):
        read(Piece("onepager", code, ("pdf",)), "pdf")
    path.write_bytes(b"of the east branch")
    assert read(Piece("onepager", code, ("pdf",)), "pdf") == b"of the east branch"


def test_month_end_makes_anew_what_was_changed(tmp_path: Path) -> None:
    path, listing = tmp_path / "page.pdf", tmp_path / "documents.json"
    path.write_bytes(b"as made")
    digest = hashlib.sha256(b"as made").hexdigest()
    listing.write_text(json.dumps([{"path": str(path), "format": "pdf", "sha256": digest}]))
    assert _whole(listing, ["pdf"])
    path.write_bytes(b"as changed")
    assert _whole(listing, ["pdf"]) == []
    path.unlink()
    assert _whole(listing, ["pdf"]) == []
