"""Who acts: `--as NAME/ROLE[@OWN-BRANCH]`, until accounts say so."""

from __future__ import annotations

from typing import Annotated

import typer

As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="NAME/ROLE[@BRANCH]",
        help="谁办理：姓名/office|head|union|branch|city|hq@所属网点 · who acts",
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="理由 · why")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]
