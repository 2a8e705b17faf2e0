"""`mingcha month-end`: status, publication, documents and their delivery in one command.

    status ─▶ (remind) ─▶ publish ─▶ report ─▶ mail and/or package

For cron or a systemd timer: what is done is on record, and the same command goes on after whatever
stopped it, be it a kill, a server that was down or branches that had not reported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands import delivering
from pipeline.commands.session import PARTLY, USAGE, Session
from pipeline.commands.telling import telling
from pipeline.commands.working import worked
from pipeline.reports.words import over_formal

if TYPE_CHECKING:
    from pipeline.delivery.month_end import Run
    from pipeline.publication import Publication


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="month-end", help="月末一条命令：报送情况、发布、生成、发送 · all of month-end"
    )(month_end)


def month_end(
    ctx: typer.Context,
    period: Annotated[
        str, typer.Option("--period", help="2026-09 | 2026Q3 | last-month | last-quarter …")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="目录 · folder")],
    stage: Annotated[str, typer.Option("--stage", help="preview | formal")] = "preview",
    at_least: Annotated[
        float, typer.Option("--at-least", min=0, max=100, help="报送率（%）达到才发布 · percent")
    ] = 0.0,
    remind: Annotated[
        bool, typer.Option("--remind", help="发布前催报 · remind before publishing")
    ] = False,
    mail: Annotated[bool, typer.Option("--mail", help="发邮件 · by mail")] = False,
    package: Annotated[
        bool, typer.Option("--package", help="按二级分行打包 · a zip for each city")
    ] = False,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="压缩包口令文件（600）· of the zips")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="docx,pdf,xlsx")] = "",
    early: Annotated[
        str, typer.Option("--early", help="核对期未满即正式通报的理由 · why before its time")
    ] = "",
    who: Annotated[str, typer.Option("--as", help="谁决定提前：姓名/head · who decides that")] = "",
    anew: Annotated[
        bool, typer.Option("--anew", help="从头再做一遍 · a new run from the start")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Do what is left of the month's end; the same command again goes on.

    Long because it is the list of its options.

    Exit 0 all done, now or before; 1 it waits (too few reported, check period open, mail not
    taken) or somebody was not reached; 2 usage; 3 busy; 4 environment, the server refuses us.
    """
    session: Session = ctx.obj
    asked = delivering.Asked(mail, package, password_file=password_file)
    asked.check(session, out, both=True)
    if stage not in ("preview", "formal"):
        typer.echo(session.say("阶段只有 preview 和 formal。", "preview or formal."), err=True)
        raise typer.Exit(USAGE)
    from pipeline.delivery.month_end import Run, period_named
    from pipeline.office import Office
    from pipeline.office.proceedings import today

    with telling(session):
        wanted = period_named(period, today())
        with Office.open(session.folder) as office:
            run = Run.standing(office, wanted, stage, anew)
            waived = {"early": early, "as": who} if early else {}
            story = Story(session, run, out, asked, format, at_least, remind, as_json, waived)
            story.go()
    story.tell()
    raise typer.Exit(story.status)


@dataclass
class Story:
    """The steps of one run; `told`: what was done now and before, in order."""

    session: Session
    run: Run
    out: Path
    asked: delivering.Asked
    format: str
    at_least: float
    remind: bool
    as_json: bool
    waived: dict[str, str] = field(default_factory=dict)  # why before its time, and who says so
    told: list[dict[str, Any]] = field(default_factory=list)
    status: int = 0

    def go(self) -> None:
        """Every step that is not done yet; stops where one has to wait."""
        if not self._published():
            return
        publication = self._publication()
        choice = self._choice()
        stale = delivering.warned(self.session, publication) if self.asked.any else False
        files = self._report(publication, choice)
        if self.asked.mail:
            self._mail(publication, choice, files)
        if self.asked.package:
            self._package(publication, files)
        for one in self.told:
            if one["step"] in ("mail", "package"):
                one["result"] = {**one["result"], "stale": stale}

    def _published(self) -> bool:
        if "publish" in self.run.done:
            self._before("publish")
            return True
        if not self._enough():
            self.status = PARTLY
            return False
        self.run.begin_publishing()
        result = self._known_again() or self._publish()
        self._done("publish", result)
        return True

    def _enough(self) -> bool:
        from pipeline.completeness import completeness

        counts = completeness(self.session.folder, self.run.period).counts()
        due = sum(counts.values())
        share = 100 * (counts["reported"] + counts["late"]) / due if due else 100.0
        enough = share >= self.at_least
        self.told.append({"step": "status", "state": "done" if enough else "waiting",
                          "result": {**counts, "percent": round(share, 1)}})  # fmt: skip
        if self.remind and due > counts["reported"] + counts["late"]:
            self._remind()
        return enough

    def _remind(self) -> None:
        from pipeline.delivery.mail import remind

        mailing = remind(self.session.folder, self.run.period, delivering.how(self.session, None))
        self.told.append({"step": "remind", "state": "done", "result": mailing.counts()})
        self.status = max(self.status, mailing.exit_status)

    def _known_again(self) -> dict[str, Any] | None:
        """The publication that a run made before it was killed."""
        from pipeline.publication import open_publication

        made = open_publication(self.session.folder, self.run.period)
        since = self.run.since or 0
        if made is None or made.manifest["ledger_head"]["seq"] <= since:
            return None
        if made.manifest["stage"] != self.run.stage:
            return None
        return {k: made.manifest.get(k) for k in _PUBLISHED}

    def _publish(self) -> dict[str, Any]:
        request = {"period": self.run.period, "stage": self.run.stage, "cascade": False}
        request |= self.waived
        result = worked(self.session, "publish", request).result
        return {k: result[k] for k in _PUBLISHED}

    def _publication(self) -> Publication:
        from pipeline.commands.opening import publication_of

        revision = int(self.run.done["publish"]["revision"])
        return publication_of(self.session, self.run.period, revision)

    def _choice(self) -> dict[str, Any]:
        from pipeline.making import choice

        return choice(None, delivering.format_for(self.format), None, True)

    def _report(self, publication: Publication, choice: dict[str, Any]) -> list[dict[str, Any]]:
        """Makes the documents and a list of them; made before and all there: reads the list."""
        out = Path.cwd() / self.out
        listing = out / f"documents-{publication.period}-r{publication.revision}.json"
        if files := self._known_files(listing, choice["formats"]):
            self._before("report")
            return files
        files = delivering.made(self.session, publication, choice, out)["files"]
        partial = listing.with_name(f".{listing.name}.partial")
        partial.write_text(json.dumps(files, ensure_ascii=False), "utf-8")
        partial.replace(listing)
        # The list says which files are mailed, so it is held against the ledger next time.
        told = {"files": len(files), "list": str(listing), "list_sha256": _digest(listing)}
        self._done("report", told)
        return files

    def _known_files(self, listing: Path, formats: list[str]) -> list[dict[str, Any]]:
        """What was made before, if the list and all files are as they were; else none."""
        done = self.run.done.get("report")
        if done is None or _digest(listing) != done.get("list_sha256"):
            return []
        return _whole(listing, formats)

    def _mail(
        self, publication: Publication, choice: dict[str, Any], files: list[dict[str, Any]]
    ) -> None:
        if "mail" in self.run.done:
            self._before("mail")
            return
        from pipeline.delivery.mail import mail_publication

        how = delivering.how(self.session, None)
        mailing = mail_publication(self.session.folder, publication, choice, lambda: files, how)
        self.status = max(self.status, mailing.exit_status)
        if mailing.waiting:
            self.told.append({"step": "mail", "state": "waiting", "result": mailing.counts()})
        else:
            self._done("mail", mailing.counts())

    def _package(self, publication: Publication, files: list[dict[str, Any]]) -> None:
        from pipeline.delivery.package import package
        from pipeline.delivery.settings import secret_of

        if "package" in self.run.done:
            self._before("package")
            return
        secret = self.asked.password_file
        made = package(
            self.session.folder,
            publication,
            files,
            Path.cwd() / self.out,
            self.session.lang,
            secret_of(secret) if secret else "",
        )
        told = {"packages": [str(p.path) for p in made]}
        if left := sorted({inside for p in made for inside, _ in p.left_out}):
            # Not done: the same command makes the files and the packages anew.
            self.status = PARTLY
            delivering.tell_left_out(self.session, made)
            waiting = {**told, "left_out": len(left)}
            self.told.append({"step": "package", "state": "waiting", "result": waiting})
            return
        self._done("package", told)

    def _done(self, step: str, result: dict[str, Any]) -> None:
        self.run.finish(step, result)
        self.told.append({"step": step, "state": "done", "result": result})

    def _before(self, step: str) -> None:
        self.told.append({"step": step, "state": "before", "result": self.run.done[step]})

    def tell(self) -> None:
        """Prints the story."""
        if self.as_json:
            head = {"period": self.run.period, "stage": self.run.stage, "run": self.run.number}
            typer.echo(json.dumps(head | {"steps": self.told}, ensure_ascii=False))
            return
        names = {
            "status": ("报送情况", "status"), "remind": ("催报", "reminders"),
            "publish": ("发布", "publication"), "report": ("生成文件", "documents"),
            "mail": ("发送", "mail"), "package": ("打包", "packages"),
        }  # fmt: skip
        states = {"done": ("完成", "done"), "before": ("以前已完成", "done before"),
                  "waiting": ("等待", "waiting")}  # fmt: skip
        for one in self.told:
            said = self.session.say("，", ", ").join(self._plainly(one["result"]))
            step, state = (self.session.say(*w) for w in (names[one["step"]], states[one["state"]]))
            typer.echo(self.session.say(f"{step}：{state}（{said}）", f"{step}: {state} ({said})"))
            for over in over_formal(one["result"], self.session.lang):
                typer.echo(over)
        if any(one["state"] == "waiting" for one in self.told):
            typer.echo(
                self.session.say(
                    "尚未完成；稍后再运行同一条命令，会从这里继续。",
                    "Not finished; run the same command later and it goes on from here.",
                )
            )

    def _plainly(self, result: dict[str, Any]) -> Iterator[str]:
        """What came of a step in words; what only programs need is left to --json."""
        for key, value in result.items():
            if key == "packages":
                names = [Path(path).name for path in value]
                yield self.session.say(f"{len(names)} 个压缩包：", f"{len(names)} packages: ") + (
                    self.session.say("、", ", ").join(names)
                )
            elif key in _RESULT:
                yield f"{self.session.say(*_RESULT[key])} {value}"


_PUBLISHED = ("revision", "content_hash", "over_formal")  # of a publication, kept of a run
# Keys of results as people read them. The hash of a publication's content is not among them.
_RESULT = {
    "reported": ("按时报送", "on time"), "late": ("迟报", "late"),
    "not_reported": ("未报", "not reported"), "percent": ("已报占比（%）", "reported, %"),
    "pending_correction": ("待更正", "awaiting correction"),
    "revision": ("版次", "revision"), "files": ("文件", "files"), "list": ("清单", "list"),
    **delivering.STATES,
}  # fmt: skip


def _whole(listing: Path, formats: list[str]) -> list[dict[str, Any]]:
    """The files of a list if all are there as they were made, in these formats; else none."""
    try:
        files: list[dict[str, Any]] = json.loads(listing.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    there = all(_digest(Path(f["path"])) == f["sha256"] for f in files)
    return files if there and {f["format"] for f in files} == set(formats) else []


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
