"""Same publication, same bytes: every document, format and language, in two processes that differ
in hash seed, time zone and clock; and what a kill leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.folders import DataFolder
from pipeline.making import make
from pipeline.publication import Publication, open_publication
from pipeline.render import renderers
from pipeline.reports import documents, node_documents
from pipeline.worker import warming
from pipeline.worker.tasks import Order, perform

ROOT = Path(__file__).parents[3]
# The clock is set before any library is imported.
_MAKE = """
import datetime, sys, time
from pathlib import Path
years, root, out = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
real, real_time, real_local = datetime.datetime, time.time, time.localtime
shift = years * 365.25 * 86400
time.time = lambda: real_time() + shift
time.localtime = lambda s=None: real_local(time.time() if s is None else s)
class Every(type):
    def __instancecheck__(cls, thing):
        return isinstance(thing, real)
class Shifted(real, metaclass=Every):
    @classmethod
    def now(cls, tz=None):
        return real.fromtimestamp(real_time() + shift, tz)
    today = utcnow = now
datetime.datetime = Shifted
from pipeline.making import make
from pipeline.publication import Publication
import json
print(json.dumps(sorted(
    [m.language, m.path.name, m.sha256]
    for lang in ("zh", "en")
    for id, code in json.loads(sys.argv[4])
    for format in json.loads(sys.argv[5])
    for m in make(Publication(root), [id], [format], [code] if code else [], [lang], out / lang)
)))
"""


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    place = tmp_path_factory.mktemp("office")
    sheets = [str(p) for p in warming._sheets(place / "sheets")]
    data = DataFolder(place / "data")
    perform(data, Order("ingest", {"paths": sheets}), lambda *_: None)
    request = {"period": "2026-09", "stage": "preview", "cascade": False}
    perform(data, Order("publish", request), lambda *_: None)
    found = open_publication(data, "2026-09")
    assert found is not None
    return found


def _each(publication: Publication) -> list[tuple[str, str]]:
    """(document, code) of every kind; of node documents the first node."""
    scopes = publication.table("scope").sort("scope")
    found = [(id, "") for id in documents()]
    for id, kind in node_documents().items():
        own = scopes.filter(scopes["level"].is_in(list(kind.levels)))["scope"]
        found += [(id, code) for code in own.head(1)]
    return found


def test_same_publication_same_bytes(publication: Publication, tmp_path: Path) -> None:
    each = _each(publication)
    told = []
    for years, seed, zone in ((0, "1", "Asia/Shanghai"), (11.3, "2", "America/New_York")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
        out = tmp_path / seed
        words = [str(years), str(publication.path), str(out), json.dumps(each)]
        words.append(json.dumps(list(renderers())))
        command = [sys.executable, "-c", _MAKE, *words]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
    assert len(told[0]) == 2 * len(each) * len(renderers())


def test_kill_9_leaves_no_half_file_and_no_child_and_a_rerun_completes(
    publication: Publication, tmp_path: Path
) -> None:
    data, out = publication.path.parent.parent, tmp_path / "out"
    words = ["report", "--period", "2026-09", "-o", str(out), "--document", "circular"]
    command = [sys.executable, "-m", "pipeline", "--data", str(data), *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        children = _until_one_is_written(parent, out)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert children
    assert alive == []  # children end with their parent
    assert [p for p in out.iterdir() if not p.name.startswith(".mingcha-report-")] == []
    made = make(publication, ["circular"], list(renderers()), [], ["zh"], out)
    assert sorted(p.name for p in out.iterdir()) == sorted(m.path.name for m in made)


def _until_one_is_written(parent: subprocess.Popen[bytes], out: Path) -> list[psutil.Process]:
    """The children at the moment when a file has been begun in the hidden folder."""
    end = time.monotonic() + 60
    while time.monotonic() < end and parent.poll() is None:
        if any(out.glob(".mingcha-report-*/*.*")):
            return psutil.Process(parent.pid).children(recursive=True)
        time.sleep(0.005)
    raise AssertionError("nothing was written in time")
