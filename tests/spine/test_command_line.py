"""The command line keeps its word: exit statuses, one JSON document, names, plain sentences."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pipeline
from tests.spine.conftest import Province, here, mingcha

DONE, PARTLY, USAGE, BUSY, ENVIRONMENT = 0, 1, 2, 3, 4
Run = Callable[..., subprocess.CompletedProcess[str]]
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PUNCTUATION = re.compile("[\u3002\uff08\uff09\uff0c\uff1a\uff1b]")
# As design §5 has them.
FILE = {"file", "sha256", "kind", "period", "status", "rows", "findings", "returned"}
FINDING = {"sheet", "cell", "rule", "severity", "value", "zh", "en"}
PUBLISHED = {"period", "revision", "stage", "content_hash", "path", "restatements", "counts"}
METRIC = {"metric", "scope", "level", "period", "numerator", "denominator", "value"}
METRIC |= {"n", "low", "high", "status"}
CELL = {"file", "sha256", "sheet", "cell", "value"}


@cache
def schema(name: str) -> dict[str, Any]:
    path = Path(pipeline.__file__).parent / "schemas" / f"{name}.schema.json"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def conforms(document: Any, name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    jsonschema.validate(document, schema(name), jsonschema.Draft202012Validator)


def refused(root: Path, status: int, *arguments: str, run: Run = mingcha) -> str:
    """Runs a command that must fail with `status`: no traceback, no output; its sentence."""
    done = run(root, *arguments, expect=(status,))
    assert done.stdout == ""
    assert done.stderr.strip() and "Traceback" not in done.stderr
    return done.stderr


def test_ingest_prints_the_documented_json(province: Province) -> None:
    # conftest parsed the whole standard output as one document: nothing else was on it
    conforms(province.report, "ingest")
    assert {"files", "counts"} <= province.report.keys()
    findings = [f for file in province.report["files"] for f in file["findings"]]
    assert findings and all(f.keys() == FINDING for f in findings)
    assert all(file.keys() == FILE for file in province.report["files"])
    for status in ("accepted", "warned", "partial", "refused", "duplicate"):
        told = sum(file["status"] == status for file in province.report["files"])
        assert province.report["counts"][status] == told


def test_findings_speak_both_languages(province: Province) -> None:
    """English may name a sheet, a header or a value as it stands; all else in it is English."""
    for file in province.report["files"]:
        for finding in file["findings"]:
            assert CHINESE.search(finding["zh"]), finding
            said = without_names(finding)
            assert not PUNCTUATION.search(said), finding["en"]
            assert len(re.findall("[A-Za-z]+", said)) >= 5, finding["en"]


def without_names(finding: dict[str, Any]) -> str:
    said: str = finding["en"]
    for name in (finding["value"], finding["sheet"]):
        said = said.replace(name, "") if name else said
    return said


def test_publish_prints_the_documented_json(province: Province) -> None:
    for period, document in province.published.items():
        conforms(document, "publish")
        assert document.keys() >= PUBLISHED
        assert (document["period"], document["revision"]) == (period, 1)
        assert Path(document["path"]).name == f"{period}-r1"


def test_metrics_print_the_documented_json(province: Province) -> None:
    done = mingcha(province.folder.root, "metrics", "--period", "2026Q3", "--format", "json")
    document = json.loads(done.stdout)
    conforms(document, "metrics")
    assert all(row.keys() == METRIC for row in document)
    assert {row["period"] for row in document} == {"2026Q3"}
    assert len({(r["metric"], r["scope"]) for r in document}) == len(document) > 1000


def test_metrics_of_one_metric_and_scope(province: Province) -> None:
    asked = ("metrics", "--period", "2026Q3", "--metric", "retention", "--scope", "37")
    root = province.folder.root
    scope = json.loads(mingcha(root, *asked[:5], "--format", "json").stdout)[0]["scope"]
    told = mingcha(root, *asked[:5], "--scope", scope, "--format", "json").stdout
    (row,) = json.loads(told)
    assert (row["metric"], row["scope"]) == ("retention", scope)


def test_explain_prints_the_documented_json(province: Province) -> None:
    branch = province.truth["resent"]["changes"][0]["branch_code"]
    asked = ("explain", "satisfaction", "--scope", branch, "--period", "2026-09", "--json")
    document = json.loads(mingcha(province.folder.root, *asked).stdout)
    conforms(document, "explain")
    named = [c for p in document["components"] for r in p["rows"] for c in r["cells"]]
    assert named and all(cell.keys() >= CELL for cell in named)
    # the province ends with the re-sent file, so that is where the figure comes from
    change = province.truth["resent"]["changes"][0]
    assert (change["cell"], change["new"]) in [(c["cell"], c["value"]) for c in named]


def test_report_files_have_the_documented_names(province: Province, tmp_path: Path) -> None:
    out = tmp_path / "documents"
    done = mingcha(province.folder.root, "report", "--period", "2026Q3", "-o", str(out))
    names = {
        f"{document}-2026Q3-r1.{format}"
        for document in ("circular", "express", "hq", "fairness")
        for format in ("docx", "pdf", "xlsx")
    }
    assert {p.name for p in out.iterdir()} == names
    assert [Path(line).name for line in done.stdout.split()] == sorted(names)


UNKNOWN = [
    (USAGE, ["publish", "--period", "2026-13"]),
    (USAGE, ["publish", "--period", "2026Q3", "--stage", "final"]),
    (PARTLY, ["publish", "--period", "2019Q1"]),  # a period without any data
    (USAGE, ["metrics", "--period", "September"]),
    (PARTLY, ["metrics", "--period", "2026-08"]),  # not published
    (PARTLY, ["metrics", "--period", "2026Q3", "--revision", "9"]),
    (USAGE, ["metrics", "--period", "2026Q3", "--metric", "happiness"]),
    (USAGE, ["metrics", "--period", "2026Q3", "--scope", "999999"]),
    (USAGE, ["metrics", "--period", "2026Q3", "--format", "pdf"]),
    (USAGE, ["explain", "happiness", "--scope", "999999", "--period", "2026Q3"]),
    (USAGE, ["explain", "retention", "--scope", "999999", "--period", "2026Q3"]),
    (PARTLY, ["explain", "retention", "--scope", "999999", "--period", "2026-08"]),
    (USAGE, ["report", "--period", "2026-13", "-o", "never"]),
    (PARTLY, ["report", "--period", "2026-08", "-o", "never"]),
    (USAGE, ["report", "--period", "2026Q3", "-o", "never", "--document", "poem"]),
    (USAGE, ["ingest", "no-such-file.xlsx"]),
    (USAGE, ["sing"]),
    (USAGE, ["--lang", "fr", "verify"]),
]


@pytest.mark.parametrize(("status", "arguments"), UNKNOWN, ids=lambda a: str(a)[:60])
def test_what_is_not_there_is_said(province: Province, status: int, arguments: list[str]) -> None:
    refused(province.folder.root, status, *arguments, run=here)


def test_a_refusal_is_the_exit_status_of_the_process(province: Province) -> None:
    refused(province.folder.root, USAGE, "metrics", "--period", "September")


def test_status_of_an_empty_folder_and_verify_are_well(tmp_path: Path) -> None:
    mingcha(tmp_path / "new", "verify", expect=(DONE,))
    assert not (tmp_path / "new").exists()


HOLDER = """
import sys
from pathlib import Path
from pipeline.folders import DataFolder
from pipeline.office.lock import writer
with writer(DataFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose writer's lock another process holds; it waits half a second at most."""
    root = tmp_path / "data"
    root.mkdir()
    (root / "settings.yaml").write_text("lock_seconds: 0.5\n", "utf-8")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(root)], **pipes) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        yield root
        assert holder.stdin is not None
        holder.stdin.close()


def test_busy_is_said_in_the_users_language(held: Path, province: Province) -> None:
    register = str(province.sheets / "1-register")
    assert "另一个程序正在写入" in refused(held, BUSY, "ingest", register)
    said = refused(held, BUSY, "--lang", "en", "publish", "--period", "2026Q3", run=here)
    assert "Another process is writing" in said and not CHINESE.search(said)


def test_a_data_folder_that_cannot_be_written(tmp_path: Path, province: Province) -> None:
    """Below a file no folder can be made; that holds for root too."""
    (tmp_path / "file").write_text("not a folder", "utf-8")
    refused(tmp_path / "file" / "data", ENVIRONMENT, "ingest", str(province.sheets / "1-register"))
