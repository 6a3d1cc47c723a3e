"""What is made from the Agent's options: a table, an example, a specification, and models."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from halfshake.agent.declared.agent_option import Place
from halfshake.agent.declared.every_option import AGENT_OPTIONS
from halfshake.option import Kind

if TYPE_CHECKING:
    from halfshake.agent.declared.agent_option import AgentOption


def agent_table() -> str:
    """One row for each option with a `doc`; options without one share the row before."""
    rows: list[list[AgentOption]] = []
    for option in AGENT_OPTIONS:
        if option.doc:
            rows.append([])
        rows[-1].append(option)
    lines = [
        f"| {', '.join(f'`{option.key}`' for option in row)} | {row[0].default} | {row[0].doc} "
        f"| {row[0].beside_tls} |"
        for row in rows
    ]
    head = "| option | default | meaning | beside the `tls` check |"
    return "\n".join([head, "| --- | --- | --- | --- |", *lines])


def agent_example() -> str:
    """The wheel's conf.yaml.example."""
    parts = [_EXAMPLE_HEAD]
    for option in AGENT_OPTIONS:
        if option.key == "server":
            parts.append(f"{_described(option)}\n    #\n  - server: {option.example}\n")
        elif option.example:
            parts.append(f"{_described(option)}\n    #\n{_commented(option)}\n")
    parts.append(_EXAMPLE_TAIL)
    return "\n".join(parts)


def agent_spec() -> str:
    """The integration's specification, in the form of Datadog's `spec.yaml`."""
    ours = [option for option in AGENT_OPTIONS if not (option.agents_own or option.ignored)]
    parts = [_SPEC_HEAD]
    parts += [_specified(option) for option in ours if option.place is Place.everywhere]
    parts.append(_SPEC_INSTANCES)
    parts += [_specified(option) for option in ours]
    parts.append("    - template: instances/default\n")
    return "".join(parts)


def agent_models() -> dict[str, str]:
    """The fields of the pydantic models: those of init_config, and those of an instance alone."""
    common = [option for option in AGENT_OPTIONS if option.place is Place.everywhere]
    own = [option for option in AGENT_OPTIONS if option.place is not Place.everywhere]
    renamed = [
        option._replace(key=old, ignored="") for option in AGENT_OPTIONS for old in option.old_names
    ]
    return {"shared": _fields(common), "instance": _fields([*own, *renamed])}


def _fields(options: list[AgentOption]) -> str:
    lines = [
        f"    {option.key}: {_model_type(option)} | None = None"
        for option in sorted(options, key=lambda option: option.key)
    ]
    return "\n".join(lines)


def _model_type(option: AgentOption) -> str:
    if option.key in _ODD_TYPES:
        return _ODD_TYPES[option.key]
    if option.several:
        return "tuple[str, ...] | str"
    return {Kind.flag: "bool", Kind.number: "float", Kind.whole_number: "int"}.get(
        option.kind, "str"
    )


def _described(option: AgentOption) -> str:
    needed = "required, unless `targets` or `local_cert_path` is set"
    use = needed if option.key == "server" else "optional"
    default = f" - default: {option.default}" if option.default else ""
    return "\n".join(
        (
            f"    ## @param {option.key} - {_type(option)} - {use}{default}",
            textwrap.fill(
                option.summary, 100, initial_indent="    ## ", subsequent_indent="    ## "
            ),
        )
    )


def _commented(option: AgentOption) -> str:
    if option.several:
        lines = [f"{option.key}:", *(f"  {line}" for line in option.example.splitlines())]
    else:
        lines = [f"{option.key}: {option.example}"]
    return "\n".join(f"    # {line}" for line in lines)


def _type(option: AgentOption) -> str:
    if option.key == "targets":
        return "list of strings or mappings"
    if option.key == "metric_patterns":
        return "mapping"
    kind = "string" if option.kind is Kind.path else option.kind.value
    return f"list of {kind}s" if option.several else kind


def _specified(option: AgentOption) -> str:
    # ddev makes models of this: a sentence as a default would be one of theirs.
    elsewhere = option.default != option.example
    summary = option.summary
    if option.default and elsewhere:
        summary += f" Default: {option.default}."
    description = textwrap.indent(textwrap.fill(summary, 90), " " * 8)
    lines = [f"    - name: {option.key}", "      description: |", description, "      value:"]
    example = option.example.splitlines()
    if option.key in _SPECIFIED_ITEMS:
        lines += ["        type: array", "        items:", "          anyOf:"]
        lines += [f"          - type: {kind}" for kind in _SPECIFIED_ITEMS[option.key]]
    elif option.key == "tls_ciphers":
        lines += ["        anyOf:", "        - type: string", "        - type: array"]
        lines += ["          items:", "            type: string"]
    elif option.several:
        lines += ["        type: array", "        items:", "          type: string"]
    else:
        kind = "string" if option.kind is Kind.path else option.kind.value
        lines.append(f"        type: {kind}")
    if option.several:
        lines += ["        example:", *(f"        {line}" for line in example)]
    else:
        lines.append(f"        example: {option.example}")
    if elsewhere:
        lines.append("        display_default: null")
    return "\n".join(lines) + "\n"


_SPECIFIED_ITEMS = {"targets": ("string", "object"), "allowed_versions": ("string", "number")}

_ODD_TYPES = {
    # Options that may be of several types, and options that only the Agent reads.
    "allowed_versions": "tuple[str | float, ...] | str | float",
    "proxy": "dict[str, Any]",
    "targets": "tuple[str | dict[str, Any], ...]",
    "tls_ciphers": "str | tuple[str, ...]",
    "debug_metrics": "dict[str, Any]",
    "metric_patterns": "dict[str, Any]",
    # A wrong number gets our own sentence, not pydantic's.
    "concurrency": "float",
}

_EXAMPLE_HEAD = """\
## Certificates of mTLS APIs, read without a client certificate (made by `make docs`).
## A tls.d/conf.yaml of Datadog's own check can be copied here unchanged: with
## `metric_namespace: tls` its monitors and dashboards keep working. See docs/datadog.md.

init_config:

    ## Every option of an instance except its targets can be set here, for all instances.
    #
    # metric_namespace: halfshake
    # tls_ca_cert: /etc/ssl/corp-ca.pem

    ## @param service - string - optional
    ## A `service` tag for every metric, event and service check; the Agent adds it.
    #
    # service: <SERVICE>

instances:
"""

_EXAMPLE_TAIL = """\
    ## tls_cert, tls_private_key and tls_private_key_password are accepted and ignored: no client
    ## certificate is needed, and none is ever read or sent. So are proxy and skip_proxy.
"""

_SPEC_HEAD = """\
# Made from the code by `make docs`.
name: Halfshake
files:
- name: halfshake.yaml
  options:
  - template: init_config
    options:
"""

_SPEC_INSTANCES = """\
    - template: init_config/default
  - template: instances
    options:
"""
