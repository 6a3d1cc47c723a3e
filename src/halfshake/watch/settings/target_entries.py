"""Entries of `targets` and of target files: a text, a map, or a group of Prometheus' file_sd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from halfshake.errors import TargetInvalid
from halfshake.inputs.file_sd import GroupInvalid, read_group
from halfshake.inputs.target_text import parse_target
from halfshake.watch.settings.keys.document import TargetEntry
from halfshake.watch.settings.stored_targets import STORED, in_full, is_stored, stored_targets
from halfshake.watch.settings.text.sentences import mistakes_of
from halfshake.watch.settings.watched import Watched, label_text

if TYPE_CHECKING:
    from halfshake.target import Target
    from halfshake.watch.settings.layers import Layers
    from halfshake.watch.settings.text.mistakes import Mistake
    from halfshake.watch.settings.text.text_file import TextFile
    from halfshake.watch.settings.watched import Settings


class TargetReader:
    """Reads entry after entry; `watched` has each target by its labels."""

    def __init__(self, layers: Layers, mistakes: list[Mistake]) -> None:
        self.watched: dict[str, Watched] = {}
        self.stored: list[str] = []
        self._layers = layers
        self._mistakes = mistakes
        self._said: dict[str, tuple[object, TextFile, tuple[str | int, ...]]] = {}

    def read(self, entries: Any, source: TextFile, key: tuple[str | int, ...]) -> None:
        """Read a list of entries."""
        if not isinstance(entries, list):
            sentence = "has to be a list of targets: - host:port"
            self._mistakes.append(source.mistake(key, sentence))
            return
        for number, entry in enumerate(entries):
            if isinstance(entry, dict) and "targets" in entry:
                self._group(entry, source, (*key, number))
            else:
                self._entry(entry, source, (*key, number))

    def _group(self, group: dict[str, Any], source: TextFile, key: tuple[str | int, ...]) -> None:
        try:
            targets, options, labels = read_group(group)
        except GroupInvalid as error:
            where = (*key, error.key) if error.key is not None else key
            self._mistakes.append(source.mistake(where, str(error)))
            return
        common: dict[str, Any] = {**options, "labels": labels}
        for number, target in enumerate(targets):
            where = (*key, "targets", number)
            if isinstance(target, str):
                self._entry(common | {"target": target}, source, where)
            else:
                self._mistakes.append(source.mistake(where, "has to be a text: host:port"))

    def _entry(self, entry: Any, source: TextFile, key: tuple[str | int, ...]) -> None:
        if not isinstance(entry, (str, dict)):
            self._mistakes.append(source.mistake(key, "has to be a text, or a map with `target`"))
            return
        try:
            model = TargetEntry.model_validate(entry, context={"directory": source.path.parent})
        except ValidationError as error:
            self._mistakes += mistakes_of(error, source, TargetEntry, key)
            return
        module = model.module
        if module is not None and module not in self._layers.modules:
            known = ", ".join(self._layers.modules) or "there are none"
            sentence = f"{module!r} is not in modules: {known}"
            self._mistakes.append(source.mistake((*key, "module"), sentence))
            return
        settings = self._layers.settings(
            self._layers.layer(model, source, key), module, source, key
        )
        place = (*key, "target") if isinstance(entry, dict) and "target" in entry else key
        try:
            targets = self._targets(model, source)
        except TargetInvalid as error:
            self._mistakes.append(source.mistake(place, str(error)))
            return
        if model.name is not None and len(targets) > 1:
            sentence = f"{model.target} stands for {len(targets)} files: leave out `name`"
            self._mistakes.append(source.mistake((*key, "name"), sentence))
        elif settings is not None:
            for target in targets:
                self._take(model, target, settings, source, key)

    def _targets(self, model: Any, source: TextFile) -> list[Target]:
        server_name = model.server_name or self._layers.of_place(model.module, "server_name")
        if model.target.startswith(STORED):
            self.stored.append(in_full(model.target, source.path.parent))
            return stored_targets(model.target, source.path.parent, server_name)
        starttls = model.starttls or self._layers.of_place(model.module, "starttls")
        return [parse_target(model.target, server_name=server_name, starttls=starttls)]

    def _take(
        self,
        model: Any,
        target: Target,
        settings: Settings,
        source: TextFile,
        key: tuple[str | int, ...],
    ) -> None:
        if is_stored(target):
            settings = self._layers.of_stored(settings)
        own = self._layers.labels(model.module) | model.labels
        name = model.name or target.text
        labels = label_text({"target": name} | dict(sorted(own.items())))
        said = (model.model_dump(exclude_unset=True), source, key)
        earlier = self._said.get(labels)
        if earlier is None:
            self._said[labels] = said
            tags = tuple(sorted(own.items()))
            self.watched[labels] = Watched(labels, name, target, settings, tags)
        elif earlier[0] != said[0]:
            file, where = earlier[1:]
            line = file.mistake(where, "").line
            sentence = (
                f"{name} stands in {file.path} line {line} too, with other "
                "options: give one of them a `name`, or a label of its own"
            )
            self._mistakes.append(source.mistake(key, sentence))
