"""Every option of an instance: the reader, the example, the models and the docs use this table."""

from __future__ import annotations

from halfshake.agent.declared.agent_option import Place
from halfshake.agent.declared.judging import JUDGING_OPTIONS
from halfshake.agent.declared.sending import SENDING_OPTIONS
from halfshake.agent.declared.targets import TARGET_OPTIONS
from halfshake.option import Kind

AGENT_OPTIONS = (*TARGET_OPTIONS, *JUDGING_OPTIONS, *SENDING_OPTIONS)

DECLARED = {option.key: option for option in AGENT_OPTIONS}

ALIASES = {old: option.key for option in AGENT_OPTIONS for old in option.old_names}
"""Old names that the `tls` check still accepts."""

WHY_IGNORED = {option.key: option.ignored for option in AGENT_OPTIONS if option.ignored}
"""What the `tls` check takes and this one never reads, with the reason."""

OF_ONE_TARGET = frozenset(
    option.key for option in AGENT_OPTIONS if option.place is Place.one_target
)

NONE_IF_EMPTY = frozenset(
    option.key
    for option in AGENT_OPTIONS
    if option.beside_tls and option.kind in {Kind.text, Kind.path} and option.key != "server"
)
"""Options that the `tls` check takes as not given if their text is empty."""

SHARED_OPTIONS = frozenset(
    option.key
    for option in AGENT_OPTIONS
    if option.place is Place.everywhere and not option.agents_own
)
"""What can be set in init_config, for every instance."""

KNOWN_OPTIONS = frozenset(option.key for option in AGENT_OPTIONS) | ALIASES.keys()
