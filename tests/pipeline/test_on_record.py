"""A directory that no publishing made is no publication, however right its hashes are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from test_explain import filled
from typer.testing import CliRunner

from pipeline.__main__ import load_commands
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office
from pipeline.publication import open_publication, published, strangers
from pipeline.publish import publish
from pipeline.publishing import on_record
from pipeline.verify import verify


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = filled(tmp_path_factory.mktemp("record"))
    publish(folder, "2026-09")
    return folder


@pytest.fixture
def folder(office: DataFolder, tmp_path: Path) -> DataFolder:
    return DataFolder(Path(shutil.copytree(office.root, tmp_path / "data")))


def _laid_there(folder: DataFolder, name: str) -> Path:
    """A copy of the publication under another name, its manifest to match."""
    path = Path(shutil.copytree(folder.publications / "2026-09-r1", folder.publications / name))
    told: dict[str, Any] = json.loads((path / "manifest.json").read_text("utf-8"))
    told |= {"period": name[:7], "revision": int(name[9:]), "stage": "formal"}
    (path / "manifest.json").write_text(json.dumps(told), "utf-8")
    return path


def _refused(folder: DataFolder, *words: str) -> str:
    done = CliRunner().invoke(load_commands(), ["--data", str(folder.root), *words])
    assert done.exit_code == 1 and "Traceback" not in done.output
    return done.stderr


def test_what_was_laid_there_is_not_read_not_made_into_documents_and_told(
    folder: DataFolder, tmp_path: Path
) -> None:
    for name in ("2026-09-r2", "2026-08-r1"):
        _laid_there(folder, name)
    assert [p.path.name for p in published(folder)] == ["2026-09-r1"]
    assert [p.path.name for p in strangers(folder)] == ["2026-08-r1", "2026-09-r2"]
    newest = open_publication(folder, "2026-09")
    assert newest is not None and newest.revision == 1
    out = ("-o", str(tmp_path / "out"))
    for words in (("--period", "2026-08"), ("--period", "2026-09", "--revision", "2")):
        assert "来历不明" in _refused(folder, "report", *words, *out)
        assert "来历不明" in _refused(folder, "report", *words, "--mail", "--dry-run")
    assert not (tmp_path / "out").exists()
    told = [p.zh for p in verify(folder).problems if p.check == "publications"]
    assert len(told) == 2 and all("来历不明" in zh for zh in told)


def test_publishing_does_not_make_it_good(folder: DataFolder) -> None:
    """The next publishing put on record whatever lay there without one."""
    path = _laid_there(folder, "2026-09-r2")
    with pytest.raises(Fault) as refused:
        publish(folder, "2026-09")
    assert "来历不明" in refused.value.zh and "knows nothing of" in refused.value.en
    assert [p.revision for p in published(folder)] == [1]
    shutil.rmtree(path)
    assert publish(folder, "2026-09").revision == 2
    assert verify(folder).ok


def test_a_manifest_changed_with_its_tables_is_none_either(folder: DataFolder) -> None:
    path = folder.publications / "2026-09-r1" / "manifest.json"
    was = path.read_bytes()
    path.write_bytes(was.replace(b'"preview"', b'"formal"'))
    assert published(folder) == []
    path.write_bytes(was)
    assert len(published(folder)) == 1


def test_publications_alone_are_read_as_they_are(folder: DataFolder) -> None:
    """As they are handed to HQ: without an office there is no ledger to hold them against."""
    for path in folder.root.glob("office.sqlite*"):
        path.unlink()
    assert len(published(folder)) == 1


def test_another_ledger_in_the_same_place_is_read_from_its_beginning(folder: DataFolder) -> None:
    """As after a restore: what the former one knew does not count."""
    assert len(published(folder)) == 1
    for path in folder.root.glob("office.sqlite*"):
        path.unlink()
    with Office.open(folder) as office:
        for _ in range(40):
            office.record("look", {}, "test")
    assert on_record.announced(folder) == {} and published(folder) == []
