"""Both languages are complete, and no page has words of its own."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import dashboards
from dashboards.words import LANGUAGES, Words, catalogue

ROOT = Path(dashboards.__file__).parent
CODE = sorted(p for p in ROOT.rglob("*.py"))
CJK = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
# A language names itself; the data's own units decide how a number is written; a formula may
# begin with a full-width sign.
ALLOWED = {
    "app.py": {"中文"},
    "pages.py": {"中文"},
    "formats.py": {"万元", "户"},
    "peers.py": {"万元", "户", "次", "人"},
    "exports.py": {"＝＋－＠"},
}


def test_the_catalogues_have_the_same_keys() -> None:
    zh, en = (set(catalogue(lang)) for lang in LANGUAGES)
    assert zh - en == set()
    assert en - zh == set()


def test_no_sentence_is_empty_and_no_key_is_written_twice() -> None:
    for lang in LANGUAGES:
        assert all(v.strip() for v in catalogue(lang).values())
        lines = (ROOT / "words" / f"{lang}.yaml").read_text("utf-8").splitlines()
        keys = [m[1] for line in lines if (m := re.match(r"^([\w.]+):", line))]
        assert len(keys) == len(set(keys)), {k for k in keys if keys.count(k) > 1}
        assert len(keys) == len(catalogue(lang))


def test_the_slots_of_a_sentence_are_the_same_in_both_languages() -> None:
    def slots(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    differing = {
        key: (slots(catalogue("zh")[key]), slots(catalogue("en")[key]))
        for key in catalogue("zh")
        if slots(catalogue("zh")[key]) != slots(catalogue("en")[key])
    }
    assert differing == {}


def test_english_sentences_are_english() -> None:
    assert {k for k, v in catalogue("en").items() if CJK.search(v)} == set()


def _literals(path: Path) -> list[str]:
    """String literals of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_code_holds_no_chinese(path: Path) -> None:
    allowed = ALLOWED.get(path.name, set())
    found = [s for s in _literals(path) if CJK.search(s) and not any(a in s for a in allowed)]
    assert found == []


def test_every_key_that_the_code_names_exists() -> None:
    """Literal first arguments of words(...) and words.either(...)."""
    missing = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called = ast.unparse(node.func)
            key = node.args[0]
            if re.search(r"(^|\.)words$", called) and isinstance(key, ast.Constant):
                missing |= {key.value} - set(catalogue("zh"))
    assert missing == set()


def test_every_key_is_used() -> None:
    """A sentence that no code names, in full or by its family, is left over."""
    code = "\n".join(p.read_text("utf-8") for p in CODE)
    families = {m[1] for m in re.finditer(r'f"([a-z_]+)\.\{', code)}
    families |= {m[1] for m in re.finditer(r'f"([a-z_]+\.[a-z_]+)\.\{', code)}
    families |= {"branch"}  # words(f"branch.{status}")
    unused = {
        key
        for key in catalogue("zh")
        if f'"{key}"' not in code
        and f"'{key}'" not in code
        and key.rpartition(".")[0] not in families
    }
    assert unused == set()


def test_an_unknown_key_or_language_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("zh")("no.such.key")
    with pytest.raises(KeyError):
        catalogue("../zh")
    assert Words("zh").either("no.such.key", "as it is") == "as it is"
    assert Words("en").of("只有中文", None) == "只有中文"


def test_a_score_over_100_is_accounted_for_wherever_ranks_are_read() -> None:
    """What is ranked is less the effect of the round, so 101.2 of 100 can stand on a page."""
    from dashboards.words import Words
    from pipeline.reports.words import word

    slots = {"since": "—", "visits": 9, "of": 3, "width": 2, "above": 1, "average": 1, "below": 1}
    said = [word("zh", "league_note", **slots), word("en", "league_note", **slots)]
    for lang in ("zh", "en"):
        words = Words(lang)
        said.append(words("league.window", since="—"))
        said.append(words("branch.interval_says", visits="2", low=1, high=3, tier="—"))
    assert all("100" in text for text in said), said


def test_two_values_that_differ_are_never_written_alike() -> None:
    from dashboards.formats import apart

    words = Words("zh")
    assert apart(words, 0.8, 0.9, "%") == ("80.0%", "90.0%")
    assert apart(words, 0.4212, 0.4249, "‱") == ("0.421 ‱", "0.425 ‱")
    assert apart(words, 0.01412, 0.01409, "%") == ("1.412%", "1.409%")
    assert apart(words, 2.0, 2.0, "户") == ("2 户", "2 户")  # equal stays equal
    assert apart(words, None, 0.5, "%") == ("—", "50.0%")


def test_a_code_in_a_reason_is_said_by_its_name() -> None:
    from dashboards.formats import named

    names = {"01020201": "城东网点"}
    assert (
        named("另一次暗访（01020201，2026-09-07）", names) == "另一次暗访（城东网点，2026-09-07）"
    )
    assert named("09999999 与 101020201", names) == "09999999 与 101020201"
