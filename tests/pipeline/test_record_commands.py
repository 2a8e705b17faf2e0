"""`spelling`, `correct`, `status` on the command line: usage, exit statuses, documented JSON."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipeline
from pipeline.__main__ import load_commands
from pipeline.commands.session import Session
from pipeline.folders import DataFolder
from pipeline.office import Office, uploads
from pipeline.office.uploads import Upload

DONE, PARTLY, USAGE = 0, 1, 2
SHA = "ab12" * 16


@cache
def _app() -> Any:
    """Every call of load_commands adds all commands once more: one is enough."""
    return load_commands()


def mingcha(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(_app(), ["--data", str(root), *arguments])


def conforms(text: str, name: str) -> Any:
    path = Path(pipeline.__file__).parent / "schemas" / f"{name}.schema.json"
    document, schema = json.loads(text), json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An office that received a workbook with an unknown header and refused another."""
    finding = {
        "rule": "unknown_column", "severity": "warning", "sheet": "九月", "cell": "L2",
        "value": "接待人次数", "en": "Header …",
        "zh": "不认识表头“接待人次数”（L2），该列未读取。是否为“接待客户数”？",
    }  # fmt: skip
    taken = Upload(SHA, "xlsx", "报表.xlsx", "performance", "2026-09", "warned", 9, [finding])
    refused = Upload("cd" * 32, "xlsx", "错.xlsx", "performance", "2026-09", "refused", 0)
    with Office.open(DataFolder(tmp_path / "data")) as office, office.transaction() as connection:
        begun = uploads.begin(connection, [taken, refused], "office")
        uploads.seal(connection, {b.upload_id: {} for b in begun}, "office")
    return tmp_path / "data"


def test_spellings_are_listed_confirmed_and_revoked(root: Path) -> None:
    listed = conforms(mingcha(root, "spelling", "list", "--json").stdout, "spelling-list")
    (proposal,) = listed["proposals"]
    assert (proposal["header"], proposal["column"]) == ("接待人次数", "served")
    shown = mingcha(root, "spelling", "list").stdout
    assert (
        'mingcha spelling confirm performance "接待人次数" served' in shown and "九月!L2" in shown
    )
    said = ("performance", "接待人次数", "served", "--actor", "王")
    made = mingcha(root, "spelling", "confirm", *said, "--json")
    assert made.exit_code == DONE
    assert conforms(made.stdout, "spelling")["actor"] == "王"
    again = mingcha(root, "spelling", "confirm", *said, "--json")
    assert (again.exit_code, json.loads(again.stdout)["new"]) == (DONE, False)
    listed = conforms(mingcha(root, "spelling", "list", "--json").stdout, "spelling-list")
    assert listed["proposals"] == [] and len(listed["confirmed"]) == 1
    gone = mingcha(root, "spelling", "revoke", "performance", "接待人次数", "--json")
    assert gone.exit_code == DONE
    conforms(gone.stdout, "spelling")
    assert mingcha(root, "spelling", "revoke", "performance", "接待人次数").exit_code == USAGE


def test_a_header_that_nobody_needs(root: Path) -> None:
    shown = mingcha(root, "spelling", "list").stdout
    assert 'mingcha spelling ignore performance "接待人次数"' in shown and "？？" not in shown
    made = mingcha(root, "spelling", "ignore", "performance", "接待人次数", "--json")
    assert (made.exit_code, conforms(made.stdout, "spelling")["column"]) == (DONE, "")
    again = mingcha(root, "spelling", "ignore", "performance", "接待人次数", "--json")
    assert json.loads(again.stdout)["new"] is False
    listed = conforms(mingcha(root, "spelling", "list", "--json").stdout, "spelling-list")
    assert listed["proposals"] == listed["confirmed"] == []
    assert [one["header"] for one in listed["ignored"]] == ["接待人次数"]
    shown = mingcha(root, "spelling", "list").stdout
    assert "不需要" in shown and "UTC+8" in shown
    other = mingcha(root, "spelling", "confirm", "performance", "接待人次数", "served")
    assert other.exit_code == PARTLY and "revoke" in other.output
    assert mingcha(root, "spelling", "revoke", "performance", "接待人次数").exit_code == DONE
    listed = json.loads(mingcha(root, "spelling", "list", "--json").stdout)
    assert len(listed["proposals"]) == 1 and listed["ignored"] == []
    known = mingcha(root, "spelling", "ignore", "performance", "识别客户数")
    assert known.exit_code == PARTLY and "一个表头只能有一个含义" in known.output


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (PARTLY, ["spelling", "confirm", "performance", "识别客户数", "served"]),
        (USAGE, ["spelling", "confirm", "performance", "接待人次数", "nothing"]),
        (USAGE, ["spelling", "confirm", "performance"]),
        (USAGE, ["spelling"]),
    ],
)
def test_wrong_spellings(root: Path, status: int, arguments: list[str]) -> None:
    done = mingcha(root, *arguments)
    assert done.exit_code == status
    assert done.output.strip() and "Traceback" not in done.output


CELL = ["--cell", "L3", "--old", "900", "--new", "910", "--reason", "打错"]


@pytest.mark.parametrize(
    ("status", "arguments", "says"),
    [
        (USAGE, ["correct", "ffffff", *CELL], "没有收到过"),
        (USAGE, ["correct", "f", *CELL], "前 6 位"),
        (PARTLY, ["correct", "cdcdcd", *CELL], "已退回"),
        (USAGE, ["correct", SHA, "--cell", "L4", *CELL], "个数须相同"),
        (USAGE, ["correct", SHA, *CELL[:-2]], "--reason"),
        (USAGE, ["correct", SHA], "--cell"),
        (USAGE, ["correct", "withdraw", "7", "--reason", "x"], "第 7 号"),
        (USAGE, ["correct"], "withdraw"),
    ],
)
def test_wrong_corrections(root: Path, status: int, arguments: list[str], says: str) -> None:
    done = mingcha(root, *arguments)
    assert done.exit_code == status
    assert says in done.output and "Traceback" not in done.output


def test_a_file_that_is_not_in_the_archive_is_said(root: Path) -> None:
    done = mingcha(root, "correct", SHA[:8], *CELL)
    assert done.exit_code == 4 and "restore" in done.output


def test_help_names_what_there_is(root: Path) -> None:
    done = mingcha(root, "correct", "--help")
    assert done.exit_code == DONE
    assert all(word in done.output for word in ("record", "list", "withdraw", "UPLOAD"))


@pytest.mark.parametrize("command", [["spelling", "list"], ["correct", "list"]])
def test_asking_an_empty_folder_creates_nothing(tmp_path: Path, command: list[str]) -> None:
    done = mingcha(tmp_path / "none", *command)
    assert done.exit_code == DONE and done.output.strip()
    assert mingcha(tmp_path / "none", *command, "--json").exit_code == DONE
    assert not (tmp_path / "none").exists()


def test_status_without_a_register_says_so_and_creates_nothing(tmp_path: Path) -> None:
    done = mingcha(tmp_path / "none", "status", "--period", "2026-09")
    assert done.exit_code == PARTLY
    assert "名册" in done.output and " 0" not in done.output
    english = mingcha(tmp_path / "none", "--lang", "en", "status", "--period", "2026-09")
    assert "register" in english.output
    assert not (tmp_path / "none").exists()


def test_status_of_an_office_whose_register_never_came(root: Path) -> None:
    assert "名册" in mingcha(root, "status", "--period", "2026-09").output


@pytest.mark.parametrize("revision", ["0", "-1"])
@pytest.mark.parametrize(
    "command",
    [
        ["metrics"],
        ["explain", "retention", "--scope", "37"],
        ["report", "-o", "never"],
    ],
)
def test_a_revision_below_one_is_wrong_usage(
    tmp_path: Path, command: list[str], revision: str
) -> None:
    done = mingcha(tmp_path, *command, "--period", "2026-09", "--revision", revision)
    assert done.exit_code == USAGE
    assert not (tmp_path / "never").exists()


def test_a_path_can_be_opened_from_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = tmp_path / "office" / "data" / "returned" / "a.xlsx"
    marked.parent.mkdir(parents=True)
    marked.touch()
    session = Session(DataFolder(tmp_path / "office" / "data"), "zh")
    (tmp_path / "elsewhere").mkdir()
    for here in ("", "office", "office/data", "elsewhere"):
        monkeypatch.chdir(tmp_path / here)
        assert Path(session.path("returned/a.xlsx")).resolve() == marked
