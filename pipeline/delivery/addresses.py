"""Addresses: of the register (邮箱), and of `delivery.yaml` where it says otherwise.

Nothing that could end a header line, hide a sign or turn the reading direction goes into a mail:
such a cell is refused as a whole, with a sentence, and never mended by guessing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.delivery.settings import Delivery
from pipeline.faults import Fault
from pipeline.folders import DataFolder

CITY_LEVELS = ("city", "direct")
ROLES = {
    "office": ("省行办公室", "Provincial office"),
    "head": ("省行负责人", "Head of the office"),
    "union": ("工会", "Union"),
    "hq": ("总行", "Head office"),
}
_HIDDEN = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SPEC = re.compile(
    rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*"
    rf"@{_LABEL}(?:\.{_LABEL})*"
)
_BETWEEN = re.compile(r"[;；,，、]")


@dataclass(frozen=True)
class Told:
    """A sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Recipient:
    """One address of a branch, a city or a role (`node`: its code, or the role's name)."""

    node: str
    role: str  # branch, city, office, head, union, hq
    name: str
    address: str


@dataclass(frozen=True)
class Skipped:
    """Who gets nothing, and why."""

    node: str
    role: str
    name: str
    address: str
    why: Told


def hidden(text: str) -> bool:
    """Whether the text holds a line end, a control, an invisible or a direction sign."""
    return any(unicodedata.category(c) in _HIDDEN for c in text)


def one_address(text: str) -> str:
    """The address as it is compared and sent: plain ASCII, domain in small letters. ValueError."""
    if hidden(text):
        raise ValueError("hidden")
    plain = unicodedata.normalize("NFKC", text).strip()
    local, _, domain = plain.rpartition("@")
    if not _SPEC.fullmatch(plain) or len(plain) > 254 or len(local) > 64:
        raise ValueError("form")
    return f"{local}@{domain.lower()}"


def addresses_of(cell: str) -> list[str]:
    """The addresses of a cell, several parted by ； or ，. ValueError if one is none."""
    if hidden(cell):
        raise ValueError("hidden")
    parts = [p.strip() for p in _BETWEEN.split(cell)]
    return list(dict.fromkeys(one_address(p) for p in parts if p))


def _shown(text: str) -> str:
    """What was written, with the hidden signs made visible: a message must not carry them on."""
    seen = "".join("�" if unicodedata.category(c) in _HIDDEN else c for c in text)
    return seen if len(seen) <= 80 else f"{seen[:79]}…"


@dataclass(frozen=True)
class People:
    """Everybody mail may go to, and nodes that have no usable address, each with its reason."""

    recipients: tuple[Recipient, ...]
    skipped: tuple[Skipped, ...]


def people(folder: DataFolder, settings: Delivery) -> People:
    """From the live register and the settings. Fault: 1 no register, 3 busy, 4 damaged stores."""
    from pipeline.settings import load_settings
    from pipeline.stores import open_stores

    with open_stores(folder, load_settings(folder).lock_seconds) as stores:
        register = stores.warehouse.live("branch")
    if register.is_empty():
        raise Fault(
            "还没有网点名册，没有收信地址。请先录入名册：mingcha ingest 名册.xlsx",
            "There is no register of branches yet, so there are no addresses. "
            "First ingest the register: mingcha ingest REGISTER.xlsx",
            1,
        )
    return people_of(register, settings)


def people_of(register: pl.DataFrame, settings: Delivery) -> People:
    """`register`: fact table `branch`, a row for each node of the tree."""
    from pipeline.publishing.hierarchy import LEVELS

    found: list[Recipient] = []
    skipped: list[Skipped] = []
    for row in register.sort("branch_code").iter_rows(named=True):
        level = LEVELS.get(row["level"] or "")
        role = "branch" if level == "branch" else "city" if level in CITY_LEVELS else None
        if role is not None:
            cell = row["email"] or ""
            _take(row["branch_code"], role, row["branch_name"], [cell], settings, found, skipped)
    for role, (zh, _) in ROLES.items():
        if role in settings.recipients:
            _take(role, role, zh, [], settings, found, skipped)
    known = {r.node for r in found} | {s.node for s in skipped}
    _refuse_strangers(settings.recipients, known)
    return People(tuple(found), tuple(skipped))


def _take(
    node: str,
    role: str,
    name: str | None,
    cells: Sequence[str],
    settings: Delivery,
    found: list[Recipient],
    skipped: list[Skipped],
) -> None:
    """Adds the addresses of a node, or the reason why it has none."""
    told, cells = name or node, settings.recipients.get(node, tuple(cells))
    try:
        if hidden(told):
            raise ValueError("name")
        addresses = list(dict.fromkeys(a for cell in cells for a in addresses_of(cell)))
    except ValueError as error:
        seen = _shown(told if str(error) == "name" else "; ".join(cells))
        skipped.append(Skipped(node, role, _shown(told), "", _why(str(error), seen)))
        return
    if not addresses:
        skipped.append(Skipped(node, role, told, "", NO_ADDRESS))
    for address in addresses:
        if outside(address, settings.domains):
            skipped.append(Skipped(node, role, told, address, OUTSIDE))
        else:
            found.append(Recipient(node, role, told, address))


def outside(address: str, domains: Iterable[str]) -> bool:
    """Whether the address lies outside the domains that mail may go to."""
    allowed = [d.lower().lstrip("@.") for d in domains]
    domain = address.rpartition("@")[2]
    return bool(allowed) and not any(domain == d or domain.endswith(f".{d}") for d in allowed)


NO_ADDRESS = Told(
    "没有邮箱：请在网点名册“邮箱”列或 delivery.yaml 的 recipients 中填写。",
    "has no address: fill in the register's column 邮箱, or recipients of delivery.yaml.",
)
OUTSIDE = Told(
    "邮箱不在 delivery.yaml 的 domains 之内，不发。",
    "the address lies outside the domains of delivery.yaml; nothing is sent there.",
)


def _why(error: str, seen: str) -> Told:
    if error == "name":
        return Told(
            f"名称“{seen}”含换行或不可见字符，不能写进邮件。请在网点名册中改正。",
            f"the name {seen!r} holds a line end or a hidden sign and cannot go into a mail. "
            "Mend it in the register.",
        )
    if error == "hidden":
        return Told(
            f"邮箱“{seen}”含换行或不可见字符，整格不用。请在网点名册中改正。",
            f"the address {seen!r} holds a line end or a hidden sign; the cell is not used. "
            "Mend it in the register.",
        )
    return Told(
        f"“{seen}”不是邮箱地址（形如 a@bank.cn，多个用分号隔开）。请在网点名册中改正。",
        f"{seen!r} is not an address (such as a@bank.cn, several parted by semicolons). "
        "Mend it in the register.",
    )


def _refuse_strangers(named: Mapping[str, object], known: set[str]) -> None:
    strangers = sorted(set(named) - known)
    if strangers:
        raise Fault(
            f"delivery.yaml 的 recipients 中“{strangers[0]}”既不是名册中的网点、二级分行代码，"
            f"也不是角色（{'、'.join(ROLES)}）。",
            f"recipients of delivery.yaml: {strangers[0]!r} is neither the code of a branch or "
            f"city in the register nor a role ({', '.join(ROLES)}).",
            2,
        )
