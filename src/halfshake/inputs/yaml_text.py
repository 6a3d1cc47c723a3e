"""YAML as people mean it: the core schema of YAML 1.2, and no key twice.

PyYAML reads YAML 1.1, where `no` is false and `12:30:45` a number of seconds; and of a key that
stands twice it drops the first without a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

# The one written in C reads a file of 100,000 targets in seconds, the other in a minute.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """A safe loader with the resolvers of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT002
        """Refuse a key that stands twice."""
        seen: dict[object, int] = {}
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen and key != "<<":
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} stands here again: it is on line {seen[key]} already",
                    problem_mark=key_node.start_mark,
                )
            seen[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(rf"(?:{_pattern})$"),
        # PyYAML looks an empty scalar up under "".
        ["" if first == "\0" else first for first in _first],
    )


def parse_yaml(text: str) -> Any:
    """Read one document. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe loader


def yaml_line(text: str, path: Sequence[str | int]) -> int | None:
    """On which line a path stands; of one that is not there, its nearest parent's."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        return None
    line = None
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
            continue
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(part)), None)
        if found is None:
            return line or 1
        line, node = found[0].start_mark.line + 1, found[1]
    return line or 1


def problem_of(error: yaml.YAMLError) -> tuple[int | None, str]:
    """The line of an error, and what is wrong there."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        words = error.problem or error.context or "it is not YAML"
        if error.context and error.problem:
            words = f"{error.context}, {error.problem}"
        return (mark.line + 1 if mark else None), words
    return None, str(error).splitlines()[0]
