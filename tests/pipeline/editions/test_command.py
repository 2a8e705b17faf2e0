"""`mingcha edition` through the command line: kept, replaced while unused, never after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from books import COVERT, book, second
from click.testing import Result
from typer.testing import CliRunner

import pipeline
from pipeline.__main__ import load_commands
from pipeline.editions.keeping import editions_of
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.office.editions import IMPORTED, USED
from pipeline.warehouse.editions import body_of

DONE, PARTLY, USAGE, ENVIRONMENT = 0, 1, 2, 4


def mingcha(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(load_commands(), ["--data", str(root), *arguments])


def conforms(text: str, name: str) -> Any:
    path = Path(pipeline.__file__).parent / "schemas" / f"{name}.schema.json"
    document, schema = json.loads(text), json.loads(path.read_text("utf-8"))
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document


def test_a_clerk_makes_the_next_edition(tmp_path: Path) -> None:
    root, file = tmp_path / "data", tmp_path / "新版.xlsx"
    done = mingcha(root, "edition", "export", "covert-1", "-o", str(file), "--next", "covert-2",
                   "--json")  # fmt: skip
    assert done.exit_code == DONE
    assert conforms(done.stdout, "edition-export")["former"] == "covert-1"
    assert not root.exists()  # asking creates nothing
    assert mingcha(root, "edition", "check", str(file)).exit_code == DONE  # a sound draft
    opened = openpyxl.load_workbook(file)
    opened["版本"]["B5"] = "2025-01-01"
    opened.save(file)
    refused = mingcha(root, "edition", "check", str(file), "--json")
    assert refused.exit_code == PARTLY
    (told,) = conforms(refused.stdout, "edition-import")["findings"]
    assert (told["rule"], told["sheet"], told["cell"]) == ("edition.former_date", "版本", "B5")
    opened = openpyxl.load_workbook(file)
    opened["版本"]["B5"] = "2026-01-01"
    opened.save(file)
    assert mingcha(root, "edition", "check", str(file)).exit_code == DONE
    assert "covert-2" not in editions_of(DataFolder(root))
    made = mingcha(root, "edition", "import", str(file), "--actor", "王", "--json")
    assert conforms(made.stdout, "edition-import")["status"] == "imported"
    again = mingcha(root, "edition", "import", str(file), "--json")
    assert json.loads(again.stdout)["status"] == "unchanged"
    listed = conforms(mingcha(root, "edition", "list", "--json").stdout, "edition-list")
    by_id = {e["edition"]: e for e in listed["editions"]}
    assert list(by_id) == ["covert-1", "covert-2", "open-1"]
    own = by_id["covert-2"]
    assert (own["imported_by"], own["file"], own["used"]) == ("王", "新版.xlsx", False)
    assert "王" in mingcha(root, "edition", "list").stdout
    assert editions_of(DataFolder(root))["covert-2"] == second()
    template = mingcha(root, "template", "scorecard", "--edition", "covert-2", "-o",
                       str(tmp_path / "卡.xlsx"))  # fmt: skip
    assert template.exit_code == DONE


def test_it_can_be_changed_until_a_visit_used_it(tmp_path: Path) -> None:
    root, file = tmp_path / "data", tmp_path / "a.xlsx"
    assert mingcha(root, "edition", "import", str(book(file, second()))).exit_code == DONE
    other = {"版本!B4": "Covert visits, second edition"}
    replaced = mingcha(root, "edition", "import", str(book(file, second(), other)), "--json")
    assert json.loads(replaced.stdout)["status"] == "replaced"
    with Office.open(DataFolder(root)) as office:
        body = body_of(editions_of(DataFolder(root))["covert-2"])
        office.record(USED, {"edition": "covert-2", "body": body}, "office")
        assert len(ledger.payloads(office.connection, IMPORTED)) == 2
    unchanged = mingcha(root, "edition", "import", str(file), "--json")
    assert (unchanged.exit_code, json.loads(unchanged.stdout)["status"]) == (DONE, "unchanged")
    refused = mingcha(root, "edition", "import", str(book(file, second())), "--json")
    assert refused.exit_code == PARTLY
    (told,) = conforms(refused.stdout, "edition-import")["findings"]
    assert (told["rule"], told["cell"]) == ("edition.in_use", "B1")
    assert "--next" in told["zh"] and "--next" in told["en"]
    kept = editions_of(DataFolder(root))["covert-2"]
    assert kept.en == "Covert visits, second edition"
    assert mingcha(root, "verify").exit_code == DONE


def test_a_shipped_edition_is_not_changed(tmp_path: Path) -> None:
    same = mingcha(tmp_path / "data", "edition", "import", str(book(tmp_path / "a.xlsx", COVERT)))
    assert same.exit_code == DONE
    changed = book(tmp_path / "a.xlsx", COVERT, {"考核项!C2": "厅里干净"})
    refused = mingcha(tmp_path / "data", "edition", "import", str(changed))
    assert refused.exit_code == PARTLY and "covert-1" in refused.stdout


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (USAGE, ["edition", "import", "没有.xlsx"]),
        (USAGE, ["edition", "check", "没有.xlsx"]),
        (USAGE, ["edition", "export", "covert-9", "-o", "x.xlsx"]),
        (ENVIRONMENT, ["edition", "export", "covert-1", "-o", "没有目录/x.xlsx"]),
        (USAGE, ["edition"]),
    ],
)
def test_exit_statuses(tmp_path: Path, status: int, arguments: list[str]) -> None:
    done = mingcha(tmp_path / "data", *arguments)
    assert done.exit_code == status
    assert done.output.strip() and "Traceback" not in done.output
