"""Where the configuration is looked for when nobody names a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def configuration_file(named: str | None, environment: Mapping[str, str]) -> Path:
    """Find the file: the one named, the user's own, or the system's. Raises UsageError."""
    if named is not None:
        return Path(named)
    home = environment.get("XDG_CONFIG_HOME")
    directories = [Path(home) if home else Path("~/.config").expanduser(), SYSTEM_DIRECTORY]
    places = [directory / "halfshake" / name for directory in directories for name in NAMES]
    for place in places:
        if place.exists():
            return place
    raise UsageError(
        f"no configuration was found: write {places[0]} or "
        f"{SYSTEM_DIRECTORY}/halfshake/{NAMES[0]}, or name a file with -c"
    )


SYSTEM_DIRECTORY = Path("/etc")
NAMES = ("watch.yaml", "watch.yml", "watch.toml")
