"""Every published number is met to its printed digits; the page that lists them tells the same."""

from __future__ import annotations

import pytest

from tests.audits.statistics.published import Published, everything

ENTRIES = [(name, entry) for name, found in everything().items() for entry in found]


@pytest.mark.parametrize("entry", [e for _, e in ENTRIES], ids=[f"{n}: {e.en}" for n, e in ENTRIES])
def test_the_published_number(entry: Published) -> None:
    assert entry.agrees(), f"{entry.source}: printed {entry.printed}, given {entry.found}"


def test_a_wrong_number_is_seen() -> None:
    right = Published("s", "", "", "-.0105", lambda: -0.010503)
    wrong = Published("s", "", "", "-.0105", lambda: -0.010561)
    assert right.agrees() and right.given() == "-.0105"
    assert not wrong.agrees()
    assert Published("s", "", "", "0.5506", lambda: 0.55061).given() == "0.5506"
    assert Published("s", "", "", "23", lambda: 23).given() == "23"
    assert not Published("s", "", "", "1–6", lambda: "1–7").agrees()
