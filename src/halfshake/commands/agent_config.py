"""`halfshake agent-config`: turn a tls.d/conf.yaml of Datadog's Agent into one for our check.

It needs nothing that the Agent's own Python does not have: the script beside the wheel runs it too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.option import Kind, Option, OptionGroup

if TYPE_CHECKING:
    from typing import TextIO

GROUPS = (
    OptionGroup(
        "",
        (
            Option(
                "file",
                "the configuration of Datadog's `tls` check: tls.d/conf.yaml; - for standard input",
                Kind.path,
                flags=("file",),
                placeholder="FILE",
            ),
            Option(
                "output",
                "write to this file instead of standard output; a file that exists is not replaced",
                Kind.path,
                flags=("-o", "--output"),
                placeholder="FILE",
            ),
        ),
    ),
)


def run_agent_config(file: str, output_file: str | None, output: TextIO) -> None:
    """Print our configuration, and on standard error what changes.

    Raises UsageError with every mistake at once; then nothing is written.
    """
    from halfshake.agent.moving import move_over

    text = _read(file)
    try:
        moved = move_over(_parsed(text))
    except UsageError as error:
        lines = "\n  ".join(str(error).splitlines())
        raise UsageError(f"{file} cannot be turned into our configuration:\n  {lines}") from None
    content = (
        f"# Made of {Path(file).name} by `halfshake agent-config`.\n{_written(moved.document)}"
    )
    if output_file is None:
        output.write(content)
    else:
        _write(Path(output_file), content)
    for change in moved.changes:
        print(change, file=sys.stderr)


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        return Path(file).read_text("utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{file} cannot be read: {why}") from error


def _write(path: Path, content: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _parsed(text: str) -> object:
    yaml = _yaml()
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"it is not YAML: {error}") from error


def _written(document: dict[str, Any]) -> str:
    class Plain(_yaml().SafeDumper):  # type: ignore[misc]
        """Writes what stands at two places twice: people read it."""

        def ignore_aliases(self, _: object) -> bool:
            return True

    text: str = _yaml().dump(
        document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=1000
    )
    return text


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        raise UsageError("this needs PyYAML: pip install 'halfshake[agent-config]'") from None
    return yaml
