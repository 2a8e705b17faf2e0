"""What a finding says is short, whatever stands in the cell: the ledger keeps it for ever."""

from __future__ import annotations

from pipeline.findings import Rule
from pipeline.validation.telling import by_file

LONG = Rule("test_long", "warning", "none", "{value}|{header}", "{value}|{header}")


def test_a_cell_of_thirty_thousand_characters_is_cut() -> None:
    found = LONG.at(0, value="长" * 32_767, header="头" * 32_767)
    assert found.value is not None and len(found.value) == 120 and found.value.endswith("…")
    assert len(found.zh) == 120 + 1 + 400


def test_of_thousands_alike_two_hundred_are_listed_and_the_rest_counted() -> None:
    many = [LONG.at(0, "表", f"A{n}", n, str(n), header="h") for n in range(1, 1001)]
    other = LONG.at(1, "表", "A1", 1, "1", header="h")
    told = by_file([*many, other])
    assert [f.cell for f in told[0][:-1]] == [f"A{n}" for n in range(1, 201)]
    assert told[0][-1].rule == "more_alike" and "800" in told[0][-1].zh
    assert told[1] == [other]
