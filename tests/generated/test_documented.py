"""Generated pages are current, and every command is documented."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from pipeline.__main__ import load_commands

ROOT = Path(__file__).parents[2]


def commands() -> list[str]:
    group = typer.main.get_command(load_commands())
    return sorted(group.commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", commands())
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"mingcha {name}" in (ROOT / "README.md").read_text("utf-8")


def test_the_metric_dictionary_is_current() -> None:
    from pipeline import dictionary

    assert dictionary.PAGE.read_text("utf-8") == dictionary.dictionary()


def test_the_page_of_published_numbers_is_current() -> None:
    from tests.audits.statistics.published import __main__ as published

    assert published.PAGE.read_text("utf-8") == published.page()


def test_the_page_of_scoring_is_current() -> None:
    from pipeline import scoring_page

    assert scoring_page.PAGE.read_text("utf-8") == scoring_page.page()
