"""Who else on the machine may read what is made: nobody, unless the office says its group may."""

from __future__ import annotations

import os
import sys

VARIABLE = "MINGCHA_UMASK"
_PRIVATE, _OTHERS, _WRONG = 0o077, 0o007, 2


def keep_private() -> None:
    """Sets the mask of this process and of what it starts: 0077, or what :data:`VARIABLE` says
    (0027: the group may read). Leaves with a sentence where that would let everybody read."""
    told = os.environ.get(VARIABLE, "")
    try:
        mask = int(told, 8) if told else _PRIVATE
    except ValueError:
        mask = -1
    if not 0 <= mask <= 0o777 or mask & _OTHERS != _OTHERS or mask & 0o700:
        print(
            f"{VARIABLE} 只能是 0077（仅本账号可读）或 0027（同组可读），不能是“{told}”。\n"
            f"{VARIABLE} is 0077 (owner alone) or 0027 (the group may read), not {told!r}.",
            file=sys.stderr,
        )
        sys.exit(_WRONG)
    os.umask(mask)


def of_a_new_file() -> int:
    """The mode that a new file would have, for those that are made under another name first."""
    mask = os.umask(_PRIVATE)
    os.umask(mask)
    return 0o666 & ~mask
