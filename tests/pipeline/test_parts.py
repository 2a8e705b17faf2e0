"""A batch is read in parts of whole files; where the cuts fall changes nothing."""

from __future__ import annotations

import polars as pl
import pytest
from reading import batch_of

from pipeline.parse import parse
from pipeline.parsing import numbering
from pipeline.recognise import recognise

HEAD = ["网点代码", "月份", "在岗人数"]


def _batch():
    grids = [[HEAD, [f"01{n:02d}", "2026-09", str(n)], [f"02{n:02d}", "2026-09", "x"]]
             for n in range(7)]  # fmt: skip
    grids.insert(3, [["购物清单"], ["苹果", "3"]])
    grids.insert(5, [])
    return batch_of(*grids)


@pytest.mark.parametrize("most", [1, 9, 20, 1000])
def test_the_cuts_change_nothing(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "MOST_CELLS", most)
    batch = _batch()
    found = recognise(batch)
    files = [0, 1, 2, 4, 6, 7, 8]
    assert list(found.kinds) == files
    assert sorted((f.file, f.rule) for f in found.findings) == [
        (3, "unrecognised"), (5, "empty_workbook"),
    ]  # fmt: skip
    (one,) = parse(batch, found).values()
    expected = [(f, 2, f"01{n:02d}", n) for n, f in enumerate(files)]
    expected += [(f, 3, f"02{n:02d}", None) for n, f in enumerate(files)]
    rows = one.tables["performance"].select("file", "row", "branch_code", "staff").rows()
    assert rows == sorted(expected)
    assert one.periods == dict.fromkeys(files, "2026-09")
    assert [(f.file, f.cell) for f in one.findings] == [(f, "C3") for f in files]


def test_rows_that_a_reader_mixed_up_are_put_in_order() -> None:
    batch = _batch()
    batch.places = batch.places.sample(fraction=1.0, shuffle=True, seed=1)
    (one,) = parse(batch, recognise(batch)).values()
    again = _batch()
    (other,) = parse(again, recognise(again)).values()
    assert one.tables["performance"].equals(other.tables["performance"])
    assert isinstance(one.tables["performance"], pl.DataFrame)
