"""`remind`, `mail`, `report --mail/--package` and `month-end` on the command line."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import pyzipper
from click.testing import Result
from postman import PASSWORD, Postman, running, settings
from typer.testing import CliRunner

import pipeline
from pipeline import reports
from pipeline.__main__ import load_commands
from pipeline.delivery import mail as mailing
from pipeline.delivery.package import package
from pipeline.delivery.settings import PASSWORD as PASSWORD_VARIABLE
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger
from pipeline.publication import published as publications
from pipeline.publishing import stale
from pipeline.publishing.procedures import formal_before

from mailing_office import (  # isort: skip
    ADDRESSES, EAST, NODES, NORTH, SOUTH, WEST, cells, office_of, published, reported,
    with_pages, written,
)  # fmt: skip


@cache
def _app() -> Any:
    return load_commands()


def mingcha(folder: DataFolder, *words: str, lang: str = "zh") -> Result:
    done = CliRunner().invoke(_app(), ["--data", str(folder.root), "--lang", lang, *words])
    assert "Traceback" not in done.output, done.output
    return done


def document(folder: DataFolder, schema: str, *words: str, expect: int = 0) -> Any:
    done = mingcha(folder, *words, "--json")
    assert done.exit_code == expect, (done.output, done.exception)
    path = Path(pipeline.__file__).parent / "schemas" / f"{schema}.schema.json"
    told, rules = json.loads(done.stdout), json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.validate(told, rules, jsonschema.Draft202012Validator)
    return told


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Two of four branches have reported."""
    return office_of(tmp_path_factory.mktemp("waiting"), (EAST, SOUTH))


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def server(postman: Postman, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, bytes]]:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    with running(postman) as found:
        yield found


def copied(folder: DataFolder, to: Path, server: tuple[int, bytes], **more: Any) -> DataFolder:
    made = DataFolder(Path(shutil.copytree(folder.root, to / "data")))
    (made.root / "ca.pem").write_bytes(server[1])
    made.delivery.write_text(settings(server[0], **more), "utf-8")
    return made


def test_mailing_what_is_stale_is_said_and_not_refused(
    formal: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path
) -> None:
    folder = copied(formal, tmp_path, server)
    asked = ("report", "--period", "2026-09", "--mail", "--document", "express", "--dry-run")
    fresh = document(folder, "report-mail", *asked, expect=1)  # two have no address
    assert fresh["stale"] is False and "已过时" not in mingcha(folder, *asked).stderr
    with Office.open(folder) as office:
        office.record(stale.ACT, {"period": "2026-09", "revision": 1}, "system")
    late = document(folder, "report-mail", *asked, expect=1)
    assert late["stale"] is True and late["counts"] == fresh["counts"]
    done = mingcha(folder, *asked)
    assert "2026-09 第 1 版已过时" in done.stderr and done.exit_code == 1
    assert "is stale" in mingcha(folder, *asked, lang="en").stderr
    assert postman.offered == []


def test_reminders_go_to_whoever_owes_once_a_day(
    waiting: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = copied(waiting, tmp_path, server)
    monkeypatch.setattr(ledger, "now", lambda: "2026-10-12T02:00:00Z")
    dry = document(folder, "remind", "remind", "--period", "2026-09", "--dry-run", expect=1)
    assert {o["node"]: o["state"] for o in dry["letters"]} == {WEST: "planned", NORTH: "skipped"}
    assert postman.offered == []
    first = document(folder, "remind", "remind", "--period", "2026-09", expect=1)
    assert first["counts"]["sent"] == 2 and first["counts"]["skipped"] == 1
    assert set(postman.count()) == {"xiqiao@bank.example", "xiqiao2@bank.example"}
    body = postman.arrived[0][1].get_body()
    assert body is not None and "2026年9月（报送期限 2026-10-13）" in body.get_content()
    again = document(folder, "remind", "remind", "--period", "2026-09", expect=1)
    assert again["counts"]["sent"] == 0 and again["counts"]["already"] == 2
    rows = document(folder, "status", "status", "--period", "2026-09")["branches"]
    assert {r["branch_code"]: r["reminded"] for r in rows} == {
        EAST: None, WEST: "2026-10-12", SOUTH: None, NORTH: None,
    }  # fmt: skip
    assert "2026-10-12" in mingcha(folder, "status", "--period", "2026-09").stdout
    monkeypatch.setattr(ledger, "now", lambda: "2026-10-14T02:00:00Z")
    next_day = document(folder, "remind", "remind", "--period", "2026-09", expect=1)
    assert next_day["counts"]["sent"] == 2
    assert len(document(folder, "mail-list", "mail", "list", "--period", "2026-09")) == 4


def test_bounces_are_listed_noted_and_cleared(waiting: DataFolder, tmp_path: Path) -> None:
    folder = DataFolder(Path(shutil.copytree(waiting.root, tmp_path / "data")))
    assert document(folder, "mail-bounces", "mail", "bounces") == []
    assert mingcha(folder, "mail", "bounce", "无", "--reason", "x").exit_code == 2
    assert mingcha(folder, "mail", "bounce", "A@Bank.Example", "--reason", "离职").exit_code == 0
    (row,) = document(folder, "mail-bounces", "mail", "bounces")
    assert (row["address"], row["said"], row["code"]) == ("A@bank.example", "离职", 0)
    assert mingcha(folder, "mail", "clear").exit_code == 2
    assert mingcha(folder, "mail", "clear", "b@bank.example").exit_code == 1
    assert mingcha(folder, "mail", "clear", "--all").exit_code == 0
    assert document(folder, "mail-bounces", "mail", "bounces") == []


def test_the_express_by_mail_through_the_real_making(
    formal: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path
) -> None:
    folder = copied(formal, tmp_path, server, recipients="{union: [gonghui@bank.example]}")
    asked = ("report", "--period", "2026-09", "--mail", "--document", "express")
    told = document(folder, "report-mail", *asked, "--format", "xlsx", expect=1)
    assert postman.count() == dict.fromkeys([*ADDRESSES, "gonghui@bank.example"], 1)
    assert told["counts"] == {
        "planned": 0, "sent": 6, "already": 0, "unknown": 0, "waiting": 0, "left_out": 0,
        "refused": 0, "skipped": 2,
    }  # fmt: skip
    files = {
        n for _, m in postman.arrived for n in [p.get_filename() for p in m.iter_attachments()]
    }
    assert files == {"快报-2026年9月-第1版.xlsx"}
    assert mingcha(folder, "mail", "check").exit_code == 0
    english = mingcha(folder, *asked, "--dry-run", lang="en")
    assert "sent before 6" in english.stdout and "has no address" in english.stdout


def test_the_circular_goes_to_no_branch(
    formal: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path
) -> None:
    """It prints scores and ranks of all: a branch head sees neither of others on any page."""
    folder = copied(formal, tmp_path, server, recipients="{union: [gonghui@bank.example]}")
    asked = ("report", "--period", "2026-09", "--mail", "--document", "circular", "--dry-run")
    told = document(folder, "report-mail", *asked, "--format", "xlsx", expect=1)
    planned = {one["node"] for one in told["letters"] if one["state"] == "planned"}
    branches = {node[0] for node in NODES if node[2] == "网点"}
    assert branches and not planned & branches and planned


def test_the_real_pages_name_no_other_branch(
    formal: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path
) -> None:
    """One-pagers made and mailed by one command, opened and searched."""
    folder = copied(formal, tmp_path, server)
    left = folder.root / ".delivery-999999999-1"  # of a mailing that was killed
    left.mkdir()
    told = document(folder, "report-mail", "report", "--period", "2026-09", "--mail",
                    "--document", "onepager", "--format", "xlsx", expect=1)  # fmt: skip
    assert told["counts"]["sent"] == len(ADDRESSES) - 1  # the city has no such page
    assert not list(folder.root.glob(".delivery-*")) and not left.exists()
    names = {n[0]: n[1] for n in NODES if n[2] == "网点"}
    for address, message in postman.arrived:
        own = ADDRESSES[address]
        files = {str(p.get_filename()): cells(p.get_content()) for p in message.iter_attachments()}
        ((name, page),) = files.items()
        text = " ".join(page)
        assert name.startswith(f"一页三改-{names[own]}") and names[own] in text
        others = [w for c, n in names.items() if c != own for w in (c, n)]
        assert not any(w in text for w in others)


@pytest.mark.parametrize(
    "words",
    [
        (), ("--package",), ("--dry-run", "-o", "x"), ("--again", "-o", "x"),
        ("--mail", "--package", "-o", "x"), ("--password-file", "x", "-o", "x"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused(
    formal: DataFolder, words: tuple[str, ...]
) -> None:
    done = mingcha(formal, "report", "--period", "2026-09", *words)
    assert done.exit_code == 2 and done.stderr.strip()


def _unzipped(path: Path, password: str = "") -> dict[str, bytes]:
    with pyzipper.AESZipFile(path) as box:
        if password:
            box.setpassword(password.encode())
        return {name: box.read(name) for name in box.namelist()}


def test_each_city_gets_its_own_pages_and_the_express(
    formal: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pages(monkeypatch)
    folder = DataFolder(Path(shutil.copytree(formal.root, tmp_path / "data")))
    made = written(published(folder), tmp_path / "made", ["xlsx"])
    twice = [package(folder, published(folder), made, tmp_path / d, "zh") for d in ("a", "b")]
    assert [p.sha256 for p in twice[0]] == [p.sha256 for p in twice[1]]
    below = {"3701": {"3701", EAST, WEST}, "3702": {"3702", SOUTH, NORTH}}
    codes = {n[0] for n in NODES}
    assert [p.city for p in twice[0]] == list(below)
    for one in twice[0]:
        files = _unzipped(one.path)
        listing = files.pop("清单.txt").decode()
        assert set(files) == set(one.files) and len(files) == 4
        pages = [c for name, c in files.items() if name.startswith("一页-")]
        assert set().union(*(codes & set(cells(c)) for c in pages)) == below[one.city]
        assert sum(name.startswith("快报-") for name in files) == 1
        for name, content in files.items():
            assert f"{sha256(content).hexdigest()}  {name}" in listing.splitlines()
        with zipfile.ZipFile(one.path) as plain:  # any program opens it, names are UTF-8
            assert plain.testzip() is None and all(i.flag_bits & 0x800 for i in plain.infolist())


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_one_bad_file_is_left_out_and_the_rest_is_packed(
    formal: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The page of the east branch is another file by now, or none."""
    with_pages(monkeypatch)
    made = written(published(formal), tmp_path / "made", ["xlsx"])
    (east,) = [Path(f["path"]) for f in made if f["code"] == EAST]
    east.unlink() if how == "gone" else east.write_bytes(b"of the west branch")
    first, second = package(formal, published(formal), made, tmp_path / "out", "zh")
    assert second.left_out == () and len(second.files) == 4
    ((name, why),) = first.left_out
    assert len(first.files) == 3 and name not in first.files and name not in _unzipped(first.path)
    assert east.name in why.zh and "没有装入压缩包" in why.zh and "in no package" in why.en
    told = first.to_json()["left_out"]
    assert told == [{"file": name, "zh": why.zh, "en": why.en}]


def test_a_package_with_a_password_opens_with_it_alone(
    formal: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pages(monkeypatch)
    made = written(published(formal), tmp_path / "made", ["xlsx"])
    secret = "相当长的口令 2026"
    (first, _) = package(formal, published(formal), made, tmp_path / "out", "zh", secret)
    assert len(_unzipped(first.path, secret)) == 5
    for wrong in ("", "another password"):
        with pytest.raises(RuntimeError):
            _unzipped(first.path, wrong)
    with zipfile.ZipFile(first.path) as plain, pytest.raises((RuntimeError, NotImplementedError)):
        plain.read(plain.namelist()[0])
    with pytest.raises(Fault, match="至少"):
        package(formal, published(formal), made, tmp_path / "out", "zh", "kurz")


def test_a_package_by_command(formal: DataFolder, tmp_path: Path) -> None:
    out, secret = tmp_path / "out", tmp_path / "secret"
    secret.write_text("correct horse battery\n", "utf-8")
    secret.chmod(0o600)
    asked = ("report", "--period", "2026-09", "--package", "-o", str(out), "--format", "xlsx")
    asked = (*asked, "--document", "circular")
    told = document(formal, "report-package", *asked, "--password-file", str(secret))
    assert [p["city"] for p in told["packages"]] == ["3701", "3702"]
    files = _unzipped(Path(told["packages"][0]["path"]), "correct horse battery")
    assert set(files) == {"清单.txt", "通报-2026年9月-第1版.xlsx"}
    secret.chmod(0o640)
    refused = mingcha(formal, *asked, "--password-file", str(secret))
    assert refused.exit_code == 2 and "chmod 600" in refused.stderr


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the express is made: all documents take seconds, and their making is tested there."""
    there = [e for e in reports.catalogue() if e.id == "express"]
    monkeypatch.setattr(reports, "catalogue", lambda: tuple(there))


def spoiling(mail: Any, out: Path) -> Any:
    """Mails, and then somebody changes what was made."""

    def mailed(*given: Any, **more: Any) -> Any:
        done = mail(*given, **more)
        (made,) = out.glob("out/express-*.xlsx")
        made.write_bytes(b"spoilt")
        return done

    return mailed


def _steps(told: Any) -> dict[str, str]:
    return {one["step"]: one["state"] for one in told["steps"]}


@pytest.mark.usefixtures("short")
def test_month_end_waits_goes_on_and_does_nothing_twice(
    waiting: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = copied(waiting, tmp_path, server)
    monkeypatch.setattr(ledger, "now", lambda: "2026-10-12T02:00:00Z")
    asked = ("month-end", "--period", "last-month", "--stage", "formal", "--at-least", "100",
             "--remind", "--mail", "--package", "--format", "xlsx", "-o",
             str(tmp_path / "out"))  # fmt: skip
    early = document(folder, "month-end", *asked, expect=1)
    assert _steps(early) == {"status": "waiting", "remind": "done"}
    assert early["period"] == "2026-09" and publications(folder) == []
    reported(folder, WEST, NORTH)
    postman.arrived.clear()

    def killed(*given: Any, **more: Any) -> Any:
        raise KeyError("as if killed")

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "mail_publication", killed)
        assert mingcha(folder, *asked).exit_code == 1
        # Somebody has the list name another file, with the right SHA-256 of that one.
        (listing,) = (tmp_path / "out").glob("documents-*.json")
        made, forged = listing.read_bytes(), tmp_path / "forged.xlsx"
        forged.write_bytes(b"forged")
        files = [f | {"path": str(forged), "sha256": sha256(b"forged").hexdigest()}
                 for f in json.loads(made)]  # fmt: skip
        listing.write_text(json.dumps(files), "utf-8")
        assert mingcha(folder, *asked).exit_code == 1
        assert json.loads(listing.read_bytes())[0]["path"] != str(forged)  # made anew
    assert [p.revision for p in publications(folder)] == [1] and postman.arrived == []
    with monkeypatch.context() as patch:  # the express is another file when it is to be packed
        patch.setattr(mailing, "mail_publication", spoiling(mailing.mail_publication, tmp_path))
        told = document(folder, "month-end", *asked, expect=1)  # two nodes have no address
    assert _steps(told) == {
        "publish": "before", "report": "before", "mail": "done", "package": "waiting",
    }  # fmt: skip
    result = told["steps"][-1]["result"]
    assert result["left_out"] == 1 and result["stale"] is False and len(result["packages"]) == 2
    assert postman.count() == dict.fromkeys(ADDRESSES, 1)
    with Office.open(folder) as office:  # facts behind it have been restated since
        office.record(stale.ACT, {"period": "2026-09", "revision": 1}, "system")
    late = mingcha(folder, *asked)
    assert late.exit_code == 0 and "2026-09 第 1 版已过时" in late.stderr
    assert postman.count() == dict.fromkeys(ADDRESSES, 1)
    done = document(folder, "month-end", *asked)
    assert set(_steps(done).values()) == {"before"}
    assert [p.revision for p in publications(folder)] == [1]
    assert postman.count() == dict.fromkeys(ADDRESSES, 1)


@pytest.mark.usefixtures("short")
def test_month_end_before_its_time_needs_a_reason_and_the_head(
    waiting: DataFolder, server: tuple[int, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(waiting, tmp_path, server)
    folder.settings.write_text(folder.settings.read_text("utf-8").replace("check_days: 0", ""))
    monkeypatch.setattr(ledger, "now", lambda: "2026-10-12T02:00:00Z")
    asked = ("month-end", "--period", "2026-09", "--stage", "formal", "--format", "xlsx", "-o",
             str(tmp_path / "out"))  # fmt: skip
    assert mingcha(folder, *asked).exit_code == 1 and publications(folder) == []
    told = document(folder, "month-end", *asked, "--early", "年末赶报", "--as", "李/head")
    assert _steps(told)["publish"] == "done"
    assert publications(folder)[0].manifest["check"]["waived"]


OVER = {
    "zh": "第2版是预发布（预览），其前已有正式通报第1版；第1版仍然有效，引用和奖惩以它为准。",
    "en": "Revision 2 is a preview over formal revision 1, which stays the one in force: quote and "
    "decide by that one.",
}


@pytest.mark.usefixtures("short")
def test_a_preview_over_a_formal_revision_says_so_everywhere(
    formal: DataFolder, server: tuple[int, bytes], postman: Postman, tmp_path: Path
) -> None:
    """Month-end, report, letters and documents say which revision holds."""
    folder = copied(formal, tmp_path, server)
    asked = ("month-end", "--period", "2026-09", "--stage", "preview", "--mail", "--format",
             "xlsx", "-o", str(tmp_path / "out"))  # fmt: skip
    assert OVER["zh"] in mingcha(folder, *asked).output
    assert OVER["en"] in mingcha(folder, *asked, lang="en").output  # also when it was done before
    assert [p.manifest["over_formal"] for p in publications(folder)] == [None, 1]
    (book,) = (tmp_path / "out").glob("express-*.xlsx")
    assert OVER["zh"] in cells(book.read_bytes())
    one = ("report", "--period", "2026-09", "--document", "express", "--format", "xlsx", "-o",
           str(tmp_path / "again"))  # fmt: skip
    told = mingcha(folder, *one, lang="en")
    assert OVER["en"] in told.stderr and OVER["en"] not in told.stdout
    assert OVER["en"] not in mingcha(folder, *one, "--revision", "1", lang="en").stderr
    bodies = [m.get_body().get_content() for _, m in postman.arrived]  # type: ignore[union-attr]
    assert all(OVER["zh"] in body for body in bodies)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_publish_says_it_before_and_after(
    formal: DataFolder, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """The sentence of the commands, from what the worker answers."""
    from pipeline.commands import publish
    from pipeline.worker.tasks import Answer

    counts = dict.fromkeys(
        ("branches", "values", "reported", "late", "not_reported", "pending_correction",
         "restated_values", "changed_cells"), 0,
    )  # fmt: skip
    answer = {
        "period": "2026-09", "revision": 2, "stage": "preview", "over_formal": 1, "counts": counts,
        "same_as": None, "check": None, "appeals": {"filed": 0}, "path": "", "content_hash": "",
        "restatements": [], "cascaded": [], "stale": [], "damaged": [], "refusal": None,
        "summary": {"zh": "一", "en": "one"}, "waiting": dict.fromkeys(
            ("appeals", "appeals_on_sheets", "reviews", "actions"), 0),
    }  # fmt: skip
    monkeypatch.setattr(publish, "worked", lambda *asked: Answer(answer, 0))
    for more in ((), ("--rehearse",)):
        told = mingcha(formal, "publish", "--period", "2026-09", *more, lang=lang).output
        assert OVER[lang] in told
        answer["over_formal"] = None
        assert (
            "formal revision" not in mingcha(formal, "publish", "--period", "2026-09", *more).output
        )
        answer["over_formal"] = 1


def test_the_newest_formal_revision_before_it_is_in_force(tmp_path: Path) -> None:
    """Formal 1, preview 2, preview 3, formal 4, preview 5; another period counts for nothing."""
    folder = DataFolder(tmp_path)
    stages = {"2026-09": "FPPFP", "2026-10": "P", "2026Q3": "F"}
    for period, letters in stages.items():
        for revision, letter in enumerate(letters, 1):
            room = folder.publications / f"{period}-r{revision}"
            room.mkdir(parents=True)
            manifest = {"period": period, "revision": revision,
                        "stage": {"F": "formal", "P": "preview"}[letter]}  # fmt: skip
            (room / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert [formal_before(folder, "2026-09", r) for r in range(1, 7)] == [None, 1, 1, 1, 4, 4]
    assert formal_before(folder, "2026-10", 2) is None


@pytest.mark.usefixtures("short")
def test_a_publication_made_before_a_kill_is_not_made_again(
    formal: DataFolder, tmp_path: Path
) -> None:
    from pipeline.delivery.month_end import Run
    from pipeline.office import Office

    folder = DataFolder(Path(shutil.copytree(formal.root, tmp_path / "data")))
    with Office.open(folder) as office:
        run = Run.standing(office, "2026-09", "formal")
        # as a run that noted the end of the ledger, published, and was killed before it said so
        run.since = 0
        run._record({"step": "publish", "state": "begun", "since": 0})
    asked = ("month-end", "--period", "2026-09", "--stage", "formal", "--format", "xlsx")
    told = document(folder, "month-end", *asked, "-o", str(tmp_path / "out"))
    assert _steps(told)["publish"] == "done" and [p.revision for p in publications(folder)] == [1]


def test_periods_by_name() -> None:
    from datetime import date

    from pipeline.delivery.month_end import period_named

    told = {
        ("last-month", date(2026, 1, 3)): "2025-12",
        ("last-month", date(2026, 10, 31)): "2026-09",
        ("last-quarter", date(2026, 1, 3)): "2025Q4",
        ("last-quarter", date(2026, 6, 30)): "2026Q1",
        ("last-quarter", date(2026, 10, 1)): "2026Q3",
        ("last-year", date(2026, 10, 1)): "2025",
        ("2026年9月", date(2026, 10, 1)): "2026-09",
    }
    assert {k: period_named(*k) for k in told} == told
    with pytest.raises(Fault):
        period_named("yesterday", date(2026, 10, 1))
