"""Groups stored in turn: what is stored is what one after the other would store, and no more."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipeline.archive import Staging
from pipeline.folders import DataFolder
from pipeline.office import uploads
from pipeline.stores import open_stores
from pipeline.storing import Storing
from pipeline.verify import verify
from tests.faults.world import ROWS, Batch, group, take_in

BATCHES = [Batch(number, 2) for number in (1, 2, 3)]


def kept(folder: DataFolder) -> list[tuple[str, str, int]]:
    """File, state, and rows of each upload."""
    with open_stores(folder) as stores:
        counted = dict(
            stores.warehouse.query(
                "SELECT upload_id, count(*) FROM performance GROUP BY ALL"
            ).iter_rows()
        )
        rows = stores.office.connection.execute("SELECT * FROM upload ORDER BY seq")
        return [(r["name"], r["state"], counted.get(r["upload_id"], 0)) for r in rows]


def test_the_next_group_begins_while_one_is_loaded(tmp_path: Path) -> None:
    """It comes as far as its names; its facts wait for the seal of the one before."""
    folder, box = DataFolder(tmp_path / "data"), tmp_path / "box"
    steps: list[str] = []
    begun = threading.Event()

    def at(step: str) -> None:
        steps.append(step)
        if step == "facts:performance" and steps.count(step) == 1:
            assert begun.wait(30)  # for the next one's names
        if step == "placed" and steps.count(step) == 2:
            begun.set()

    take_in(folder, BATCHES, box, at)
    assert begun.is_set()
    assert [s for s in steps if s in ("facts", "sealed")] == ["facts", "sealed"] * 3
    assert kept(folder) == [
        (f"{batch.number:05}-{n}.xlsx", "sealed", ROWS) for batch in BATCHES for n in (0, 1)
    ]
    assert not verify(folder).problems


def test_nothing_is_loaded_before_the_group_before_it_is_sealed(tmp_path: Path) -> None:
    """However long sealing takes: else a kill could leave two groups with facts and no seal."""
    folder, box = DataFolder(tmp_path / "data"), tmp_path / "box"
    steps: list[str] = []
    second = threading.Event()
    early: list[bool] = []

    def at(step: str) -> None:
        steps.append(step)
        if step == "facts:performance" and steps.count(step) == 2:
            second.set()
        if step == "sealed" and steps.count(step) == 1:
            early.append(second.wait(0.5))

    take_in(folder, BATCHES, box, at)
    assert early == [False] and second.is_set()


def test_a_fault_while_loading_stops_the_next_group(tmp_path: Path) -> None:
    """The one before is in, that one and the next one are out, and both can be sent again."""
    folder, box = DataFolder(tmp_path / "data"), tmp_path / "box"
    loads: list[str] = []

    def at(step: str) -> None:
        if step == "facts:before commit":
            loads.append(step)
            if len(loads) == 2:
                raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        take_in(folder, BATCHES, box, at)
    found = kept(folder)
    assert [state for _, state, _ in found] == ["sealed"] * 2 + ["undone"] * 4
    assert [rows for _, _, rows in found] == [ROWS] * 2 + [0] * 4
    take_in(folder, BATCHES[1:], box, lambda step: None)
    assert [state for _, state, _ in kept(folder)[6:]] == ["sealed"] * 4
    assert not verify(folder).problems


def test_what_is_not_settled_is_left_to_recovery(tmp_path: Path) -> None:
    """Its facts may be there already: then it is sealed at the next opening."""
    folder, box = DataFolder(tmp_path / "data"), tmp_path / "box"
    with (
        open_stores(folder) as stores,
        Staging(folder, ()) as staging,
        Storing(stores, "office", lambda step: None, staging) as storing,
    ):
        committed = storing.begin(group(BATCHES[0], box))
        states = {row["state"] for row in uploads.unsealed(stores.office.connection)}
        assert states == {"intent"} and len(committed.upload_ids) == 2
    assert {state for _, state, _ in kept(folder)} <= {"sealed", "undone"}
    assert not verify(folder).problems
