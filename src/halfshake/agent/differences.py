"""The warnings: options that are ignored, by name. What the `tls` check accepts is no error."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from halfshake.agent.declared.every_option import ALIASES, KNOWN_OPTIONS, WHY_IGNORED
from halfshake.agent.option_reader import says_no
from halfshake.agent.place import is_name
from halfshake.agent.versions import VERSIONS, allowed_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def differences(
    values: Mapping[str, Any],
    instance: Mapping[str, Any],
    init_config: Mapping[str, Any],
) -> list[str]:
    """Say what differs; `values` are the instance's over those of init_config, by their new names.

    `instance` and `init_config` are as they were written.
    """
    targets = values.get("targets")
    listed = targets if isinstance(targets, list) else []
    written = [instance, init_config, *(entry for entry in listed if isinstance(entry, dict))]
    sentences = [
        *_ignored(written),
        *_without_effect(values),
        *(
            f"`{key}` is not an option of this check{hint}"
            for key, hint in unknown_options(instance)
        ),
    ]
    return list(dict.fromkeys(sentences))


def unknown_options(instance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find keys that mean nothing, each with a hint at what may have been meant."""
    unknown = []
    for key in instance:
        if key not in KNOWN_OPTIONS:
            near = difflib.get_close_matches(str(key), sorted(KNOWN_OPTIONS), n=1)
            unknown.append((str(key), f": did you mean `{near[0]}`?" if near else ""))
    return unknown


def _ignored(written: list[Mapping[str, Any]]) -> Iterator[str]:
    by_reason: dict[str, dict[str, None]] = {}
    for values in written:
        for key, value in values.items():
            why = WHY_IGNORED.get(ALIASES.get(key, key))
            if why is not None and value is not None:
                by_reason.setdefault(why, {})[f"`{key}`"] = None
    for why, names in by_reason.items():
        yield f"{', '.join(names)} {'are' if len(names) > 1 else 'is'} ignored: {why}"


def _without_effect(values: Mapping[str, Any]) -> Iterator[str]:
    transport = str(values.get("transport", "TCP"))
    if transport.upper() != "TCP":
        yield f"`transport: {transport}` has no effect: TLS is read over TCP, as before"
    name = values.get("server_hostname")
    if name is not None and says_no(values.get("tls_validate_hostname")) and not is_name(str(name)):
        yield f"`server_hostname: {name}` is not a host name: the server is asked for its own name"
    if not _every_cipher(values.get("tls_ciphers", "ALL")):
        yield (
            "`tls_ciphers` has no effect: every cipher suite is offered, so that any server can be "
            "read; `key_types` chooses between the certificates of a server that has several"
        )
    if _is_zero(values.get("timeout")):
        yield "`timeout: 0` has no effect: the timeout is 10 seconds"
    given = values.get("allowed_versions") or ()
    listed = given if isinstance(given, list | tuple) else (given,)
    unknown = [
        version
        for version in allowed_versions(str(item).strip() for item in listed)
        if version not in VERSIONS
    ]
    if unknown:
        yield (
            f"`allowed_versions` contains {', '.join(unknown)}, which does not exist; the versions "
            f"are {', '.join(VERSIONS)}"
        )


def _every_cipher(ciphers: object) -> bool:
    listed = ciphers if isinstance(ciphers, list | tuple) else [ciphers]
    return any("ALL" in str(cipher).upper() for cipher in listed)


def _is_zero(value: object) -> bool:
    try:
        return value is not None and float(str(value)) == 0
    except ValueError:
        return False
