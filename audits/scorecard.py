"""The scorecard (评分表): edition, sections, items. Immutable once used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Instrument = Literal["covert", "open"]  # 暗访 / 现场检查, never averaged silently


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Frozen):
    """The item applies only where another field has one of these answers.

    `field` is an item id or a head field of the visit (for example `customer_role`).
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
