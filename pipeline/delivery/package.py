"""Packages: one zip for each city to hand over where mail is barred.

In it the documents of the province, those of the city and those of its branches, and a list with
the SHA-256 of each. The same documents give the same bytes; with a password every file is encrypted
by AES-256 (WinZip's AE-2, a fresh salt each time); the names of the files stay readable.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyzipper

from pipeline.delivery.addresses import Recipient, Told, hidden
from pipeline.delivery.letters import Letter, Piece, not_as_made
from pipeline.faults import Fault, unwritable
from pipeline.folders import DataFolder
from pipeline.following.region import Regions, regions_of
from pipeline.office import Office
from pipeline.publication import Publication
from pipeline.reports.audience import may_have
from pipeline.reports.figures import Language

ACT = "package"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SHORTEST = 8
_LIST = {"zh": "清单.txt", "en": "list.txt"}
_HEAD = {
    "zh": "{name} {period} 第 {revision} 版\n发布内容校验码 {hash}\nSHA-256  文件\n",
    "en": "{name} {period} revision {revision}\nContent hash {hash}\nSHA-256  file\n",
}


@dataclass(frozen=True)
class Package:
    """One city's zip."""

    city: str
    name: str
    path: Path
    sha256: str
    files: tuple[str, ...]
    left_out: tuple[tuple[str, Told], ...] = ()  # name in the zip → why it is not there

    def to_json(self) -> dict[str, Any]:
        """As in schemas/report-package.schema.json."""
        return {
            "city": self.city,
            "name": self.name,
            "path": str(self.path),
            "sha256": self.sha256,
            "files": list(self.files),
            "left_out": [{"file": f, "zh": why.zh, "en": why.en} for f, why in self.left_out],
        }


def package(
    folder: DataFolder,
    publication: Publication,
    made: Sequence[Mapping[str, Any]],
    out: Path,
    lang: Language,
    password: str = "",
    actor: str = "office",
) -> list[Package]:
    """Writes the zips of the cities that have anything, each whole, and puts them on record.

    `made`: files as in report.schema.json. One that is not as it was made is left out and told, and
    the rest is packed. Fault: 2 the password is too short, 4 disk.
    """
    if password and len(password) < _SHORTEST:
        raise Fault(
            f"压缩包口令至少 {_SHORTEST} 个字符。",
            f"The password of a package has at least {_SHORTEST} characters.",
            2,
        )
    regions = regions_of(publication.table("scope"))
    bad = {str(f["path"]): why for f in made if (why := not_as_made(Path(f["path"]), f["sha256"]))}
    try:
        out.mkdir(parents=True, exist_ok=True)
        done = [
            _packed(publication, city, regions.name[city], files, bad, out, lang, password)
            for city in regions.cities()
            if (files := _files(publication, city, regions, made, lang))
        ]
    except OSError as error:
        raise unwritable(out, error.strerror or error) from error
    told = {
        "period": publication.period,
        "revision": publication.revision,
        "encrypted": bool(password),
        "packages": [{"city": p.city, "sha256": p.sha256} for p in done],
    }
    with Office.open(folder) as office:
        office.record(ACT, told, actor)
    return done


def _files(
    publication: Publication,
    city: str,
    regions: Regions,
    made: Sequence[Mapping[str, Any]],
    lang: Language,
) -> dict[str, Path]:
    """Name in the zip → file: what the city and its branches may have, and nothing else."""
    stage = str(publication.manifest["stage"])
    found: dict[str, Path] = {}
    for file in made:
        document, code = file["document"], file["code"]
        role = "branch" if regions.level.get(code) == "branch" else "city"
        node = code or city
        if regions.city(node) == city and may_have(role, node, document, code, stage):
            found[_name(publication, file, regions, lang)] = Path(file["path"])
    return dict(sorted(found.items()))


def _name(
    publication: Publication, file: Mapping[str, Any], regions: Regions, lang: Language
) -> str:
    code = file["code"]
    told = regions.name.get(code, code)
    to = Recipient(code, "", f"{code}-{told}" if not hidden(told) else code, "")
    letter = Letter(to, publication.period, publication.revision, (), "", lang)
    return letter.name_of(Piece(file["document"], code, (file["format"],)), file["format"])


def _packed(
    publication: Publication,
    city: str,
    name: str,
    every: Mapping[str, Path],
    bad: Mapping[str, Told],
    out: Path,
    lang: Language,
    password: str,
) -> Package:
    files = {inside: path for inside, path in every.items() if str(path) not in bad}
    left = tuple((inside, bad[str(path)]) for inside, path in every.items() if str(path) in bad)
    target = out / f"{city}-{publication.period}-r{publication.revision}.zip"
    partial = target.with_name(f".{target.name}.partial")
    told = _list(publication, name, files, lang)
    try:
        with pyzipper.AESZipFile(partial, "w", compression=zipfile.ZIP_DEFLATED) as box:
            if password:
                box.setpassword(password.encode())
                box.setencryption(pyzipper.WZ_AES, nbits=256)
            for inside, content in _contents(files, told, lang):
                info = pyzipper.zipfile_aes.AESZipInfo(inside, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                box.writestr(info, content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    return Package(city, name, target, digest, tuple(files), left)


def _contents(files: Mapping[str, Path], told: str, lang: Language) -> Iterator[tuple[str, bytes]]:
    yield _LIST[lang], told.encode()
    for inside, path in files.items():
        yield inside, path.read_bytes()


def _list(publication: Publication, name: str, files: Mapping[str, Path], lang: Language) -> str:
    head = _HEAD[lang].format(
        name=name if not hidden(name) else "",
        period=publication.period,
        revision=publication.revision,
        hash=publication.manifest["content_hash"],
    )
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {inside}"
        for inside, path in files.items()
    ]
    return head + "\n".join(lines) + "\n"
