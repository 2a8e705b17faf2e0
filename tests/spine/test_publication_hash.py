"""Same inputs, same content hash; a re-sent file changes exactly the cells that it changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.publication import open_publication
from pipeline.publish import publish
from pipeline.rebuild import rebuild
from tests.spine.conftest import Province

PERIOD = "2026Q3"
SCORECARDS = 12


def inputs(province: Province) -> list[Path]:
    """Register, targets, all monthly sheets, some scorecards; each key is sent once.

    Left out are workbooks that are refused in whole or part, and those that replace another: the
    order of sending decides which of two wins, and that is wanted.
    """
    truth = province.truth
    faulty = [m for m in truth["messy"] if m["expect"] != "read"]
    left_out = {m["file"] for m in faulty} | {truth["resent"]["file"]}
    left_out |= {m["corrected_by"] for m in faulty if m.get("corrected_by")}
    every = sorted(p.relative_to(province.sheets).as_posix() for p in workbooks(province.sheets))
    good = [p for p in every if p not in left_out]
    first = [p for p in good if p[0] in "124"]
    return [
        Path(p) for p in first + [p for p in good if f"5-scorecards/{PERIOD}" in p][:SCORECARDS]
    ]


def workbooks(sheets: Path) -> list[Path]:
    return [p for p in sheets.rglob("*.xlsx") if "truth" not in p.relative_to(sheets).parts]


def laid_out(province: Province, target: Path, backwards: bool) -> Path:
    """The same workbooks in one flat folder, so named that they come in order or backwards.

    The register stays first: without it, no branch is known.
    """
    target.mkdir()
    paths = inputs(province)
    register = [p for p in paths if p.parts[0].startswith("1-")]
    others = [p for p in paths if p not in register]
    for n, path in enumerate(register + (others[::-1] if backwards else others)):
        shutil.copyfile(province.sheets / path, target / f"{n:03d}{path.suffix}")
    return target


def taken_in(province: Province, root: Path, backwards: bool = False) -> DataFolder:
    folder = DataFolder(root / "data")
    report = ingest(folder, [laid_out(province, root / "sheets", backwards)])
    counts = report.counts()
    assert counts["files"] == len(inputs(province)) > 20
    assert counts["refused"] == counts["partial"] == counts["duplicate"] == 0, [
        (f.file, f.status, f.findings) for f in report.files if f.status in ("refused", "partial")
    ]
    return folder


@pytest.fixture(scope="module")
def once(province: Province, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Ingested and published once. Copy it before you write."""
    folder = taken_in(province, tmp_path_factory.mktemp("once"))
    assert publish(folder, PERIOD).revision == 1
    return folder


@pytest.fixture
def copied(once: DataFolder, tmp_path: Path) -> DataFolder:
    shutil.copytree(once.root, tmp_path / "data")
    return DataFolder(tmp_path / "data")


def hash_of(folder: DataFolder, revision: int) -> str:
    found = open_publication(folder, PERIOD, revision)
    assert found is not None
    return str(found.manifest["content_hash"])


def test_published_twice_the_hash_is_the_same(copied: DataFolder) -> None:
    again = publish(copied, PERIOD)
    assert again.revision == 2
    assert again.content_hash == hash_of(copied, 1)
    assert again.restatements == [] and again.counts["restated_values"] == 0


def test_sent_in_another_order_the_hash_is_the_same(
    province: Province, once: DataFolder, tmp_path: Path
) -> None:
    other = publish(taken_in(province, tmp_path, backwards=True), PERIOD)
    assert other.content_hash == hash_of(once, 1)


def test_rebuilt_from_the_archive_the_hash_is_the_same(copied: DataFolder) -> None:
    copied.warehouse.unlink()
    assert rebuild(copied).problems == []
    assert publish(copied, PERIOD).content_hash == hash_of(copied, 1)


def test_a_file_sent_again_restates_exactly_its_changed_cells(
    province: Province, copied: DataFolder
) -> None:
    resent = province.truth["resent"]
    (entry,) = ingest(copied, [province.sheets / resent["file"]]).files
    assert entry.status in ("accepted", "warned")
    report = publish(copied, PERIOD)
    assert report.revision == 2 and report.content_hash != hash_of(copied, 1)
    said = {
        (r["sheet"], r["cell"], r["branch_code"], r["column"], float(r["old"]), float(r["new"]))
        for r in report.restatements
    }
    assert said == {
        (c["sheet"], c["cell"], c["branch_code"], c["column"], float(c["old"]), float(c["new"]))
        for c in resent["changes"]
    }
    assert len(report.restatements) == 3 == report.counts["changed_cells"]
    assert {r["sha256"] for r in report.restatements} == {entry.sha256}
    assert {(r["change"], r["period"]) for r in report.restatements} == {("changed", "2026-09")}


def test_the_former_revision_stays_as_it_was(province: Province, copied: DataFolder) -> None:
    path = copied.publications / f"{PERIOD}-r1"
    before = {p.name: p.read_bytes() for p in path.iterdir()}
    ingest(copied, [province.sheets / province.truth["resent"]["file"]])
    publish(copied, PERIOD)
    assert {p.name: p.read_bytes() for p in path.iterdir()} == before
