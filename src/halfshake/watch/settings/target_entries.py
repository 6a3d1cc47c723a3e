"""Entries of `targets` and of target files: a text, a map, or a group of Prometheus' file_sd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pydantic import ValidationError

from halfshake.errors import TargetInvalid
from halfshake.inputs.file_sd import PROBE_LABELS, GroupInvalid, read_group
from halfshake.inputs.target_text import parse_target
from halfshake.watch.settings.keys.document import TargetEntry
from halfshake.watch.settings.stored_targets import STORED, in_full, is_stored, stored_targets
from halfshake.watch.settings.text.sentences import mistakes_of
from halfshake.watch.settings.watched import Watched, label_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfshake.target import Target
    from halfshake.watch.settings.layers import Layers
    from halfshake.watch.settings.text.mistakes import Mistake
    from halfshake.watch.settings.text.text_file import TextFile
    from halfshake.watch.settings.watched import Settings


class TargetReader:
    """Reads entry after entry; `watched` has each target by its labels.

    What is wrong hides nothing else that is wrong: of an entry with a mistake the rest is read too.
    """

    def __init__(self, layers: Layers, mistakes: list[Mistake]) -> None:
        self.watched: dict[str, Watched] = {}
        self.stored: list[str] = []
        self._layers = layers
        self._mistakes = mistakes
        self._said: dict[str, tuple[object, TextFile, _Key]] = {}

    def read(self, entries: Any, source: TextFile, key: _Key) -> None:
        """Read a list of entries."""
        if not isinstance(entries, list):
            sentence = "has to be a list of targets: - host:port"
            self._mistakes.append(source.mistake(key, sentence))
            return
        for number, entry in enumerate(entries):
            if isinstance(entry, dict) and "targets" in entry:
                self._group(entry, source, (*key, number))
            elif isinstance(entry, (str, dict)):
                place = (*key, number)
                # A text is all target.
                elsewhere = {"target": place} if isinstance(entry, str) else {}
                self._entry(entry, _Place(source, place, elsewhere, set()))
            else:
                sentence = "has to be a text, or a map with `target`"
                self._mistakes.append(source.mistake((*key, number), sentence))

    def _group(self, group: dict[str, Any], source: TextFile, key: _Key) -> None:
        is_sound = True
        try:
            targets, options, labels = read_group(group)
        except GroupInvalid as error:
            is_sound = False
            targets, options, labels = error.rest
            self._mistakes += [source.mistake((*key, name), str(error)) for name in error.keys]
        common: dict[str, Any] = {**options, "labels": labels}
        # What all targets of a group have in common is wrong once, at the label that says it.
        said = {option: (*key, "labels", label) for label, option in PROBE_LABELS.items()}
        elsewhere = said | {"labels": (*key, "labels")}
        told: set[Mistake] = set()
        if targets:
            self._model(common | {"target": "localhost"}, _Place(source, key, elsewhere, told))
        for number, target in enumerate(targets):
            where = (*key, "targets", number)
            place = _Place(source, where, elsewhere | {"target": where}, told)
            if isinstance(target, str):
                self._entry(common | {"target": target}, place, is_sound=is_sound)
            else:
                self._mistakes.append(place.mistake((), "has to be a text: host:port"))

    def _entry(self, entry: str | dict[str, Any], place: _Place, *, is_sound: bool = True) -> None:
        model, wrong = self._model(entry, place)
        if model is None:
            return
        module = model.module
        if module is not None and module not in self._layers.modules:
            known = ", ".join(self._layers.modules) or "there are none"
            self._say(place, ("module",), f"{module!r} is not in modules: {known}")
            wrong.add("module")
            model.module = None
        given = self._layers.layer(model, place.source, place.key)
        settings = None
        if wrong <= {"labels", "name", "target"}:
            settings = self._layers.settings(given, model.module, place.source, place.key)
        try:
            targets = self._targets(model, place.source)
        except TargetInvalid as error:
            self._say(place, ("target",), str(error))
            return
        if model.name is not None and len(targets) > 1:
            sentence = f"{model.target} stands for {len(targets)} files: leave out `name`"
            self._say(place, ("name",), sentence)
        elif settings is not None and is_sound and not wrong:
            for target in targets:
                self._take(model, target, settings, place.source, place.key)

    def _model(self, entry: str | dict[str, Any], place: _Place) -> tuple[Any, set[str]]:
        """What can be read of an entry, None if that is nothing; and the keys that are wrong."""
        context = {"directory": place.source.path.parent}
        try:
            return TargetEntry.model_validate(entry, context=context), set()
        except ValidationError as error:
            found = mistakes_of(error, place.source, TargetEntry, place.key, place.elsewhere)
            self._tell(place, found)
            wrong = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
        if not isinstance(entry, dict):
            return None, wrong
        sound = {name: value for name, value in entry.items() if name not in wrong}
        try:
            return TargetEntry.model_validate(sound, context=context), wrong
        except ValidationError:  # without its target, or where keys contradict each other
            return None, wrong

    def _say(self, place: _Place, path: _Key, sentence: str) -> None:
        self._tell(place, [place.mistake(path, sentence)])

    def _tell(self, place: _Place, mistakes: list[Mistake]) -> None:
        self._mistakes += [each for each in mistakes if each not in place.told]
        place.told.update(mistakes)

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
        key: _Key,
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


_Key: TypeAlias = "tuple[str | int, ...]"


class _Place(NamedTuple):
    """Where an entry stands. Keys in `elsewhere` stand there instead; `told` are its mistakes."""

    source: TextFile
    key: _Key
    elsewhere: Mapping[str, _Key]
    told: set[Mistake]

    def mistake(self, path: _Key, sentence: str) -> Mistake:
        """Something that is wrong below."""
        moved = self.elsewhere.get(str(path[0])) if path else None
        place = (*self.key, *path) if moved is None else (*moved, *path[1:])
        return self.source.mistake(place, sentence)
