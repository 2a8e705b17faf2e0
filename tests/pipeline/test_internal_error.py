"""An error of our own is written down without the values that its message may quote."""

from __future__ import annotations

from pipeline.internal_error import recorded, without_values

NAME = "张三丰"


def fails() -> None:
    row = NAME
    try:
        int(row)
    except ValueError as error:
        raise KeyError(f"row of {row}") from error


def test_where_and_what_kind_but_no_values() -> None:
    try:
        fails()
    except KeyError as error:
        said = without_values(error)
        path = recorded(error)
    assert NAME not in said
    assert "builtins.KeyError" in said and "builtins.ValueError" in said
    assert "in fails" in said and "test_internal_error.py" in said
    try:
        assert path.read_text("utf-8") == said
    finally:
        path.unlink()


def test_causes_that_go_round_end() -> None:
    error, other = ValueError(NAME), KeyError(NAME)
    error.__cause__, other.__cause__ = other, error
    assert without_values(error).count("builtins.") == 2
