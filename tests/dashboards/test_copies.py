"""Whose copy a downloaded table is, and which branch somebody looked at."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access import Viewer
from pipeline.folders import DataFolder
from pipeline.office import Office

CLERK = Viewer("office", account="wanghong", name="王红")


def _looks(folder: Path) -> list[tuple[str, str]]:
    """Actor and scope of the looks at lost points, in their order."""
    with Office.open(DataFolder(folder)) as office:
        rows = office.connection.execute(
            "SELECT actor, body FROM ledger JOIN ledger_payload USING (seq)"
            " WHERE act = 'look' ORDER BY seq"
        )
        told = [(r["actor"], json.loads(r["body"])) for r in rows]
    return [(actor, said["scope"]) for actor, said in told if said["subject"] == "items"]


def test_on_record_is_which_branch_an_office_looked_at(
    folder: Path, page: Callable[..., AppTest]
) -> None:
    drawn = page(folder, "branch", viewer=CLERK, scope="01010101")
    assert not drawn.exception
    assert not drawn.run().exception
    assert _looks(folder).count(("wanghong", "01010101")) == 1
    assert {actor for actor, _ in _looks(folder)} == {"wanghong"}


@pytest.mark.parametrize("on", [True, False])
def test_a_page_knows_whose_copies_it_gives(
    folder: Path, page: Callable[..., AppTest], on: bool
) -> None:
    DataFolder(folder).sign_in.write_text(f"watermark: {str(on).lower()}\n", "utf-8")
    whose = page(folder, viewer=CLERK).session_state["_whose"]
    assert whose.startswith("王红 wanghong 20") if on else whose == ""


def _table(whose: str) -> None:
    import polars as pl
    import streamlit as st

    from dashboards.exports import csv

    st.session_state["_whose"] = whose
    st.text(csv(pl.DataFrame({"a": [1], "b": ["=1+1"]})).hex())


@pytest.mark.parametrize("whose", ["", '李东, "甲" lidong 2026-11-26 09:30'])
def test_the_last_line_of_a_table_is_one_cell(whose: str) -> None:
    drawn = AppTest.from_function(_table, args=(whose,), default_timeout=60).run()
    assert not drawn.exception
    text = bytes.fromhex(drawn.text[0].value).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [["a", "b"], ["1", "'=1+1"], *([[f"# {whose}"]] if whose else [])]
