"""Who does what on a page is who is signed in: never what a widget, an address or a file says.

Read from the source, so that no page is left out: an actor is made in one place, from the viewer,
and whatever is passed on as one comes from there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import dashboards

ROOT = Path(dashboards.__file__).parent
# Expressions of the viewer that procedures take. `account`: in sign-in and files, of the session.
OURS = {
    *("context.viewer.actor", "context.viewer.actor.name", "viewer.account", "viewer.actor"),
    *("actor", "actor_of(context)", "found.account.id", "row['account']"),
}
ACTS_FOR = {"actor", "by", "who"}


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_an_actor_is_made_from_the_viewer_alone() -> None:
    made = [name for name, tree in _sources() for call in _calls(tree)
            if ast.unparse(call.func).split(".")[-1] == "Actor"]  # fmt: skip
    assert made == ["access.py", "action_parts/one.py"]
    one = ast.parse((ROOT / "action_parts" / "one.py").read_text("utf-8"))
    (found,) = (n for n in ast.walk(one) if isinstance(n, ast.FunctionDef) and n.name == "actor_of")
    assert "context.viewer.actor" in ast.unparse(found)
    assert "st." not in ast.unparse(found)


def test_what_is_passed_on_as_actor_comes_from_the_viewer() -> None:
    """By keyword; and every name `actor` that a function gives on is bound to the viewer's."""
    wrong = []
    for name, tree in _sources():
        for call in _calls(tree):
            wrong += [
                (name, call.lineno, ast.unparse(k.value)) for k in call.keywords
                if k.arg in ACTS_FOR and ast.unparse(k.value) not in OURS
            ]  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                wrong += [(name, node.lineno, told) for told in _bound(node) if told not in OURS]
    assert [w for w in wrong if not w[0].startswith(("views/ledger.py", "accounts.py"))] == []


def _bound(node: ast.Assign) -> Iterator[str]:
    """What the name `actor` is bound to, alone or in a row of names."""
    for target in node.targets:
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for one, value in zip(names, values, strict=False):
            if isinstance(one, ast.Name) and one.id == "actor":
                yield ast.unparse(value)
