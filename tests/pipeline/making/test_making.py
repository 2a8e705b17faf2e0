"""Documents of a small publication, made as `report`, the worker and delivery make them."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.__main__ import load_commands
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.making import Made, Wanted, children, jobs, make, wanted
from pipeline.publication import Publication, open_publication
from pipeline.render import charts, excel, pdf, word
from pipeline.reports.blocks import Chart, Document, Series, Table
from pipeline.worker import warming
from pipeline.worker.tasks import Order, perform

FORMATS = ["docx", "pdf", "xlsx"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    place = tmp_path_factory.mktemp("office")
    sheets = [str(p) for p in warming._sheets(place / "sheets")]
    data = DataFolder(place / "data")
    perform(data, Order("ingest", {"paths": sheets}), lambda *_: None)
    request = {"period": "2026-09", "stage": "preview", "cascade": False}
    perform(data, Order("publish", request), lambda *_: None)
    return data


@pytest.fixture(scope="module")
def publication(folder: DataFolder) -> Publication:
    found = open_publication(folder, "2026-09")
    assert found is not None
    return found


def circular(publication: Publication, out: Path, formats: list[str] = FORMATS) -> list[Made]:
    return make(publication, ["circular"], formats, [], ["zh"], out)


def test_files_are_named_and_hashed_and_nothing_else_is_left(
    publication: Publication, tmp_path: Path
) -> None:
    made = circular(publication, tmp_path / "out")
    assert [m.path.name for m in made] == [f"circular-2026-09-r1.{f}" for f in FORMATS]
    for each in made:
        assert hashlib.sha256(each.path.read_bytes()).hexdigest() == each.sha256
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [m.path.name for m in made]


def test_children_and_this_process_give_the_same_bytes(
    publication: Publication, tmp_path: Path
) -> None:
    by_children = circular(publication, tmp_path / "a")
    alone = [circular(publication, tmp_path / "b", [f])[0] for f in FORMATS]
    assert [m.sha256 for m in by_children] == [m.sha256 for m in alone]


def test_children_do_not_run_whatever_is_the_main_module(
    publication: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host may have put a script there that cannot run again; Streamlit does."""
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit('the main module was run by a child')", "utf-8")
    module = ModuleType("__main__")
    module.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", module)
    children._end()  # those of other tests have begun already
    assert len(circular(publication, tmp_path / "out", ["docx", "xlsx"])) == 2
    assert sys.modules["__main__"] is module


def test_a_document_is_built_once_for_all_its_formats(
    publication: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whichever child comes first; what the other one takes over makes the same file."""
    asked = wanted(publication, ["express"], ["docx", "xlsx"], [])
    first, second = jobs.jobs_of(publication, asked, ["zh"])
    jobs.work(first, tmp_path)
    alone = jobs.work(replace(second, shared=False), tmp_path)

    def never(*_: Any) -> Document:
        raise AssertionError("built again")

    jobs._shared.cache_clear()  # as in another process
    monkeypatch.setattr(jobs, "_built", never)
    assert jobs.work(second, tmp_path) == alone


def test_every_node_is_in_one_job_and_those_at_the_end_are_small(publication: Publication) -> None:
    codes = tuple(f"{n:04}" for n in range(1003))
    asked = Wanted((), {"onepager": codes}, ("pdf",))
    sizes = [len(job.codes) for job in jobs.jobs_of(publication, asked, ["zh"])]
    made = [code for job in jobs.jobs_of(publication, asked, ["zh"]) for code in job.codes]
    assert made == list(codes)
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (20, 1)
    few = Wanted((), {"onepager": codes[:20]}, ("pdf",))
    assert len(jobs.jobs_of(publication, few, ["zh"])) == 1  # no child is begun for it


@pytest.mark.parametrize(
    ("formats", "order"),
    [
        (("docx", "pdf", "xlsx"), ["pdf", "xlsx", "docx"]),
        (("docx", "xlsx"), ["docx", "xlsx"]),
        (("docx", "pdf"), ["pdf", "docx"]),
        (("xlsx",), ["xlsx"]),
    ],
)
def test_one_job_builds_a_document_and_a_workbook_gets_ready_meanwhile(
    publication: Publication, formats: tuple[str, ...], order: list[str]
) -> None:
    found = jobs.jobs_of(publication, Wanted(("circular",), {}, formats), ["zh"])
    assert [job.formats for job in found] == [(f,) for f in order]
    assert [job.builds for job in found] == [True, *[False] * (len(order) - 1)]


def test_a_picture_is_drawn_once_for_all_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = (Series("执行率", [0.5, 0.7]),)
    chart = Chart("图", "甲低乙高", "bar", ("甲", "乙"), series, unit="%", format="percent", id="c")
    alone = charts.png(chart)
    with charts.shelved(tmp_path):
        assert charts.png(chart) == alone
        monkeypatch.setattr(charts, "_drawn", None)  # cannot be called
        assert charts.png(chart) == alone
    with pytest.raises(TypeError):
        charts.png(chart)


def test_several_languages_have_a_folder_each(publication: Publication, tmp_path: Path) -> None:
    made = make(publication, ["circular"], ["xlsx"], [], ["zh", "en"], tmp_path)
    assert sorted(m.path.parent.name for m in made) == ["en", "zh"]
    assert len({m.sha256 for m in made}) == 2


def test_a_killed_child_is_told_and_its_work_done_anew(
    publication: Publication, tmp_path: Path
) -> None:
    told: list[int] = []
    killed: list[int] = []

    def kill_once(done: int, total: int) -> None:
        for child in multiprocessing.active_children()[:1]:
            if not killed and child.pid:
                killed.append(child.pid)
                os.kill(child.pid, signal.SIGKILL)

    made = make(
        publication, ["circular"], FORMATS, [], ["zh", "en"], tmp_path, kill_once, told.append
    )
    assert len(killed) == 1
    assert len(told) == 1
    assert len(made) == 6
    assert all(m.path.is_file() for m in made)


def test_a_child_that_ends_again_and_again_is_a_sentence(
    publication: Publication, tmp_path: Path
) -> None:
    def kill(done: int, total: int) -> None:
        for child in multiprocessing.active_children():
            if child.pid:
                os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(Fault, match="接连中断") as fault:
        make(publication, ["circular"], FORMATS, [], ["zh"], tmp_path / "out", kill)
    assert fault.value.status == 4
    assert list((tmp_path / "out").iterdir()) == []


def test_work_that_is_stopped_leaves_nothing(publication: Publication, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyError("cancelled")

    with pytest.raises(KeyError):
        make(publication, ["circular"], FORMATS, [], ["zh"], tmp_path / "out", stop)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_killed_making_left_goes_with_the_next(
    publication: Publication, tmp_path: Path
) -> None:
    left = tmp_path / ".mingcha-report-999999999-1-0"
    left.mkdir()
    (left / "circular-2026-09-r1.docx").write_text("half", "utf-8")
    circular(publication, tmp_path, ["xlsx"])
    assert [p.name for p in tmp_path.iterdir()] == ["circular-2026-09-r1.xlsx"]


def test_the_command_prints_one_document_of_its_schema(folder: DataFolder, tmp_path: Path) -> None:
    asked = ["report", "--period", "2026-09", "-o", str(tmp_path), "--format", "xlsx", "--json"]
    done = CliRunner().invoke(load_commands(), ["--data", str(folder.root), *asked])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    schema = json.loads(files("pipeline.schemas").joinpath("report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema, jsonschema.Draft202012Validator)
    assert "circular" in {f["document"] for f in told["files"]}


@pytest.mark.parametrize(
    ("asked", "zh", "en"),
    [
        (["--document", "poem"], "没有文件“poem”；可用：circular", "no document 'poem'"),
        (["--format", "odt"], "没有格式“odt”；可用：docx", "no format 'odt'; available: docx"),
        (["--format", ","], "没有格式", "no format"),
        (["--branch", "9999"], "没有代码“9999”", "no code '9999'"),
        (["--branch", "3701", "--all-branches"], "只用其一", "not both"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(
    folder: DataFolder, tmp_path: Path, asked: list[str], zh: str, en: str
) -> None:
    for lang, words in (("zh", zh), ("en", en)):
        line = ["--data", str(folder.root), "--lang", lang, "report", "--period", "2026-09"]
        done = CliRunner().invoke(load_commands(), [*line, "-o", str(tmp_path / "out"), *asked])
        assert done.exit_code == 2, done.output
        assert words in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_that_is_not_what_was_published_stops_the_release(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """What is written is another document's: one row of a table says something else."""
    module: Any = {"docx": word, "pdf": pdf, "xlsx": excel}[ending]
    honest = module.write

    def lying(document: Document, path: Path) -> None:
        at = next(i for i, b in enumerate(document.blocks) if isinstance(b, Table))
        table = document.blocks[at]
        assert isinstance(table, Table)
        rows = [{**table.rows[0], table.columns[0].id: "改动"}, *table.rows[1:]]
        blocks = (*document.blocks[:at], replace(table, rows=rows), *document.blocks[at + 1 :])
        honest(replace(document, blocks=blocks), path)

    monkeypatch.setattr(module, "write", lying)
    line = ["--data", str(folder.root), "report", "--period", "2026-09", "--document", "circular"]
    done = CliRunner().invoke(
        load_commands(), [*line, "-o", str(tmp_path / "out"), "--format", ending]
    )
    assert done.exit_code == 1, done.output
    assert "（circular）的表“" in done.stderr
    assert "第1行" in done.stderr
    assert "改动" in done.stderr
    assert "Traceback" not in done.output
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_where_the_folder_should_be(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", "utf-8")
    line = ["--data", str(folder.root), "report", "--period", "2026-09", "-o"]
    done = CliRunner().invoke(load_commands(), [*line, str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "不是目录" in done.stderr


def test_nothing_is_made_of_numbers_that_nobody_published(
    publication: Publication, tmp_path: Path
) -> None:
    copy = Publication(Path(shutil.copytree(publication.path, tmp_path / publication.path.name)))
    values = pl.col("value") + 1
    path = copy.path / "metric_value.parquet"
    pl.read_parquet(path).with_columns(values).write_parquet(path)
    with pytest.raises(Fault) as told:
        circular(copy, tmp_path / "out")
    assert told.value.status == 1 and "metric_value" in told.value.zh
    assert not list((tmp_path / "out").rglob("*.*"))
