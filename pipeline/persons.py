"""Shoppers named in free text: found, so that it can be said, and masked where it is published.

Facts keep what was written; what leaves the office does not (domain §1: a branch never sees who
the shopper was).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import polars as pl

MASK = "〔暗访员〕"
_SHORTEST_NAME = 2  # a single character is in every other sentence
_SHORTEST_ID = 2
_SHORTEST_NUMBER = 5  # an id of digits only: shorter ones are minutes and counts


def pattern_of(ids: Iterable[str], names: Iterable[str]) -> str | None:
    """A regular expression for any of these ids (as whole words) and names; None if there are none.

    Names are found with blanks between their characters too; ids in either case.
    """
    spelt = {"".join(unicodedata.normalize("NFKC", n).split()) for n in names}
    people = [
        r"\s*".join(map(pl.escape_regex, n)) for n in sorted(spelt) if len(n) >= _SHORTEST_NAME
    ]
    whole = sorted({unicodedata.normalize("NFKC", i).strip() for i in ids})
    least = {i: _SHORTEST_NUMBER if i.isdigit() else _SHORTEST_ID for i in whole}
    codes = [pl.escape_regex(i) for i in whole if len(i) >= least[i]]
    parts = [f"(?:{'|'.join(people)})"] if people else []
    # the word boundary of ASCII: Chinese characters may stand right beside an id
    parts += [rf"(?-u:\b)(?i:{'|'.join(codes)})(?-u:\b)"] if codes else []
    return "|".join(parts) or None


def names_somebody(column: str, pattern: str) -> pl.Expr:
    """Whether the text of `column` has a match; full-width letters count as their half-width."""
    return pl.col(column).str.normalize("NFKC").str.contains(pattern).fill_null(False)


def masked(column: str, pattern: str) -> pl.Expr:
    """The text with every match replaced; the rest stays as it was written.

    Only where full-width letters hide a match is the whole text brought to half width.
    """
    plain = pl.col(column).str.replace_all(pattern, MASK)
    half = plain.str.normalize("NFKC")
    hidden = half.str.contains(pattern).fill_null(False)
    return pl.when(hidden).then(half.str.replace_all(pattern, MASK)).otherwise(plain).alias(column)


# 百家姓 by frequency: the commonest hundred cover some 85 % of people.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武"
    "乔贺赖龚文"
)
_TITLES = "先生|女士|小姐|阿姨|大爷|大妈|师傅|经理|行长|主任|柜员|客户|老师|同志|同事|保安|引导员"
SOMEBODY = "〔姓名〕"
NUMBER = "〔号码〕"
# A surname with a title (王女士, 张建国经理); numbers that point to a person: cards, ids, phones.
_NAMED = re.compile(f"[{_SURNAMES}][一-鿿]{{0,2}}?(?={_TITLES})")
_AFTER_ROLE = re.compile(
    f"(?<=客户|柜员|员工|经理|保安|行长|主任)[{_SURNAMES}][一-鿿]{{1,2}}(?=[，。；、,.;\\s（(]|$)"
)
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d[\d \-]{9,21}[\dXx])(?![0-9A-Za-z])")


class Masker:
    """Masks people in a text: known shoppers, known names, titled names and personal numbers.

    What it cannot know (a name without a title that is on no list) it does not mask: whoever
    writes is asked to leave names out, and evidence files are masked by hand.
    """

    def __init__(self, ids: Iterable[str], names: Iterable[str], others: Iterable[str]) -> None:
        self._shoppers = pattern_of(ids, names)
        self._others = pattern_of((), others)

    def shoppers(self, text: str) -> str:
        """The text without the names and ids of shoppers."""
        return _replaced(text, self._shoppers, MASK)

    def people(self, text: str) -> str:
        """The text without anybody it can be told to name."""
        said = _replaced(self.shoppers(text), self._others, SOMEBODY)
        said = _AFTER_ROLE.sub(SOMEBODY, _NAMED.sub(SOMEBODY, said))
        return _NUMBERS.sub(NUMBER, unicodedata.normalize("NFKC", said) if _wide(said) else said)


def _wide(text: str) -> bool:
    """Whether full-width digits stand in it."""
    return any("０" <= c <= "９" for c in text)


def _replaced(text: str, pattern: str | None, mask: str) -> str:
    """As :func:`masked` does it for a column."""
    if pattern is None or not text:
        return text
    plain = str(pl.Series([text]).str.replace_all(pattern, mask)[0])
    half = pl.Series([unicodedata.normalize("NFKC", plain)])
    return str(half.str.replace_all(pattern, mask)[0]) if half.str.contains(pattern)[0] else plain


def mask_texts(texts: Sequence[str], pattern: str) -> list[str]:
    """The texts with every match replaced, as :func:`masked` does."""
    frame = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
    return frame.select(masked("text", pattern))["text"].to_list()
