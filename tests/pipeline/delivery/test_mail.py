"""Documents by mail against a real server: right recipient, own rows, nothing twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from postman import PASSWORD, Postman, running, settings

import pipeline
from pipeline.delivery.mail import How, mail_publication
from pipeline.delivery.sending import Mailing
from pipeline.delivery.settings import PASSWORD as PASSWORD_VARIABLE
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.making import choice
from pipeline.office import Office, sendings
from pipeline.publishing.on_record import manifest_digest
from pipeline.verify import verify

from mailing_office import (  # isort: skip
    ADDRESSES, EAST, NODES, NORTH, SOUTH, attachments, cells, published,
    with_pages, written,
)  # fmt: skip

SCHEMA = Path(pipeline.__file__).parent / "schemas" / "report-mail.schema.json"
DONGMEN, XIQIAO, NANGANG = "dongmen@bank.example", "xiqiao@bank.example", "nangang@bank.example"


@pytest.fixture(scope="module")
def first(
    formal: DataFolder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[DataFolder, list[dict[str, Any]]]:
    """An office, and its documents made once."""
    with pytest.MonkeyPatch.context() as patch:
        with_pages(patch)
        return formal, written(published(formal), tmp_path_factory.mktemp("made"), ["xlsx"])


class Desk:
    """An office that mails: its folder, its server and the command."""

    def __init__(self, folder: DataFolder, files: list[dict[str, Any]]) -> None:
        self.folder, self.files, self.postman, self.made = folder, files, Postman(), 0

    def serve(self, port: int, authority: bytes, security: str = "starttls", **more: Any) -> None:
        (self.folder.root / "ca.pem").write_bytes(authority)
        self.folder.delivery.write_text(settings(port, security, **more), "utf-8")

    def _make(self) -> list[dict[str, Any]]:
        self.made += 1
        return self.files

    def mail(self, codes: list[str] | None = None, **how: Any) -> Mailing:
        asked = choice(None, "xlsx", codes, codes is None)
        done = mail_publication(
            self.folder, published(self.folder), asked, self._make,
            replace(How(sleep=lambda s: None), **how),
        )  # fmt: skip
        jsonschema.validate(done.to_json(), json.loads(SCHEMA.read_text("utf-8")))
        return done

    def states(self, mailing: Mailing) -> dict[str, str]:
        told = mailing.to_json()["letters"]
        return {one["address"] or one["node"]: one["state"] for one in told}


@pytest.fixture
def desk(
    first: tuple[DataFolder, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    with_pages(monkeypatch)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    root = tmp_path / "data"
    shutil.copytree(first[0].root, root)
    return Desk(DataFolder(root), first[1])


@pytest.fixture
def open_desk(desk: Desk) -> Iterator[Desk]:
    with running(desk.postman) as (port, authority):
        desk.serve(port, authority)
        yield desk


def test_each_gets_exactly_the_own_rows(open_desk: Desk) -> None:
    """Attachments opened and compared with the publication: own codes there, no other's."""
    mailing = open_desk.mail()
    assert open_desk.postman.count() == dict.fromkeys(ADDRESSES, 1)
    assert all(open_desk.postman.encrypted)
    codes = {n[0] for n in NODES}
    values = published(open_desk.folder).table("metric_value").filter(metric="identification_rate")
    for address, message in open_desk.postman.arrived:
        own, files = ADDRESSES[address], attachments(message)
        assert len(files) == 2 and all(n.startswith(("快报-", "一页-")) for n in files)
        page = cells(next(c for n, c in files.items() if n.startswith("一页-")))
        assert codes & set(page) == {own}
        (row,) = values.filter(scope=own, period="2026-09").to_dicts()
        assert {f"{row[c]:.0f}" for c in ("numerator", "denominator")} <= set(page)
        assert message["To"].addresses[0].addr_spec == address and len(message["To"].addresses) == 1
        assert message["Cc"] is None and message["Bcc"] is None
    (without,) = [one for one in mailing.to_json()["letters"] if one["node"] == NORTH]
    assert without["state"] == "skipped" and "没有邮箱" in without["zh"]
    assert mailing.exit_status == 1  # two nodes have no address
    assert mailing.counts()["sent"] == 5 and mailing.counts()["skipped"] == 2


def test_names_of_files_and_people_are_chinese_on_the_way(open_desk: Desk) -> None:
    open_desk.mail([EAST])
    ((_, message),) = open_desk.postman.arrived
    (name,) = attachments(message)
    assert name == "一页-云安东门网点-2026年9月-第1版.xlsx"
    raw = message.as_bytes()
    assert b"filename*=utf-8''" in raw.lower() or b"filename*0*=utf-8''" in raw.lower()
    assert message["To"].addresses[0].display_name == "云安东门网点"
    assert message["Subject"] == "【明察】2026年9月通报 · 云安东门网点"
    body = message.get_body()
    assert body is not None and "云安东门网点：" in body.get_content()


def test_english_letters_are_english(open_desk: Desk) -> None:
    open_desk.mail([EAST], lang="en")
    ((_, message),) = open_desk.postman.arrived
    assert message["Subject"] == "[Mingcha] Circular September 2026 - 云安东门网点"
    body = message.get_body()
    assert body is not None and "Sent by Mingcha automatically." in body.get_content()


def test_nothing_twice(open_desk: Desk) -> None:
    open_desk.mail([EAST])
    again = open_desk.mail()  # the express is new for the east branch, its page is not
    assert open_desk.states(again)[DONGMEN] in ("sent", "already")
    east = [attachments(m) for a, m in open_desk.postman.arrived if a == DONGMEN]
    assert [len(files) for files in east] == [1, 1] and set(east[0]).isdisjoint(east[1])
    made = open_desk.made
    third = open_desk.mail(again=True)
    assert third.counts()["already"] == len(ADDRESSES) and third.counts()["sent"] == 0
    assert open_desk.made == made  # nothing to send, nothing made
    assert sum(open_desk.postman.count().values()) == 6
    assert verify(open_desk.folder).ok


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_one_bad_file_is_told_and_the_others_are_sent(
    open_desk: Desk, tmp_path: Path, how: str
) -> None:
    """The page of the east branch is another file by now, or none: that letter alone stays."""
    there = Path(shutil.copytree(Path(open_desk.files[0]["path"]).parent, tmp_path / "made"))
    good = [f | {"path": str(there / Path(f["path"]).name)} for f in open_desk.files]
    open_desk.files = good
    (east,) = [Path(f["path"]) for f in good if f["code"] == EAST]
    kept = east.read_bytes()
    east.unlink() if how == "gone" else east.write_bytes(b"of the west branch")
    slept: list[float] = []
    done = open_desk.mail(sleep=slept.append)
    assert done.exit_status == 1 and done.waiting and slept == []  # waiting would mend nothing
    assert done.counts()["left_out"] == 1 and done.counts()["sent"] == len(ADDRESSES) - 1
    (told,) = [one for one in done.to_json()["letters"] if one["state"] == "left_out"]
    assert told["address"] == DONGMEN and east.name in told["zh"] and east.name in told["en"]
    assert "再运行同一条命令" in told["zh"] and "Run the same command again" in told["en"]
    assert open_desk.postman.count() == dict.fromkeys(set(ADDRESSES) - {DONGMEN}, 1)
    east.write_bytes(kept)
    assert open_desk.mail().counts()["sent"] == 1
    assert open_desk.postman.count() == dict.fromkeys(ADDRESSES, 1)
    assert verify(open_desk.folder).ok


def test_a_dry_run_lists_and_sends_nothing(
    open_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE)
    dry = open_desk.mail(dry_run=True)
    assert open_desk.postman.offered == [] and open_desk.made == 0
    planned = {o["address"]: o["files"] for o in dry.to_json()["letters"] if o["address"]}
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    open_desk.mail()
    assert planned == {a: list(attachments(m)) for a, m in open_desk.postman.arrived}


def another_revision(desk: Desk, number: int = 2, **changed: Any) -> None:
    former = published(desk.folder).path
    copy = shutil.copytree(former, former.with_name(f"2026-09-r{number}"))
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    manifest |= {"revision": number, **changed}
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    told = {"period": "2026-09", "revision": number, "manifest": manifest_digest(copy)}
    with Office.open(desk.folder) as office:
        office.record("publication", told, "office")


def test_published_again_without_anything_new_nobody_is_written_to_again(
    open_desk: Desk,
) -> None:
    open_desk.mail([EAST])
    another_revision(open_desk)
    assert open_desk.mail([EAST]).counts()["already"] == 1
    (open_desk.folder.publications / "2026-09-r2").rename(open_desk.folder.root / "gone")
    another_revision(open_desk, content_hash="ab" * 32)
    assert open_desk.mail([EAST]).counts()["sent"] == 1
    assert open_desk.postman.count() == {DONGMEN: 2}


def test_another_count_of_awaited_reviews_is_news_to_whom_it_is_told(open_desk: Desk) -> None:
    """It moves no figure and so no content hash, but the documents say it."""
    waits = {"visits": 1, "branches": 1, "fabrication": 1, "conduct": 0}
    another_revision(open_desk, reviews={**waits, "at": {SOUTH: 1}}, stage="preview")
    assert open_desk.mail([EAST, SOUTH]).counts()["sent"] == 2
    another_revision(open_desk, 3, reviews={**waits, "at": {EAST: 1}}, stage="preview")
    assert open_desk.mail([EAST, SOUTH]).counts()["sent"] == 2  # one more here, one less there
    another_revision(open_desk, 4, reviews={**waits, "at": {EAST: 1, NORTH: 1}}, stage="preview")
    assert open_desk.mail([EAST, SOUTH]).counts()["already"] == 2
    another_revision(open_desk, 5, reviews={**waits, "at": {EAST: 1}}, stage="formal")
    assert open_desk.mail().counts()["sent"] == len(ADDRESSES)
    another_revision(open_desk, 6, reviews={**waits, "visits": 2, "at": {EAST: 1, NORTH: 1}})
    # The express counts those of the province.
    assert open_desk.mail().counts()["sent"] == len(ADDRESSES)


def test_a_preview_shows_each_its_own_and_no_circular(open_desk: Desk) -> None:
    another_revision(open_desk, stage="preview")
    planned = open_desk.mail(dry_run=True).to_json()
    assert {d for o in planned["letters"] for d in o["documents"]} == {"page"}


def test_a_refused_address_bounces_and_is_skipped_until_cleared(open_desk: Desk) -> None:
    open_desk.postman.at_rcpt = lambda a: "550 5.1.1 no such user" if a == XIQIAO else None
    assert open_desk.states(open_desk.mail())[XIQIAO] == "refused"
    offered = open_desk.postman.offered.count(XIQIAO)
    open_desk.postman.at_rcpt = lambda a: None
    later = open_desk.mail()
    assert open_desk.states(later)[XIQIAO] == "skipped"
    assert open_desk.postman.offered.count(XIQIAO) == offered == 1
    with Office.open(open_desk.folder) as office, office.transaction() as connection:
        assert sendings.bounced(connection)[XIQIAO]["code"] == 550
        assert sendings.clear(connection, [XIQIAO], "office") == [XIQIAO]
    assert open_desk.states(open_desk.mail())[XIQIAO] == "sent"
    assert open_desk.postman.count() == dict.fromkeys(ADDRESSES, 1)


def test_a_policy_refusal_is_not_the_fault_of_the_address(open_desk: Desk) -> None:
    open_desk.postman.at_rcpt = lambda a: "550 5.7.1 relaying denied"
    assert open_desk.mail([EAST]).counts()["refused"] == 1
    open_desk.postman.at_rcpt = lambda a: None
    assert open_desk.mail([EAST]).counts()["sent"] == 1


def test_what_is_not_taken_now_is_tried_again_later_and_later(open_desk: Desk) -> None:
    tries: list[str] = []
    slept: list[float] = []

    def grey(address: str) -> str | None:
        tries.append(address)
        return "451 4.7.1 greylisted" if tries.count(address) < 3 else None

    open_desk.postman.at_rcpt = grey
    done = open_desk.mail([EAST, SOUTH], sleep=slept.append)
    assert done.counts()["sent"] == 2 and slept == [0.01, 0.04]
    assert open_desk.postman.count() == {DONGMEN: 1, NANGANG: 1}


def test_refused_after_the_text_is_sealed_and_tried_again(open_desk: Desk) -> None:
    answers = iter(["452 4.3.1 disk full"])
    open_desk.postman.at_data = lambda a: next(answers, None)
    assert open_desk.mail([EAST]).counts()["sent"] == 1
    with Office.open(open_desk.folder) as office:
        rows = sendings.listed(office.connection)
    assert [r["outcome"] for r in rows] == ["failed", "sent"]


def test_a_server_that_is_down_is_told_and_the_same_command_goes_on(desk: Desk) -> None:
    with running(desk.postman) as (port, authority):
        desk.serve(port, authority)
    done = desk.mail()
    assert done.counts()["waiting"] == 5 and done.waiting and done.exit_status == 1
    assert "连不上邮件服务器" in done.to_json()["letters"][0]["zh"]
    with running(desk.postman) as (port, authority):
        desk.serve(port, authority)
        assert desk.mail().counts()["sent"] == 5
    assert desk.postman.count() == dict.fromkeys(ADDRESSES, 1)


def test_a_line_cut_after_the_text_is_unknown_and_not_sent_twice(open_desk: Desk) -> None:
    open_desk.postman.cut_after = lambda a: a == DONGMEN
    assert open_desk.states(open_desk.mail())[DONGMEN] == "unknown"
    open_desk.postman.cut_after = lambda a: False
    later = open_desk.mail()
    assert open_desk.states(later)[DONGMEN] == "unknown" and later.exit_status == 1
    (told,) = [o for o in later.to_json()["letters"] if o["address"] == DONGMEN]
    assert "--again" in told["zh"] and "--again" in told["en"]
    assert open_desk.postman.count() == dict.fromkeys(ADDRESSES, 1)
    assert open_desk.states(open_desk.mail(again=True))[DONGMEN] == "sent"
    both = [m["Message-ID"] for a, m in open_desk.postman.arrived if a == DONGMEN]
    assert len(both) == 2 and len(set(both)) == 1  # a server can tell that it is the same


INJECTIONS = {
    "line end": "dongmen@bank.example\r\nBcc: spy@evil.example",
    "line feed": "dongmen@bank.example\nTo: spy@evil.example",
    "line separator": "dongmen@bank.example\u2028Bcc: spy@evil.example",
    "hidden": "dong\u200bmen@bank.example",
    "turned": "\u202edongmen@bank.example",
    "second by blank": "dongmen@bank.example spy@evil.example",
    "angle": "<dongmen@bank.example> spy@evil.example",
    "quoted": '"dongmen@bank.example\\" "@evil.example',
    "none": "张三",
}


@pytest.mark.parametrize("cell", INJECTIONS.values(), ids=INJECTIONS)
def test_an_address_that_would_write_a_header_is_refused(open_desk: Desk, cell: str) -> None:
    more = {"recipients": json.dumps({EAST: [cell]})}
    text = open_desk.folder.delivery.read_text("utf-8")
    open_desk.folder.delivery.write_text(f"{text}recipients: {more['recipients']}\n", "utf-8")
    done = open_desk.mail([EAST])
    assert done.counts()["skipped"] == 1 and open_desk.postman.offered == []
    (told,) = done.to_json()["letters"]
    assert "名册中改正" in told["zh"] and not any(c in told["zh"] for c in "\r\n\u2028\u202e")


def test_nothing_leaves_the_domains_named(desk: Desk) -> None:
    with running(desk.postman) as (port, authority):
        desk.serve(port, authority, domains="[elsewhere.example]")
        done = desk.mail()
    assert done.counts()["sent"] == 0 and desk.postman.offered == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is TLS throughout
@pytest.mark.parametrize("security", ["tls", "none"])
def test_other_ways_to_the_server(
    desk: Desk, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(desk.postman, security) as (port, authority):
        desk.serve(port, authority, security)
        assert desk.mail([EAST]).counts()["sent"] == 1
    assert desk.postman.encrypted == [security == "tls"]


def test_the_password_is_nowhere(open_desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    open_desk.postman.at_rcpt = lambda a: f"450 4.0.0 strange, {PASSWORD}"
    told = json.dumps(open_desk.mail().to_json(), ensure_ascii=False)
    open_desk.postman.at_rcpt = lambda a: f"550 5.1.1 strange, {PASSWORD}"
    told += json.dumps(open_desk.mail().to_json(), ensure_ascii=False)
    assert PASSWORD not in told and PASSWORD not in "".join(capfd.readouterr())
    for path in open_desk.folder.root.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path


def _told(desk: Desk) -> str:
    with pytest.raises(Fault) as fault:
        desk.mail([SOUTH])
    return f"{fault.value.status} {fault.value.zh}"


def test_what_is_wrong_with_the_settings_is_said(
    open_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = open_desk.folder.delivery.read_text("utf-8")
    monkeypatch.setenv(PASSWORD_VARIABLE, "wrong")
    assert _told(open_desk).startswith("4 ") and "口令" in _told(open_desk)
    monkeypatch.delenv(PASSWORD_VARIABLE)
    assert PASSWORD_VARIABLE in _told(open_desk)
    secret = open_desk.folder.root / "secret"
    secret.write_text(PASSWORD + "\n", "utf-8")
    secret.chmod(0o644)
    line = good.replace("user:", "password_file: secret, user:")
    open_desk.folder.delivery.write_text(line, "utf-8")
    assert "chmod 600" in _told(open_desk)
    secret.chmod(0o600)
    assert open_desk.mail([EAST]).counts()["sent"] == 1
    open_desk.folder.delivery.write_text(line.replace("ca_file: ca.pem, ", ""), "utf-8")
    assert "证书" in _told(open_desk) and "ca_file" in _told(open_desk)
    open_desk.folder.delivery.write_text(good + "password: x\n", "utf-8")
    assert _told(open_desk).startswith("2 ") and "password" in _told(open_desk)
    open_desk.folder.delivery.write_text(good + "recipients: {'999': [a@b.example]}\n", "utf-8")
    assert "999" in _told(open_desk)
    open_desk.folder.delivery.unlink()
    assert "delivery.yaml" in _told(open_desk)
    assert open_desk.postman.count() == {DONGMEN: 1}
