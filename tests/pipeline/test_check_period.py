"""A branch confirms its figures while somebody else writes: nobody waits for an ingest to end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from audits.procedure import Actor
from pipeline import check_period
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office.lock import writer
from pipeline.stores import open_stores
from tests.dashboards import fixture_publication

BRANCH = fixture_publication.BRANCHES[0]
OTHER = fixture_publication.BRANCHES[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A preview of 2026-09 whose check period lasts until 13 October; today is the 9th."""
    monkeypatch.setattr(ledger, "now", lambda: f"{date(2026, 10, 9)}T02:00:00Z")
    fixture_publication.build(tmp_path)
    with Office.open(DataFolder(tmp_path)) as office:
        check = {"opened": "2026-10-09", "until": "2026-10-13", "branches": 12}
        said = {"period": "2026-09", "revision": 1, "stage": "preview", "check": check}
        office.record("publication", said, "office")
    return DataFolder(tmp_path)


def test_confirming_does_not_wait_for_the_writer(folder: DataFolder) -> None:
    with writer(folder):
        with pytest.raises(Fault) as busy, open_stores(folder, 0.01):
            pass
        assert busy.value.status == 3  # the lock is really held
        told = check_period.confirm(folder, "2026-09", BRANCH, Actor("wang", "branch", BRANCH))
    assert (told["confirmed"], told["branches"]) == (1, 12)
    assert told["by_branch"] == [{"branch": BRANCH, "day": "2026-10-09"}]


def test_a_refused_confirmation_leaves_nothing_behind(folder: DataFolder) -> None:
    with pytest.raises(Fault) as other:
        check_period.confirm(folder, "2026-09", BRANCH, Actor("li", "branch", OTHER))
    assert other.value.status == 1
    check_period.confirm(folder, "2026-09", OTHER, Actor("li", "branch", OTHER))
    with pytest.raises(Fault):
        check_period.confirm(folder, "2026-09", OTHER, Actor("li", "branch", OTHER))
    assert check_period.listed(folder, "2026-09")["confirmed"] == 1
