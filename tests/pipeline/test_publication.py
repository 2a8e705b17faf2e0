"""Opening publications, and the commands that publish, list and explain, with their schemas."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from test_explain import filled
from typer.testing import CliRunner, Result

from pipeline.__main__ import load_commands
from pipeline.commands.metrics import csv_text, select
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.publication import TABLES, open_publication, published


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = filled(tmp_path_factory.mktemp("cli"))
    told = mingcha(folder, "publish", "--period", "2026年9月", "--json")
    assert told.exit_code == 0, told.output
    conforms("publish", json.loads(told.stdout))
    return folder


def mingcha(folder: DataFolder, *words: str) -> Result:
    return CliRunner().invoke(load_commands(), ["--data", str(folder.root), *words])


def conforms(command: str, document: Any) -> None:
    schema = json.loads(files("pipeline.schemas").joinpath(f"{command}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


def test_a_publication_has_every_table_with_its_columns(office: DataFolder) -> None:
    publication = open_publication(office, "2026-09")
    assert publication is not None
    for name, schema in TABLES.items():
        assert publication.table(name).schema == pl.Schema(schema), name
    manifest = publication.manifest
    assert (manifest["period"], manifest["revision"], manifest["stage"]) == (
        "2026-09",
        1,
        "preview",
    )
    assert len(manifest["ledger_head"]["hash"]) == 64 and manifest["ledger_head"]["seq"] > 0
    written = {p.stem for p in publication.path.glob("*.parquet")}
    assert written == set(manifest["tables"])


def test_the_newest_revision_opens_unless_one_is_named(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    for name in ("2026-09-r2", "2026-09-r10", "2026Q3-r1", ".unfinished-2026-09-r11", "note"):
        path = folder.publications / name
        path.mkdir(parents=True)
        period, _, revision = name.rpartition("-r")
        manifest = {"period": period, "revision": int(revision or 0) if revision.isdigit() else 0}
        (path / "manifest.json").write_text(json.dumps(manifest))
    assert [p.path.name for p in published(folder)] == ["2026-09-r2", "2026-09-r10", "2026Q3-r1"]
    newest, second = open_publication(folder, "2026-09"), open_publication(folder, "2026-09", 2)
    assert newest is not None and newest.revision == 10
    assert second is not None and second.revision == 2
    assert open_publication(folder, "2026-09", 3) is None


def test_metrics_as_json_has_the_documented_keys_only(office: DataFolder) -> None:
    told = mingcha(office, "metrics", "--period", "2026-09", "--format", "json")
    assert told.exit_code == 0
    rows = json.loads(told.stdout)
    conforms("metrics", rows)
    assert {r["period"] for r in rows} == {"2026-09"}
    (one,) = [r for r in rows if r["metric"] == "reported_speak_up" and r["scope"] == "019901"]
    assert (one["numerator"], one["denominator"], one["value"]) == (10, 50, 0.2)
    assert one["level"] == "branch" and one["status"] == "ok"


def test_metrics_as_table_csv_and_parquet(office: DataFolder, tmp_path: Path) -> None:
    base = ("metrics", "--period", "2026-09", "--metric", "reported_speak_up", "--scope", "01")
    assert "0.342857" in mingcha(office, *base).stdout
    lines = mingcha(office, *base, "--format", "csv").stdout.strip().splitlines()
    assert len(lines) == 2 and lines[1].startswith("reported_speak_up,01,province,2026-09,120.0,")
    assert mingcha(office, *base, "--format", "parquet").exit_code == 2
    out = tmp_path / "m.parquet"
    assert mingcha(office, *base, "--format", "parquet", "-o", str(out)).exit_code == 0
    assert pl.read_parquet(out)["value"].to_list() == [120 / 350]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("metrics", "--period", "2026-10"), 1),
        (("metrics", "--period", "soon"), 2),
        (("metrics", "--period", "2026-09", "--metric", "nothing"), 2),
        (("metrics", "--period", "2026-09", "--scope", "99"), 2),
        (("metrics", "--period", "2026-09", "--format", "pdf"), 2),
        (("publish", "--period", "2031-01"), 1),
        (("publish", "--period", "2026-13"), 2),
        (("explain", "nothing", "--scope", "01", "--period", "2026-09"), 2),
        (("explain", "adherence", "--scope", "01", "--period", "2025-01"), 1),
    ],
)
def test_exit_statuses_with_one_sentence(
    office: DataFolder, words: tuple[str, ...], status: int
) -> None:
    told = mingcha(office, *words)
    assert told.exit_code == status
    assert told.stdout == "" and len(told.stderr.strip().splitlines()) == 1


def test_explain_for_people_and_for_programs(office: DataFolder) -> None:
    words = ("explain", "reported_speak_up", "--scope", "0101", "--period", "2026-09")
    shown = mingcha(office, *words).stdout
    received = r"（2026-09，\d{4}-\d\d-\d\d \d\d:\d\d UTC\+8 收到）"
    assert re.search(rf"spoken = 50  ← 报表2026-09\.xlsx{received} · 月报!D3", shown)
    document = json.loads(mingcha(office, *words, "--json").stdout)
    conforms("explain", document)


def test_names_choose_one_metric_or_its_family() -> None:
    ids = ["a", "a.x", "a.y", "ab", "b"]
    values = pl.DataFrame({"metric": ids, "scope": ["s"] * 5})
    assert select(values, ["a"], [])["metric"].to_list() == ["a"]
    assert select(values, ["a.*"], [])["metric"].to_list() == ["a", "a.x", "a.y"]
    with pytest.raises(Fault):
        select(values, ["c.*"], [])


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_of_a_csv_becomes_a_formula(sign: str) -> None:
    text = csv_text(pl.DataFrame({"scope": [f"{sign}1+1"], "value": [-1.5]}))
    assert f"'{sign}1+1" in text and "-1.5" in text and "'-1.5" not in text
