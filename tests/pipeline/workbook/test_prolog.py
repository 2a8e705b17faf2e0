"""The front of an XML part is looked at once, whatever stands there."""

from __future__ import annotations

import pytest

from pipeline.workbook.limits import Refused
from pipeline.workbook.package import refuse_entities


def test_comments_and_blanks_in_front_cost_no_more_than_their_length() -> None:
    """Each of 200,000 comments once doubled the time; 40 took the reader's whole half minute."""
    refuse_entities(b'<?xml version="1.0"?>\n<!-- a -->' + b"<!---->" * 200_000 + b"<root/>")
    for front in (b"<!---->" * 200_000, b" " * 400_000, b"<?a?>" * 200_000, b"<!-- " * 1000):
        with pytest.raises(Refused):
            refuse_entities(front)
