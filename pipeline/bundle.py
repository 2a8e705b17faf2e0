"""One folder for machines that reach no network: mingcha, all that it needs as wheels, one script.

`python -m pipeline.bundle WHEEL OUT` (`make bundle`) fetches the pinned wheels, each compared with
its hash in `requirements.lock`, and writes one `.tar`. It is for the Python (3.11, 3.12 …) and the
processor of the machine that makes it, and for glibc 2.28 or later.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_LOCK = _ROOT / "requirements.lock"
_SCRIPT = Path(__file__).with_name("bundle_install.sh")
_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\s*\[(?P<extras>[^]]*)\])?")
# What banks run: Kylin V10, openEuler 20.03, RHEL 8 have glibc 2.28.
_GLIBC = range(28, 4, -1)


def needed(wheel: Path) -> set[str]:
    """Names of all distributions that `wheel` needs, as they are installed here."""
    with zipfile.ZipFile(wheel) as opened:
        (told,) = (n for n in opened.namelist() if n.endswith(".dist-info/METADATA"))
        own = message_from_bytes(opened.read(told)).get_all("Requires-Dist") or []
    found: set[str] = set()
    ahead = [*own]
    while ahead:
        line = ahead.pop()
        if line not in found and "extra ==" not in line:
            found.add(line)
            ahead += _required(line)
    return {_plain(m["name"]) for line in found if (m := _NAME.match(line))}


def _required(line: str) -> Iterator[str]:
    """What a requirement requires in its turn, with the extras that it asks for. Its markers are
    kept in the lock, and heeded by pip."""
    asked = _NAME.match(line)
    assert asked is not None, line
    extras = [extra.strip() for extra in (asked["extras"] or "").split(",")]
    try:
        lines = requires(asked["name"]) or []
    except PackageNotFoundError:  # for another system or another Python
        return
    for line in lines:
        marker = re.search(r"extra == ['\"]([^'\"]+)", line)
        if marker and marker[1] in extras:
            yield line.partition(";")[0]
        elif not marker:
            yield line


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(names: set[str], lock: str) -> str:
    """The entries of `lock` for `names`, with their hashes."""
    return "".join(m[0] for m in _ENTRY.finditer(lock) if _plain(m["name"]) in names)


def write(wheel: Path, out: Path) -> Path:
    """Write the bundle of `wheel` into the folder `out`; its path.

    subprocess.CalledProcessError: a wheel could not be had, or is not the one that was pinned.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    version = wheel.name.split("-")[1]
    name = f"mingcha-{version}-linux-{platform.machine()}-python{python}"
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / name
        (folder / "wheels").mkdir(parents=True)
        (folder / "requirements.txt").write_text(pinned(needed(wheel), _LOCK.read_text("utf-8")))
        _fetch(folder, Path(room) / "env")
        shutil.copy(wheel, folder)
        _write_script(folder, python)
        out.mkdir(parents=True, exist_ok=True)
        with tarfile.open(out / f"{name}.tar", "w") as tar:
            tar.add(folder, name, filter=_nobodys)
    return out / f"{name}.tar"


def _write_script(folder: Path, python: str) -> None:
    """The script, and the sums of all files, which it compares before it touches anything."""
    script = _SCRIPT.read_text("utf-8").replace("@PYTHON@", python)
    (folder / "install.sh").write_text(script.replace("@MACHINE@", platform.machine()), "utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the account and the clock of whoever made it."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def _fetch(folder: Path, env: Path) -> None:
    """The pinned wheels, by a pip of its own: the environment may have been made without one."""
    venv.create(env, with_pip=True)
    places = [f"manylinux_2_{minor}_{platform.machine()}" for minor in _GLIBC]
    if platform.machine() == "x86_64":
        places += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]
    command: list[str | Path] = [
        *(env / "bin" / "python", "-m", "pip", "download", "-qq", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--require-hashes"),
        *("-r", folder / "requirements.txt", "-d", folder / "wheels"),
    ]
    subprocess.run([*command, *(f"--platform={place}" for place in places)], check=True)


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), Path(sys.argv[2])))
