"""`halfshake config from-blackbox`: a blackbox.yml as a configuration of ours.

Modules that read TLS become modules of the same name, so that Prometheus' jobs stay as they are.
What has no meaning here is named in comments above the module, never dropped in silence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from halfshake.watch.settings.text.mistakes import ConfigurationInvalid
from halfshake.watch.settings.text.text_file import TextFile


def from_blackbox(file: str) -> str:
    """Translate a file; the text of a configuration. Raises ConfigurationInvalid."""
    source = TextFile(Path(file), {}, fill=False)
    modules = source.data.get("modules") if isinstance(source.data, dict) else None
    if not isinstance(modules, dict):
        sentence = "has no `modules`: it is not a blackbox.yml"
        raise ConfigurationInvalid([source.mistake((), sentence)])
    parts = [_HEAD.format(file=file), "modules:\n"]
    taken = 0
    for name, module in modules.items():
        translated = _Translated(module if isinstance(module, dict) else {}, source.path.parent)
        parts += [f"  # {name}: {remark}\n" for remark in translated.remarks]
        if translated.is_tls:
            taken += 1
            text = yaml.safe_dump({str(name): translated.options}, sort_keys=False)
            parts += [f"  {line}\n" for line in text.splitlines()]
    if not taken:
        parts[1] = "modules: {}\n"
    return "".join(parts)


class _Translated:
    """One module: `options` of ours, and `remarks` on what could not be taken over."""

    def __init__(self, module: dict[str, Any], directory: Path) -> None:
        self.options: dict[str, Any] = {}
        self.remarks: list[str] = []
        self._directory = directory
        prober = str(module.get("prober", ""))
        details = module.get(prober) or {}
        self.is_tls = prober in {"tcp", "http", "grpc"}
        if not self.is_tls:
            self.remarks.append(f"the prober {prober or '(none)'} reads no TLS: left out")
            return
        if "timeout" in module:
            self.options["timeout"] = str(module["timeout"])
        if prober == "tcp" and not details.get("tls") and not _starttls(details):
            self.is_tls = False
            self.remarks.append("tcp without tls reads no certificate: left out")
            return
        if prober != "tcp":
            self.remarks.append(
                f"of {prober} the certificate is read, and nothing is asked for: probe_success "
                "says whether it is good, not what the service answers"
            )
        self._take(details, prober)

    def _take(self, details: dict[str, Any], prober: str) -> None:
        protocol = _starttls(details)
        if protocol:
            self.options["starttls"] = protocol
        elif details.get("query_response"):
            self._no_meaning(f"{prober}.query_response")
        for key, value in details.items():
            match key:
                case "tls_config":
                    self._take_tls(value or {}, prober)
                case "source_ip_address":
                    self.options["source"] = value
                case "preferred_ip_protocol":
                    self._take_family(str(value), details)
                case "proxy_url":
                    self.options["proxy"] = value
                case "tls" | "query_response" | "ip_protocol_fallback":
                    pass
                case _:
                    self._no_meaning(f"{prober}.{key}")

    def _take_family(self, preferred: str, details: dict[str, Any]) -> None:
        if details.get("ip_protocol_fallback", True):
            self.remarks.append(
                f"preferred_ip_protocol {preferred}: addresses are tried in the resolver's order; "
                "`family` would allow no other"
            )
        else:
            self.options["family"] = {"ip4": "ipv4", "ip6": "ipv6"}.get(preferred, preferred)

    def _take_tls(self, tls: dict[str, Any], prober: str) -> None:
        for key, value in tls.items():
            match key:
                case "ca_file":
                    path = os.path.normpath(self._directory / str(value))
                    self.options["trust"] = {"ca_files": [path]}
                case "server_name":
                    self.options["server_name"] = value
                case "insecure_skip_verify":
                    if value:
                        self.options["verify"] = False
                case "cert_file" | "key_file" | "cert" | "key":
                    self.remarks.append(
                        f"{prober}.tls_config.{key}: no client certificate is needed here, and "
                        "none is taken"
                    )
                case _:
                    self._no_meaning(f"{prober}.tls_config.{key}")

    def _no_meaning(self, key: str) -> None:
        self.remarks.append(f"{key} has no meaning here: left out")


def _starttls(details: dict[str, Any]) -> str | None:
    """Which protocol a dialogue of `query_response` with `starttls` speaks."""
    steps = details.get("query_response") or []
    if not any(isinstance(step, dict) and step.get("starttls") for step in steps):
        return None
    words = " ".join(str(step.get(key, "")).upper() for step in steps for key in ("send", "expect"))
    for protocol, marks in _DIALOGUES.items():
        if any(mark in words for mark in marks):
            return protocol
    return None


# What only one of the protocols says before TLS.
_DIALOGUES = {
    "smtp": ("EHLO", "HELO"),
    "imap": ("CAPABILITY", "OK.*IMAP", ". STARTTLS", "A1 STARTTLS"),
    "pop3": ("STLS",),
    "ftp": ("AUTH TLS",),
}

_HEAD = """\
# Made of {file} by `halfshake config from-blackbox`.
# Targets that stand in no configuration are read within probe.allow only: name their networks, or
# list them under targets.
listen: 127.0.0.1:9943
probe:
  allow: {{names: [], networks: [], ports: [443]}}
"""
