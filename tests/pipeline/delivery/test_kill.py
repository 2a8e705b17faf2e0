"""kill -9 in the middle of a mailing, at every step of a message: nothing twice, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from postman import PASSWORD, Postman, running, settings
from victim import letters

from pipeline.delivery.sending import Sender
from pipeline.delivery.settings import PASSWORD as PASSWORD_VARIABLE
from pipeline.delivery.settings import load_delivery
from pipeline.delivery.smtp import Post
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, ledger, sendings

VICTIM = Path(__file__).with_name("victim.py")
LETTERS = 8


class Round:
    """Victims over one folder and one server; `kill_at` says when the running one dies."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port, self.running = root, port, 0
        self.made = root.parent / "通报.xlsx"
        self.made.write_bytes(b"PK fake")

    def run(self) -> dict[str, str]:
        """What the victim says in the end; nothing if it was killed."""
        place = [str(self.root), str(self.made), str(LETTERS)]
        process = subprocess.Popen(
            [sys.executable, str(VICTIM), *place],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {PASSWORD_VARIABLE: PASSWORD},
        )  # fmt: skip
        self.running = process.pid
        said, wrong = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), wrong.decode()
        return dict(json.loads(said)) if said else {}

    def kill(self) -> None:
        os.kill(self.running, signal.SIGKILL)


def test_killed_at_every_step_and_run_again(tmp_path: Path) -> None:
    """Killed before the intent, with the text on its way, and after the server had taken it."""
    postman = Postman()
    root = tmp_path / "data"
    root.mkdir()
    with running(postman) as (port, authority):
        (root / "ca.pem").write_bytes(authority)
        (root / "delivery.yaml").write_text(settings(port), "utf-8")
        round = Round(root, port)

        def kill_at_rcpt(address: str) -> str | None:
            if address == "b2@bank.example":
                round.kill()
            return None

        postman.at_rcpt = kill_at_rcpt
        assert round.run() == {}
        assert set(postman.count()) == {"b0@bank.example", "b1@bank.example"}
        postman.at_rcpt = lambda a: None

        def kill_at_data(address: str) -> str | None:
            if address == "b4@bank.example":
                round.kill()
            return None  # taken, and the answer finds nobody

        postman.at_data = kill_at_data
        assert round.run() == {}
        postman.at_data = lambda a: None
        told = round.run()
    assert told["b4@bank.example"] == "unknown"
    assert {a for a, s in told.items() if s == "sent"} == {
        f"b{n}@bank.example" for n in range(5, LETTERS)
    }
    assert postman.count() == {f"b{n}@bank.example": 1 for n in range(LETTERS)}
    with Office.open(DataFolder(root)) as office:
        assert ledger.first_broken(office.connection) is None
        outcomes = [r["outcome"] for r in sendings.listed(office.connection)]
    assert sorted(outcomes) == ["sent"] * (LETTERS - 1) + ["unknown"]


def test_two_mailings_at_once_send_once(tmp_path: Path) -> None:
    """The second waits for the first and finds everything sent, or says that one is under way."""
    postman = Postman()
    root = tmp_path / "data"
    root.mkdir()
    with running(postman) as (port, authority):
        (root / "ca.pem").write_bytes(authority)
        (root / "delivery.yaml").write_text(settings(port), "utf-8")
        round = Round(root, port)
        place = [sys.executable, str(VICTIM), str(root), str(round.made), str(LETTERS)]
        env = os.environ | {PASSWORD_VARIABLE: PASSWORD}
        pair = [subprocess.Popen(place, stdout=subprocess.PIPE, env=env) for _ in range(2)]
        told = [json.loads(p.communicate(timeout=60)[0]) for p in pair]
    states = sorted(sorted({state for _, state in one}) for one in told)
    assert states in ([["already"], ["sent"]], [["exit 3"], ["sent"]])
    assert postman.count() == {f"b{n}@bank.example": 1 for n in range(LETTERS)}


def test_a_server_that_refuses_everybody_does_not_strike_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    postman = Postman(at_rcpt=lambda a: "550 relay not permitted")
    folder = DataFolder(tmp_path)
    with running(postman) as (port, authority):
        (tmp_path / "ca.pem").write_bytes(authority)
        folder.delivery.write_text(settings(port), "utf-8")
        delivery = load_delivery(folder)
        with Office.open(folder) as office, Post(delivery.smtp, PASSWORD, tmp_path) as post:
            with pytest.raises(Fault, match="一封也没收下"):
                Sender(office, delivery, post, lambda p, f: b"").send_all(letters(100))
            assert len(sendings.bounced(office.connection)) == len(postman.offered) == 20


def test_the_table_refuses_a_second_intent(tmp_path: Path) -> None:
    import sqlite3

    to = sendings.Address("2026-09", 1, "0101", "a@bank.example")
    with Office.open(DataFolder(tmp_path / "data")) as office:
        with office.transaction() as connection:
            sendings.begin(connection, to, {"circular": []}, "office")
        with pytest.raises(sqlite3.IntegrityError), office.transaction() as connection:
            sendings.begin(connection, to, {"circular": []}, "office")
        assert office.head().seq == 1
