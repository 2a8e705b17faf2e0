"""kill -9 at every named step, at every durable call, and at random instants of the protocol.

A process that has only imported forks a victim for each kill and a witness after it, so that a
kill costs milliseconds and nothing outlives it. As a program: `python -m tests.faults.kills 1000`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Only imported, so that no fork has to: frames of DuckDB and Polars want them.
import numpy as np  # noqa: F401
import pyarrow as pa  # noqa: F401

from pipeline.folders import DataFolder
from tests.faults.checking import Found, check
from tests.faults.world import Batch, put_out, take_in

STEPS = (
    "opened", "staged", "intents", "placed", "facts:performance", "facts:before commit", "facts",
    "sealed", "closed", "publish:opened", "publish:announced", "publish:renamed",
    "publish:recorded",
)  # fmt: skip
PER_FOLDER = 40  # kills before a new office is begun
DEEP = 4  # every so many kills all is verified after the batch was sent again, too
FILES = 3  # workbooks of a batch
SITTINGS = 3  # batches of a large sending


@dataclass
class Office:
    """One data folder under kills, and what it has acknowledged."""

    root: Path
    acked: list[str] = field(default_factory=list)
    revision: int = 0
    number: int = 0
    pace: float = 0.5  # seconds that a victim takes if nobody kills it

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.root / "data")

    @property
    def box(self) -> Path:
        return self.root / "box"


@dataclass
class Tally:
    """What came of all kills."""

    kills: int = 0
    unreached: int = 0  # the victim ended before its time came
    in_turn: int = 0  # kills of several groups stored in turn, see pipeline/storing.py
    where: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        kinds = ("lost", "doubled", "half", "unsound")
        return {
            "kills": self.kills, "unreached": self.unreached, "in_turn": self.in_turn,
            "where": dict(self.where),
            **{k: self.found[k] for k in kinds}, "said": self.said[:20],
        }  # fmt: skip


def in_child(work: Callable[[int], None]) -> tuple[int, int]:
    """Forks; the child gets the writing end of a pipe. (pid, reading end)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.close(reading)
    status = 1
    try:
        work(writing)
        status = 0
    except BaseException as error:
        os.write(writing, f"!{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def drained(reading: int) -> str:
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()


class Aim:
    """When a victim dies: the n-th time at a named step, at the n-th durable call, or when the
    parent says (`after`: the part of an undisturbed run); `nowhere`: it lives, and shows how long
    it takes.
    """

    def __init__(self, kind: str, step: str = "", nth: int = 0, after: float = 0.0) -> None:
        self.kind, self.step, self.nth, self.after = kind, step, nth, after

    def __str__(self) -> str:
        words = {"call": "durable call", "instant": "random instant"}
        return words.get(self.kind, self.step)

    def at(self, reached: str) -> None:
        if self.kind == "step" and reached == self.step:
            self.nth -= 1
            if self.nth < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def arm(self) -> None:
        """Counts fsync, rename and mkdir, the calls that make something last."""
        if self.kind != "call":
            return
        left = [self.nth]

        def counted(call: Any) -> Any:
            def wrapped(*args: Any, **more: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*args, **more)

            return wrapped

        for name in ("fsync", "write"):
            setattr(os, name, counted(getattr(os, name)))
        for name in ("replace", "rename", "mkdir", "unlink"):
            setattr(Path, name, counted(getattr(Path, name)))


def aims(random_ones: random.Random, count: int) -> list[Aim]:
    """Each named step, then a mixture: a third durable calls, the rest random instants."""
    found = [Aim("step", step) for step in STEPS]
    while len(found) < count:
        match random_ones.random():
            case x if x < 0.2:
                found.append(Aim("step", random_ones.choice(STEPS), nth=random_ones.randrange(2)))
            case x if x < 0.5:
                found.append(Aim("call", nth=random_ones.randrange(30)))
            case _:
                found.append(Aim("instant", after=random_ones.random()))
    return found[:count]


def kill_once(office: Office, aim: Aim, publishing: bool, tally: Tally, sittings: int = 1) -> None:
    """One victim, one witness."""
    batches = [Batch(office.number + n, FILES) for n in range(1, sittings + 1)]
    office.number += sittings
    for batch in batches:
        batch.paths(office.box)
    ack = str(office.revision + 1) if publishing else "batch"

    def victim(pipe: int) -> None:
        aim.arm()
        if publishing:
            put_out(office.folder, aim.at)
        else:
            take_in(office.folder, batches, office.box, aim.at)
        os.write(pipe, ack.encode())

    begun = time.monotonic()
    pid, reading = in_child(victim)
    if aim.kind == "instant":
        time.sleep(aim.after * office.pace)
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if aim.kind == "nowhere":
        office.pace = time.monotonic() - begun
    said = drained(reading)
    if said.startswith("!"):
        tally.found["unsound"] += 1
        tally.said.append(f"at {aim}: {said.strip()}")
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    tally.kills += killed
    tally.unreached += not killed and aim.kind != "nowhere"
    if killed:
        tally.where[("publish, " if publishing else "ingest, ") + str(aim)] += 1
        tally.in_turn += sittings > 1
    if said == "batch":
        office.acked += [h for batch in batches for h in batch.hashes(office.box)]
    elif said == ack:
        office.revision += 1
    witness(office, [] if publishing else batches, aim, tally)


def witness(office: Office, batches: list[Batch], aim: Aim, tally: Tally) -> None:
    """Looks at the stores in a process of its own; what it sent again is acknowledged now."""

    def look(pipe: int) -> None:
        deep = office.number % DEEP == 0
        found = check(office.folder, office.box, batches, office.acked, office.revision, deep)
        os.write(pipe, json.dumps(found.__dict__).encode())

    pid, reading = in_child(look)
    said = drained(reading)
    os.waitpid(pid, 0)
    if said.startswith("!"):
        tally.found["unsound"] += 1
        tally.said.append(f"after {aim}: {said.strip()}")
        return
    found = Found(**json.loads(said))
    for kind in ("lost", "doubled", "half", "unsound"):
        tally.found[kind] += getattr(found, kind)
    tally.said += [f"after {aim}: {words}" for words in found.said]
    sent = [h for batch in batches for h in batch.hashes(office.box)]
    office.acked += [h for h in sent if h not in office.acked]


def run(kills: int, seed: int, show: Callable[[Tally], None] = lambda tally: None) -> Tally:
    """As many kills as asked for, in offices of PER_FOLDER kills each."""
    chance, tally = random.Random(seed), Tally()
    while tally.kills < kills:
        with tempfile.TemporaryDirectory(prefix="mingcha-kills-") as root:
            office = Office(Path(root))
            kill_once(office, Aim("nowhere"), True, tally)  # the former publication
            kill_once(office, Aim("nowhere"), False, tally)
            for aim in aims(chance, min(PER_FOLDER, kills - tally.kills + len(STEPS))):
                publishing = aim.step.startswith("publish") or (
                    aim.kind != "step" and chance.random() < 0.25
                )
                several = not publishing and chance.random() < 0.4
                kill_once(office, aim, publishing, tally, SITTINGS if several else 1)
                if tally.kills >= kills:
                    break
        show(tally)
    return tally


def main() -> None:
    """`kills [COUNT] [SEED]`: prints the tally as JSON; exit 1 if anything was found."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    begun = time.monotonic()

    def show(tally: Tally) -> None:
        bad = sum(tally.found.values())
        print(f"{tally.kills} kills, {bad} found", file=sys.stderr, flush=True)

    told = run(count, seed, show).to_json() | {"seed": seed}
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    print(json.dumps(told, ensure_ascii=False))
    raise SystemExit(any(told[k] for k in ("lost", "doubled", "half", "unsound")))


if __name__ == "__main__":
    main()
