"""Options in layers, and the readers made of them: one for every different set of options."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.option import Kind
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.keys.document import Trust
from halfshake.watch.settings.keys.option_fields import default_values, watched_options
from halfshake.watch.settings.keys.secret_files import secret_files
from halfshake.watch.settings.watched import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.watch.reader import OpenReader, Reader
    from halfshake.watch.settings.keys.document import Document
    from halfshake.watch.settings.text.mistakes import Mistake
    from halfshake.watch.settings.text.text_file import TextFile


class Layers:
    """Puts the layers of one configuration together; what is wrong goes to `mistakes`."""

    def __init__(
        self,
        document: Document,
        source: TextFile,
        open_reader: OpenReader,
        mistakes: list[Mistake],
    ) -> None:
        self.files: dict[str, None] = {}
        self._document = document
        self._open_reader = open_reader
        self._mistakes = mistakes
        self._readers: dict[str, Reader | None] = {}
        self._settings: dict[str, Settings | None] = {}
        self._of_stored: dict[int, Settings] = {}
        # Of labels and options apart: labels belong to a target, not to what it shares.
        self._bases: dict[str | None, dict[str, Any]] = {}
        trust = document.trust.as_options() if document.trust else {}
        everything = document.defaults.model_dump(exclude={"labels", "trust"})
        intervals = {key: everything[key] for key in _OF_SETTINGS}
        given = self.layer(document.defaults, source, ("defaults",))
        self._bases[None] = default_values() | intervals | trust | given
        for name, module in document.modules.items():
            given = self.layer(module, source, ("modules", name))
            self._bases[name] = self._bases[None] | given

    def layer(self, model: Any, source: TextFile, key: Sequence[str | int]) -> dict[str, Any]:
        """What one layer says, and nothing else; its trust store written as options of `check`."""
        given: dict[str, Any] = model.model_dump(exclude_unset=True, exclude=_NO_OPTIONS)
        self.files |= dict.fromkeys(secret_files(model))
        if model.trust is None:
            return given
        trust = model.trust
        if isinstance(trust, str):
            named = self._document.trust_stores.get(trust)
            if named is None:
                known = ", ".join(self._document.trust_stores) or "there are none"
                sentence = f"{trust!r} is not in trust_stores: {known}"
                self._mistakes.append(source.mistake((*key, "trust"), sentence))
                return given
            trust = named
        assert isinstance(trust, Trust)
        return trust.as_options() | given

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of all modules."""
        return tuple(self._document.modules)

    def of_place(self, module: str | None, key: str) -> str | None:
        """What module and defaults say of a target's name or protocol."""
        given = getattr(self._document.modules[module], key) if module is not None else None
        text: str | None = given or getattr(self._document.defaults, key)
        return text

    def labels(self, module: str | None) -> dict[str, str]:
        """The labels that defaults and a module give."""
        labels: dict[str, str] = dict(self._document.defaults.labels)
        if module is not None:
            labels |= self._document.modules[module].labels
        return labels

    def of_stored(self, settings: Settings) -> Settings:
        """The same for a target that is a file: there is one kind of visit."""
        found = self._of_stored.get(id(settings))
        if found is None:
            intervals = {VisitKind.usual: settings.intervals[VisitKind.usual]}
            found = self._of_stored[id(settings)] = replace(settings, intervals=intervals)
        return found

    def settings(
        self, given: dict[str, Any], module: str | None, source: TextFile, key: Sequence[str | int]
    ) -> Settings | None:
        """The settings of a target that gives these options; None where they make no sense."""
        identity = f"{module} {sorted(given.items())}"
        if identity not in self._settings:
            values = self._bases[module] | given
            self._settings[identity] = self._made(values, module, source, key)
        return self._settings[identity]

    def _made(
        self,
        values: dict[str, Any],
        module: str | None,
        source: TextFile,
        key: Sequence[str | int],
    ) -> Settings | None:
        options = {name: values[name] for name in values if name not in _OF_SETTINGS}
        for option in watched_options():
            if option.kind is Kind.path and options[option.key]:
                files = options[option.key] if option.several else [options[option.key]]
                self.files |= dict.fromkeys(files)
        identity = str(sorted(options.items(), key=lambda item: item[0]))
        if identity not in self._readers:
            self._readers[identity] = None
            try:
                self._readers[identity] = self._open_reader(options)
            except UsageError as error:
                self._mistakes.append(source.mistake(key, _by_keys(str(error))))
        reader = self._readers[identity]
        if reader is None:
            return None
        intervals = {
            VisitKind.usual: values["interval"],
            VisitKind.faces: values["faces_interval"],
            VisitKind.enforcement: values["enforcement_interval"],
        }
        return Settings(
            reader,
            {kind: intervals[kind] for kind in reader.kinds},
            timeout_seconds=values["timeout"],
            verify=values["verify"],
            exporter=values["exporter"],
            server_name=self.of_place(module, "server_name"),
            starttls=self.of_place(module, "starttls"),
        )


def _by_keys(sentence: str) -> str:
    """A sentence about options of `check`, with the names that they have here."""
    return _OPTION.sub(lambda found: found[1].replace("-", "_"), sentence)


_OPTION = re.compile(r"(?<!\S)--([a-z][a-z-]*)")
_OF_SETTINGS = ("interval", "faces_interval", "enforcement_interval", "verify", "exporter")
_NO_OPTIONS = {
    "proxy_file",
    "labels",
    "trust",
    "target",
    "name",
    "module",
    "server_name",
    "starttls",
}
"""What a target says of itself alone. A module's server_name and starttls are taken apart too."""
