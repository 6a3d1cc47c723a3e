"""The options of `halfshake watch` and `halfshake config`: which file, and where to listen."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup

CONFIG_FILE = Option(
    "config",
    "the configuration, YAML or TOML; by default halfshake/watch.yaml in $XDG_CONFIG_HOME or /etc",
    Kind.path,
    flags=("-c", "--config"),
    placeholder="FILE",
)

LISTEN = Option(
    "listen",
    "where to listen, instead of what the configuration says: 127.0.0.1:9943",
    placeholder="ADDR",
)

WEB_CONFIG = Option(
    "web_config",
    "TLS and passwords of the listener, as Prometheus' exporters have them; instead of "
    "web.config_file",
    Kind.path,
    flags=("--web.config.file",),
    placeholder="FILE",
)

HEALTHCHECK = Option(
    "healthcheck",
    "ask the monitor that listens here whether it answers, and end: 0 or 1; for containers, also "
    "with TLS and passwords",
    Kind.flag,
)

WATCH = OptionGroup("", (CONFIG_FILE, LISTEN, WEB_CONFIG, HEALTHCHECK))

CONFIG = OptionGroup(
    "",
    (
        Option(
            "action",
            "check: say what is wrong; notify-test: send a test message to each service; schema: "
            "print the JSON Schema; from-blackbox FILE: make a configuration of a blackbox.yml",
            flags=("action",),
            placeholder="check|notify-test|schema|from-blackbox",
            several=True,
            least=1,
        ),
        CONFIG_FILE,
    ),
)
