"""A process that mails what lies in a folder, for killing: `python victim.py DATA MADE`."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

from pipeline.delivery.addresses import Recipient
from pipeline.delivery.letters import Letter, Piece, reader
from pipeline.delivery.sending import Sender, mailing_alone, sift
from pipeline.delivery.settings import load_delivery, password_of
from pipeline.delivery.smtp import Post
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office


def letters(count: int) -> list[Letter]:
    pieces = (Piece("circular", "", ("xlsx",)),)
    return [
        Letter(
            Recipient(f"{n:04}", "branch", f"网点{n}", f"b{n}@bank.example"),
            "2026-09", 1, pieces, f"通报 {n}", "zh",
        )
        for n in range(count)
    ]  # fmt: skip


def main(root: Path, made: Path, count: int) -> None:
    folder = DataFolder(root)
    settings = load_delivery(folder)
    files = {("circular", "", "xlsx"): (made, sha256(made.read_bytes()).hexdigest())}
    with mailing_alone(folder), Office.open(folder) as office:
        todo, ended, _ = sift(office, letters(count), again=False)
        with Post(settings.smtp, password_of(folder, settings.smtp), root) as post:
            ended += Sender(office, settings, post, reader(files)).send_all(todo)
    print(json.dumps([[e.letter.to.address, e.state] for e in ended]))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    except Fault as fault:
        print(json.dumps([["", f"exit {fault.status}"]]))
