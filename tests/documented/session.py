"""A user at a prompt: runs a page's blocks in order, and says where the page is wrong."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from documented.comparison import differences
from documented.fragments import READERS, mistakes

if TYPE_CHECKING:
    from documented.network import Network
    from documented.pages import Block, Step


class Session:
    """Runs blocks in the directory `home`.

    `done` is how many commands and blocks were run or read, by language; `problems` where the page
    is wrong; `came` what each command of a session printed, by its block's line and place.
    """

    def __init__(self, network: Network, home: Path, system_cas: Path) -> None:
        self.done = Counter[str]()
        self.problems: list[str] = []
        self.came: dict[tuple[int, int], list[str]] = {}
        self._network = network
        self._home = home
        self._running: list[subprocess.Popen[str]] = []
        self._environment = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
            "SSL_CERT_FILE": str(system_cas),
            "TERM": "dumb",
        }

    def take(self, block: Block) -> None:
        """Run one block, or write its file."""
        if "not-run" in block.marks:
            return
        if "file" in block.marks:
            file = self._home / block.marks["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.content, "utf-8")
            self.done["file"] += 1
        elif block.language == "python":
            came = self._shell(shlex.join(["python", "-c", block.content]))
            self._compare(block, "python", came, None)
        elif block.language == "console":
            steps = block.steps
            for number, step in enumerate(steps, 1):
                came = self._step(block, step, last=number == len(steps))
                self.came[block.line, number] = came.splitlines()
        elif block.language in READERS:
            self.done[block.language] += 1
            self.problems += [f"line {block.line}: {mistake}" for mistake in mistakes(block)]

    def close(self) -> None:
        """End what runs on in the background."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _step(self, block: Block, step: Step, *, last: bool) -> str:
        runs_on = last and "background" in block.marks
        came = self._start(step) if runs_on else self._shell(step.command)
        self._compare(block, step.command, came, step.output)
        return came

    def _shell(self, command: str) -> str:
        try:
            finished = subprocess.run(
                self._entered(command),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=COMMAND_SECONDS,
                env=self._environment,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            return f"{late.stdout!r}\n(it still ran after {COMMAND_SECONDS} seconds)"
        return finished.stdout

    def _start(self, step: Step) -> str:
        output = self._home.parent / f"background-{len(self._running)}.log"
        with output.open("wb") as sink:
            process = subprocess.Popen(
                self._entered(f"exec {step.command}"),
                stdout=sink,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                env=self._environment,
            )
        self._running.append(process)
        until = time.monotonic() + COMMAND_SECONDS
        while differences(step.output, output.read_text("utf-8").splitlines()):
            if time.monotonic() > until or process.poll() is not None:
                break
            time.sleep(0.1)
        return output.read_text("utf-8")

    def _entered(self, command: str) -> list[str]:
        place = f"cd {shlex.quote(str(self._home))} && {command}"
        return [*self._network.enter, "bash", "-c", place]

    def _compare(
        self, block: Block, command: str, came: str, shown: tuple[str, ...] | None
    ) -> None:
        self.done[block.language] += 1
        lines = came.splitlines()
        wrong = ["Traceback" in line for line in lines].count(True)
        found = ["it ended in a traceback:", *lines] if wrong else []
        if shown is not None and not found:
            found = differences(shown, lines)
        if found:
            self.problems.append(
                "\n".join([f"line {block.line}: $ {command}", *(f"  {line}" for line in found)])
            )


COMMAND_SECONDS = 40
