"""The scorecard (评分表): edition, sections, items. Immutable once used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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
    points: Decimal  # for `deduct`: what one occurrence takes away
    zh: str
    en: str
    effect: Literal["earn", "deduct"] = "earn"
    scope: Literal["visit", "encounter"] = "visit"  # encounter 0 = the hall / whole visit
    levels: int | None = None  # ordinal: best level k of 0..k
    target: Decimal | None = None  # count: full marks at; minutes: full marks up to
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
    points: Decimal


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


def check(edition: Edition) -> list[str]:
    """What is wrong with an edition, one sentence each (中文 / English); empty if nothing is.

    Points: in each section the `earn` items must add up to the section for *every* value that a
    head field can take, so alternatives on one field (the four cases of 巧营销) count once.
    """
    problems = [*_id_problems(edition), *_sum_problems(edition), *_bridge_problems(edition)]
    for item in edition.items:
        problems += [f"{item.id}：{said}" for said in _item_problems(edition, item)]
    return problems


def _id_problems(edition: Edition) -> Iterator[str]:
    ids = Counter([i.id for i in edition.items]) + Counter([s.id for s in edition.sections])
    for id, n in ids.items():
        if n > 1:
            yield f"{id}：编号重复 / the id is used {n} times"
    if edition.points != 100:
        yield f"各板块合计 {edition.points} 分，应为 100 / sections add up to {edition.points}"


def _sum_problems(edition: Edition) -> Iterator[str]:
    for section in edition.sections:
        items = [i for i in edition.items_of(section.id) if i.effect == "earn"]
        for case in _cases(items):
            total = sum((i.points for i in items if _possible(i, case)), Decimal(0))
            if total != section.points:
                where = "，".join(case.values()) or "—"
                yield (
                    f"{section.id}（{where}）：考核项合计 {total} 分，板块为 {section.points} 分 / "
                    f"items add up to {total}, the section to {section.points}"
                )


def _cases(items: list[Item]) -> list[dict[str, str]]:
    """Every combination of head-field values that the conditions of `items` tell apart."""
    fields = {c.field for i in items for c in i.depends_on if c.field in HEAD_FIELDS}
    cases: list[dict[str, str]] = [{}]
    for field in sorted(fields):
        cases = [{**case, field: value} for case in cases for value in HEAD_FIELDS[field]]
    return cases


def _possible(item: Item, case: dict[str, str]) -> bool:
    return all(case[c.field] in c.values for c in item.depends_on if c.field in case)


def _item_problems(edition: Edition, item: Item) -> Iterator[str]:
    if item.section not in {s.id for s in edition.sections}:
        yield f"板块 {item.section} 不存在 / no such section"
    if item.points < 0 or (item.points == 0 and item.veto is None):
        yield "分值须为正 / points must be positive"
    if not item.zh.strip() or not item.en.strip():
        yield "缺中文或英文表述 / a wording is missing"
    if item.na_allowed and not (item.na_zh and item.na_en):
        yield "须写明何时不适用 / say when it does not apply"
    if item.veto is not None and item.effect != "deduct":
        yield "否决项须为扣分项 / a veto item must be a deduction"
    yield from _kind_problems(item)
    yield from _name_problems(item)
    yield from _condition_problems(edition, item)


def _kind_problems(item: Item) -> Iterator[str]:
    if item.kind == "ordinal" and not (item.levels and item.levels > 0):
        yield "等级项须写明最高级 / an ordinal item needs `levels`"
    if item.kind in ("count", "minutes") and item.effect == "earn" and not item.target:
        yield "计数或计时项须写明满分标准 / count and minutes need a `target`"
    if item.kind == "count" and item.target is not None and item.target != int(item.target):
        yield "计数项的满分标准须为整数 / the target of a count is a whole number"
    if item.kind in ("ordinal", "minutes") and item.effect == "deduct":
        yield "扣分项只能是是非或计数 / deductions are yes/no or counts"


def _name_problems(item: Item) -> Iterator[str]:
    known = (("step", item.step, STEPS), ("role", item.role, ROLES), ("zone", item.zone, ZONES))
    for what, name, names in known:
        if name is not None and name not in names:
            yield f"{what} {name} 未登记 / is not known"


def _condition_problems(edition: Edition, item: Item) -> Iterator[str]:
    """A condition names a head field, or an earlier item that a row of this scope can see."""
    ids = [i.id for i in edition.items]
    for condition in item.depends_on:
        head = HEAD_FIELDS.get(condition.field)
        if head is not None:
            if not set(condition.values) <= set(head):
                yield f"{condition.field} 没有这个取值 / has no such value"
        elif condition.field not in ids[: ids.index(item.id)]:
            yield f"所依赖的 {condition.field} 须是排在前面的考核项 / must be an earlier item"
        elif item.scope == "visit" and edition.item(condition.field).scope == "encounter":
            yield f"整次项不能依赖逐柜项 {condition.field} / cannot depend on an encounter item"


def _bridge_problems(edition: Edition) -> Iterator[str]:
    ids = {i.id for i in edition.items}
    for bridge in edition.bridge:
        if edition.former is None:
            yield f"{bridge.former}：没有上一版却有对照 / a bridge without a former edition"
        if not set(bridge.items) <= ids:
            yield f"{bridge.former}：对照到不存在的考核项 / bridges to unknown items"
        if (bridge.relation == "dropped") != (not bridge.items):
            yield f"{bridge.former}：停用项不应有对照，其余必须有 / only dropped items map to none"
