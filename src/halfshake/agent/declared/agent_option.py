"""`AgentOption`: one option of an instance of the Agent's check.

What a command-line option also defines (type, bounds, choices, default) is taken from that option.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.option import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.option import Option


class Place(Enum):
    """Where an option can be set."""

    everywhere = "init_config, an instance, or one of its targets"
    instance = "an instance, or one of its targets"
    one_target = "an instance without `targets`, or one of its targets"


class AgentOption(NamedTuple):
    """One option of an instance.

    `summary` is a sentence for the example configuration, `doc` is Markdown for the table of
    docs/datadog.md; an option without a `doc` shares the row of the one before. `beside_tls`
    compares it with the same option of Datadog's `tls` check; empty if that check has none.
    `example` is a value in YAML; `default` is what applies without the option, in words or in YAML.
    An option that is `ignored` is accepted with a warning, which gives this reason. `like` is the
    same option of the command line. `old_names` are accepted as well. `agents_own` options are read
    by the Agent, not by us.
    """

    key: str
    summary: str = ""
    kind: Kind = Kind.text
    example: str = ""
    default: str = ""
    choices: Sequence[str] = ()
    least: float = 0
    most: float | None = None
    several: bool = False
    place: Place = Place.everywhere
    doc: str = ""
    beside_tls: str = ""
    ignored: str = ""
    like: Option | None = None
    old_names: tuple[str, ...] = ()
    agents_own: bool = False

    @property
    def default_number(self) -> float | None:
        """The default, if it is a number and not a sentence."""
        try:
            return float(self.default)
        except ValueError:
            return None


def like(option: Option, key: str = "", **more: Any) -> AgentOption:
    """The same option under the Agent's name for it."""
    declared = AgentOption(
        key or option.key,
        kind=option.kind,
        default="" if option.default is None else f"{option.default}",
        choices=option.choices,
        least=option.least or 0,
        most=option.most,
        several=option.several,
        like=option,
    )
    return declared._replace(**more)
