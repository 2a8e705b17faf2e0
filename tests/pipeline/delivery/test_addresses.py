"""Addresses of the register: what is taken, what is refused whole, who is skipped and why."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.delivery.addresses import addresses_of, outside, people_of
from pipeline.delivery.settings import Delivery


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("a@bank.cn", ["a@bank.cn"]),
        (" a@BANK.cn ", ["a@bank.cn"]),
        ("ａ＠bank．cn", ["a@bank.cn"]),  # full width, as input methods leave it
        ("a@bank.cn；b.c+d@x-y.bank.cn, a@bank.cn", ["a@bank.cn", "b.c+d@x-y.bank.cn"]),
        ("postmaster@mail", ["postmaster@mail"]),
        ("", []),
    ],
)
def test_addresses_that_are_taken(cell: str, found: list[str]) -> None:
    assert addresses_of(cell) == found


@pytest.mark.parametrize(
    "cell",
    [
        "a@bank.cn\n", "a@bank.cn\r\nBcc: x@y.cn", "a@bank.cn\x00", "a@bank.cn\u2029",
        "a b@bank.cn",
        "a@b@c.cn", "@bank.cn", "a@", "a@-bank.cn", "a@bank..cn", ".a@bank.cn", "张@bank.cn",
        "a@bank.cn; 无", '"a"@bank.cn', "<a@bank.cn>", "a@[10.0.0.1]", f"{'a' * 65}@bank.cn",
    ],
)  # fmt: skip
def test_cells_that_are_refused_whole(cell: str) -> None:
    with pytest.raises(ValueError):
        addresses_of(cell)


def _register(**changed: Any) -> pl.DataFrame:
    row = {"branch_code": "0101", "branch_name": "东门网点", "level": "网点", "email": "a@bank.cn"}
    return pl.DataFrame([row | changed])


def _settings(**more: Any) -> Delivery:
    smtp = {"host": "mail.bank.cn"}
    return Delivery.model_validate({"smtp": smtp, "from": {"address": "t@bank.cn"}} | more)


@pytest.mark.parametrize("name", ["东门\r\nBcc: x@y.cn", "东\u202e门网点", "东门\u2028网点"])
def test_a_name_that_would_write_a_header_is_refused_in_words(name: str) -> None:
    found = people_of(_register(branch_name=name), _settings())
    assert found.recipients == ()
    (skipped,) = found.skipped
    assert "名称" in skipped.why.zh and "name" in skipped.why.en
    told = skipped.why.zh + skipped.why.en + skipped.name
    assert not any(sign in told for sign in "\r\n\u202e\u2028")


def test_what_the_office_names_goes_before_the_register() -> None:
    found = people_of(_register(), _settings(recipients={"0101": ["b@bank.cn"]}))
    assert [r.address for r in found.recipients] == ["b@bank.cn"]


@pytest.mark.parametrize("name", ["a\nb", "a\u200b"])
def test_a_sender_that_would_write_a_header_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        _settings(**{"from": {"address": "t@bank.cn", "name": name}})


def test_domains_are_compared_as_a_whole() -> None:
    assert not outside("a@mail.bank.cn", ["bank.cn"]) and not outside("a@x.cn", [])
    assert outside("a@evilbank.cn", ["bank.cn"]) and outside("a@bank.cn.evil.cn", ["bank.cn"])
