"""The scorecard (评分表): edition, sections, items. Immutable once used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

Instrument = Literal["covert", "open"]  # 暗访 / 现场检查, never averaged silently

# id -> (中文, English). What an item may name as its step, role and zone (domain §2).
STEPS: dict[str, tuple[str, str]] = {
    "s1": ("笑相迎", "Welcome with a smile"),
    "s2": ("笑相问", "Ask"),
    "s3": ("礼貌接", "Receive politely"),
    "s4": ("及时办", "Handle promptly"),
    "s5": ("巧营销", "Suggest skilfully"),
    "s6": ("提醒递", "Hand back with a reminder"),
    "s7": ("目相送", "See off"),
}
ROLES: dict[str, tuple[str, str]] = {
    "branch_head": ("网点负责人", "Branch head"),
    "lobby_manager": ("大堂经理", "Lobby manager"),
    "guide": ("大堂引导员", "Lobby guide"),
    "open_teller": ("开放式柜员", "Open-counter teller"),
    "closed_teller": ("封闭式柜员", "Closed-counter teller"),
    "customer_manager": ("客户经理", "Customer manager"),
    "wealth_manager": ("理财经理", "Wealth manager"),
    "supervisor": ("事中监督", "In-process supervisor"),
}
ZONES: dict[str, tuple[str, str]] = {
    "consultation": ("咨询服务区", "Enquiry zone"),
    "information": ("营销信息发布区", "Marketing information zone"),
    "waiting": ("客户休息等候区", "Waiting zone"),
    "closed_counter": ("封闭式柜台服务区", "Closed-counter zone"),
    "open_counter": ("开放式柜台服务区", "Open-counter zone"),
    "vip": ("贵宾客户服务区", "VIP zone"),
    "self_service": ("自助服务区", "Self-service zone"),
    "support": ("辅助服务区", "Support zone"),
}
CUSTOMER_ROLES = ("普通客户", "潜在贵宾客户", "未办卡贵宾客户", "贵宾客户")
# Head fields of the visit that a condition may name, with every value they can take.
HEAD_FIELDS: dict[str, tuple[str, ...]] = {"customer_role": CUSTOMER_ROLES}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Frozen):
    """The item applies only where another field has one of these answers.

    `field` is an item id or a head field of the visit (for example `customer_role`). The answer
    of an item is written as a number: "1" is yes, "0" is no, "2" is level 2.
    """

    field: str
    values: tuple[str, ...]


class Item(_Frozen):
    """One thing that is looked at (考核项). `id` is stable and never reused."""

    id: str
    section: str
    kind: Literal["yes_no", "ordinal", "count", "minutes"]
    points: Decimal  # for `deduct`: what yes, one occurrence, the worst level or lateness takes
    zh: str
    en: str
    effect: Literal["earn", "deduct"] = "earn"
    scope: Literal["visit", "encounter"] = "visit"  # encounter 0 = the hall / whole visit
    levels: int | None = None  # ordinal: best level k of 0..k
    # count: full marks at, or how many occurrences are taken off at most; minutes: good up to
    target: Decimal | None = None
    step: str | None = None
    role: str | None = None
    zone: str | None = None
    na_allowed: bool = False
    na_zh: str = ""  # when it does not apply, in words
    na_en: str = ""
    depends_on: tuple[Condition, ...] = ()
    veto: Literal[0, 1, 2] | None = None  # 0 flag, 1 caps the visit at 60, 2 sets it to zero
    evidence: bool = False
    clause: str = ""  # source: handbook chapter or rule
    tags: tuple[str, ...] = ()  # speak_up, service_match, promise, promise_kept, culture_wall …

    @property
    def best(self) -> Decimal | None:
        """The largest answer this item can have; None where there is no bound."""
        return {"yes_no": Decimal(1), "ordinal": Decimal(self.levels or 0)}.get(self.kind)


class Section(_Frozen):
    id: str
    zh: str
    en: str
    points: Decimal  # all that a visit can reach: the base and what its items can earn
    base: Decimal = Decimal(0)  # what a visit starts with; deductions take from it (扣分制)


class Bridge(_Frozen):
    """How an item of the former edition lives on in this one."""

    former: str
    relation: Literal["same", "reworded", "split", "dropped"]
    items: tuple[str, ...] = ()


class Edition(_Frozen):
    id: str  # e.g. covert-1
    instrument: Instrument
    zh: str
    en: str
    valid_from: date
    former: str | None = None
    sections: tuple[Section, ...]
    items: tuple[Item, ...]
    bridge: tuple[Bridge, ...] = ()
    minimum_applicable: Decimal = Decimal("0.70")
    veto_cap: Decimal = Decimal(60)

    @property
    def points(self) -> Decimal:
        """All points that one visit can earn: Σ of the sections."""
        return sum((s.points for s in self.sections), Decimal(0))

    def item(self, id: str) -> Item:
        """The item called `id`; KeyError if the edition has none."""
        for item in self.items:
            if item.id == id:
                return item
        raise KeyError(id)

    def section(self, id: str) -> Section:
        """The section called `id`; KeyError if the edition has none."""
        for section in self.sections:
            if section.id == id:
                return section
        raise KeyError(id)

    def items_of(self, section: str) -> tuple[Item, ...]:
        """The items of one section, in the edition's order."""
        return tuple(i for i in self.items if i.section == section)

    def tagged(self, tag: str) -> tuple[Item, ...]:
        """The items that carry `tag`, in the edition's order."""
        return tuple(i for i in self.items if tag in i.tags)


def parse_edition(text: str) -> Edition:
    """The edition written in YAML text; pydantic.ValidationError or yaml.YAMLError if it is not."""
    import yaml  # only whoever loads editions pays for it

    # libyaml, where PyYAML was built with it, reads the same ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Edition.model_validate(yaml.load(text, Loader=loader))


@cache
def _packaged() -> tuple[Edition, ...]:
    folder = resources.files("audits") / "editions"
    texts = [f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")]
    return tuple(sorted((parse_edition(t) for t in texts), key=lambda e: e.id))


def load_editions() -> dict[str, Edition]:
    """Every edition that ships with the package, by id."""
    return {e.id: e for e in _packaged()}
