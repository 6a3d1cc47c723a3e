"""`load_plan()`: from a configuration file to everything that the monitor is to do.

    file -> TextFile -> Document -> layers of options -> Plan
                          target files /

Options lie in layers: what counts anyway, `trust`, `defaults`, the module, the target. Targets with
the same options share one `Settings`, and so one trust store: 100,000 of them need little more than
their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from halfshake.watch.settings.keys.document import Document
from halfshake.watch.settings.keys.notify import unknown_services
from halfshake.watch.settings.keys.secret_files import secret_files
from halfshake.watch.settings.layers import Layers
from halfshake.watch.settings.target_entries import TargetReader
from halfshake.watch.settings.target_files import expand, no_target_file
from halfshake.watch.settings.text.mistakes import ConfigurationInvalid, Mistake
from halfshake.watch.settings.text.sentences import mistakes_of
from halfshake.watch.settings.text.text_file import TextFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from halfshake.watch.reader import OpenReader
    from halfshake.watch.settings.watched import Settings, Watched


@dataclass(frozen=True, slots=True)
class Plan:
    """What the monitor does. `files` are those that it was made of: one that changes makes it old.

    `patterns` are the globs of `target_files`: they may match more tomorrow. So may `stored`, the
    targets that are files.
    """

    document: Document
    watched: tuple[Watched, ...]
    defaults: Settings
    modules: Mapping[str, Settings]
    files: tuple[str, ...]
    patterns: tuple[str, ...]
    stored: tuple[str, ...] = ()

    @property
    def how_many(self) -> str:
        """Its targets, counted for people."""
        return "1 target" if len(self.watched) == 1 else f"{len(self.watched)} targets"


def load_plan(path: Path, open_reader: OpenReader, environment: Mapping[str, str]) -> Plan:
    """Read a configuration with all the files it names. Raises ConfigurationInvalid."""
    source = TextFile(path, environment)
    mistakes: list[Mistake] = []
    document = _document(source, mistakes)
    if isinstance(source.data, dict):
        for key, sentence in unknown_services(source.data.get("notify")):
            mistakes.append(source.mistake(("notify", *key), sentence))
    layers = Layers(document, source, open_reader, mistakes)
    defaults = layers.settings({}, None, source, ("defaults",))
    modules = {
        name: layers.settings({}, name, source, ("modules", name)) for name in document.modules
    }
    targets = TargetReader(layers, mistakes)
    targets.read(document.targets, source, ("targets",))
    files = [str(path)]
    for number, pattern in enumerate(document.target_files):
        matches = expand(pattern)
        if not matches:
            mistakes += no_target_file(pattern, source, number)
        for match in matches:
            files.append(str(match))
            try:
                listed = TextFile(match, environment)
            except ConfigurationInvalid as error:
                mistakes += error.mistakes
            else:
                targets.read(listed.data or [], listed, ())
    if mistakes or defaults is None:
        raise ConfigurationInvalid(mistakes)
    return Plan(
        document=document,
        watched=tuple(targets.watched.values()),
        defaults=defaults,
        modules={name: each for name, each in modules.items() if each is not None},
        files=tuple(dict.fromkeys([*files, *layers.files, *secret_files(document)])),
        patterns=tuple(document.target_files),
        stored=tuple(dict.fromkeys(targets.stored)),
    )


def _document(source: TextFile, mistakes: list[Mistake]) -> Document:
    """Read what can be read: the mistakes in targets are wanted too, whatever else is wrong."""
    data = {} if source.data is None else source.data
    if not isinstance(data, dict):
        sentence = "has to be a map of keys: listen, trust, targets, ..."
        raise ConfigurationInvalid([source.mistake((), sentence)])
    context = {"directory": source.path.parent}
    try:
        return Document.model_validate(data, context=context)
    except ValidationError as error:
        mistakes += mistakes_of(error, source, Document, ())
        sound = _without_mistakes(data, [detail["loc"] for detail in error.errors()])
    try:
        return Document.model_validate(sound, context=context)
    except ValidationError:
        raise ConfigurationInvalid(mistakes) from None


def _without_mistakes(
    data: dict[str, Any], places: Sequence[tuple[str | int, ...]]
) -> dict[str, Any]:
    """Leave out what is wrong, but keep the names that targets may refer to."""
    sound = dict(data)
    for place in places:
        top = str(place[0])
        if top in _NAMED and len(place) > 1 and isinstance(sound.get(top), dict):
            sound[top] = sound[top] | {place[1]: {}}
        else:
            sound.pop(top, None)
    return sound


_NAMED = ("modules", "trust_stores")
