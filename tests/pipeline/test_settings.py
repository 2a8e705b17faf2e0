"""The office's settings: every one has a default, and a wrong entry is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.settings import Settings, load_settings


def folder_with(root: Path, text: str | bytes | None) -> DataFolder:
    folder = DataFolder(root)
    if text is not None:
        folder.settings.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize("text", [None, "", "# 只有注释\n", "---\n"])
def test_without_entries_the_defaults_hold(tmp_path: Path, text: str | None) -> None:
    settings = load_settings(folder_with(tmp_path, text))
    assert settings == Settings()
    # design §4: the fifth business day of the next month; performance is owed monthly
    assert (settings.due_business_day, settings.monthly_kinds) == (5, ("performance",))


def test_entries_are_taken_and_the_others_keep_their_defaults(tmp_path: Path) -> None:
    text = "due_business_day: 3\npeer_groups: [城区, 县域]\nlock_seconds: 0.5\n"
    settings = load_settings(folder_with(tmp_path, text))
    assert (settings.due_business_day, settings.lock_seconds) == (3, 0.5)
    assert settings.peer_groups == ("城区", "县域")
    assert settings.check_days == Settings().check_days


WRONG = {
    "due_business_day: 0": "due_business_day",
    "due_business_day: 21": "due_business_day",
    "due_business_day: 第五天": "due_business_day",
    "check_days: -1": "check_days",
    "lock_seconds: 0": "lock_seconds",
    "due_bussiness_day: 5": "due_bussiness_day",  # misspelt: no silent default
    "check_days: -1\nlock_seconds: x": "check_days, lock_seconds",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_entry_is_named_in_both_languages(tmp_path: Path, text: str) -> None:
    with pytest.raises(Fault) as told:
        load_settings(folder_with(tmp_path, text))
    assert told.value.status == 2
    for words in (told.value.zh, told.value.en):
        assert WRONG[text] in words and "settings.yaml" in words and "\n" not in words


@pytest.mark.parametrize("text", ["a: [", "- 5", "5", b"\xff\xfe\x00", "a: &x [*x]\n*y"])
def test_what_is_no_list_of_entries_is_a_sentence(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(Fault) as told:
        load_settings(folder_with(tmp_path, text))
    assert told.value.status == 2
    assert "Traceback" not in told.value.zh and "\n" not in told.value.zh


def test_an_unreadable_file_is_the_machines_fault(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.settings.mkdir()
    with pytest.raises(Fault) as told:
        load_settings(folder)
    assert told.value.status == 4


def test_nothing_in_it_is_executed(tmp_path: Path) -> None:
    text = "!!python/object/apply:os.mkdir [made]\n"
    with pytest.raises(Fault):
        load_settings(folder_with(tmp_path, text))
    assert not Path("made").exists()
