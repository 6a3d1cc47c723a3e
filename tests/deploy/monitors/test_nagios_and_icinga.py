"""Nagios and Icinga 2 accept our definitions; both command lines are run, Icinga's by Icinga."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shlex
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from deploy_texts import DEPLOY
from halfshake.commands.check import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from deploy.monitors.conftest import Api

pytestmark = pytest.mark.interop

# Root's programs would become the user nagios, who may not read the directories of a test.
USER, GROUP = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
PLACES = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

NAGIOS = DEPLOY / "nagios" / "halfshake.cfg"
ICINGA = DEPLOY / "icinga2" / "halfshake.conf"
ICINGA_PLACES = ("CacheDir", "DataDir", "InitRunDir", "LogDir", "SpoolDir")


def test_nagios_accepts_it(tmp_path: Path, require: Callable[[str], None]) -> None:
    """`nagios4 -v`: no error and no warning, with two services that use both commands."""
    require("nagios4")
    (tmp_path / "objects.cfg").write_text(NAGIOS_OBJECTS, "utf-8")
    (tmp_path / "nagios.cfg").write_text(
        f"cfg_file={tmp_path}/objects.cfg\ncfg_file={NAGIOS}\nlog_file={tmp_path}/nagios.log\n"
        f"check_result_path={tmp_path}\ntemp_path={tmp_path}\ntemp_file={tmp_path}/nagios.tmp\n"
        f"object_cache_file={tmp_path}/cache\nstatus_file={tmp_path}/status\n"
        f"lock_file={tmp_path}/lock\ncommand_file={tmp_path}/commands\n"
        "illegal_macro_output_chars=`~$&|'<>\n"
        f"nagios_user={USER}\nnagios_group={GROUP}\n",
        "utf-8",
    )
    run = _run(["nagios4", "-v", str(tmp_path / "nagios.cfg")])
    assert run.returncode == 0, run.stdout
    assert "Checked 2 services." in run.stdout
    assert re.findall(r"Total (\w+): *(\d+)", run.stdout) == [("Warnings", "0"), ("Errors", "0")]


def test_the_command_of_nagios_runs(api: Api, environment: dict[str, str]) -> None:
    """With its macros replaced as Nagios does it."""
    name, port = api.target.split(":")
    lines = re.findall(r"command_line +/usr/bin/(.*)", NAGIOS.read_text("utf-8"))
    options = f"--ca-file {shlex.quote(str(api.ca_file))}"
    arguments = [{"$ARG1$": options}, {"$ARG1$": port, "$ARG2$": options}]
    for line, macros in zip(lines, arguments, strict=True):
        command = line
        for macro, value in {**macros, "$HOSTADDRESS$": name}.items():
            command = command.replace(macro, value)
        assert "$" not in command
        run = _run(["sh", "-c", command], environment)
        if name + ":" in command:
            assert run.returncode == 2, run.stdout
            assert run.stdout.startswith("HALFSHAKE CRITICAL - ")
            assert "'days_left'=5.0" in run.stdout
        else:  # port 443, where nobody need listen
            assert run.stdout.startswith("HALFSHAKE "), run.stdout


def test_icinga_accepts_it(tmp_path: Path, require: Callable[[str], None]) -> None:
    """`icinga2 daemon -C`: the hosts that ask for the service get it, and no other."""
    require("icinga2")
    (tmp_path / "icinga2.conf").write_text(
        f'include <itl>\n{ICINGA_OBJECTS}\ninclude "{ICINGA}"\n', "utf-8"
    )
    run = _run(
        ["icinga2", "daemon", "-C", "-c", str(tmp_path / "icinga2.conf"), *_places(tmp_path)],
        {**PLACES, "ICINGA2_USER": USER, "ICINGA2_GROUP": GROUP},
    )
    assert run.returncode == 0, run.stdout
    assert "warning" not in run.stdout
    assert "Instantiated 2 Services." in run.stdout
    assert "Instantiated 3 Hosts." in run.stdout


def test_icinga_runs_the_check(
    api: Api, tmp_path: Path, require: Callable[[str], None], environment: dict[str, str]
) -> None:
    """A running Icinga gets status, text and performance data of a real server, and of none."""
    require("icinga2")
    shipped = ICINGA.read_text("utf-8")
    # The command of this environment, and not an hour until the first check.
    ours = shutil.which("halfshake", path=environment["PATH"])
    definition = shipped.replace("/usr/bin/halfshake", str(ours)).replace("= 1h", "= 1s")
    assert definition.count(str(ours)) == 1
    (tmp_path / "halfshake.conf").write_text(definition, "utf-8")
    (tmp_path / "icinga2.conf").write_text(
        ICINGA_RUNNING.format(directory=tmp_path, target=api.target, ca_file=api.ca_file), "utf-8"
    )
    (tmp_path / "results").mkdir()
    with (tmp_path / "output").open("wb") as output:
        icinga = subprocess.Popen(
            ["icinga2", "daemon", "-c", str(tmp_path / "icinga2.conf"), *_places(tmp_path)],
            env={**PLACES, "ICINGA2_USER": USER, "ICINGA2_GROUP": GROUP},
            stdout=output,
            stderr=output,
        )
    try:
        results = _results(tmp_path / "results", {"api", "closed"})
    finally:
        icinga.terminate()
        icinga.wait(20)
    assert results["api"].startswith("CRITICAL HALFSHAKE CRITICAL - ")
    assert "expires in 5.0 days" in results["api"]
    assert "days_left=5.0" in results["api"].rpartition("PERFDATA")[2]
    assert results["closed"].startswith("UNKNOWN HALFSHAKE UNKNOWN - ")
    assert "[connection-refused]" in results["closed"]


def _places(directory: Path) -> list[str]:
    """Options that keep Icinga out of /var."""
    for name in ICINGA_PLACES:
        (directory / name).mkdir()
    return [f"-D{name}={directory}/{name}" for name in ICINGA_PLACES]


def _results(directory: Path, wanted: set[str]) -> dict[str, str]:
    """What Icinga has written about each host, as soon as there is something about all."""
    found: dict[str, str] = {}
    until = time.monotonic() + 40
    while wanted - set(found) and time.monotonic() < until:
        time.sleep(0.1)
        for file in directory.glob("service.*"):
            lines = file.read_text("utf-8").splitlines()
            found |= {host: rest for host, _, rest in (line.partition(" ") for line in lines)}
    return found


def test_icinga_passes_options_that_exist() -> None:
    """Icinga itself cannot know them."""
    known = {name for group in GROUPS for option in group.options for name in option.names}
    named = set(re.findall(r'"(--[\w-]+)"', ICINGA.read_text("utf-8"))) - {"--nagios"}
    assert len(named) > 3
    assert named <= known


def _run(
    command: list[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment or PLACES,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=30,
    )


NAGIOS_OBJECTS = """
define timeperiod {
    timeperiod_name 24x7
    alias 24x7
    sunday 00:00-24:00
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
}
define command {
    command_name nothing
    command_line /bin/true
}
define contact {
    contact_name admin
    host_notifications_enabled 0
    service_notifications_enabled 0
    host_notification_period 24x7
    service_notification_period 24x7
    host_notification_commands nothing
    service_notification_commands nothing
}
define contactgroup {
    contactgroup_name admins
    alias admins
    members admin
}
define host {
    host_name payments
    address 192.0.2.10
    check_command nothing
    max_check_attempts 3
    check_period 24x7
    contact_groups admins
}
define service {
    use halfshake-certificate
    host_name payments
    check_command check_halfshake!--ca-file /etc/halfshake/corp-ca.pem
}
define service {
    use halfshake-certificate
    service_description Certificate of the API
    host_name payments
    check_command check_halfshake_port!8443!--ca-file /etc/halfshake/corp-ca.pem
}
"""

ICINGA_OBJECTS = """
object Host "payments" {
  check_command = "dummy"
  address = "192.0.2.10"
  vars.halfshake_ca_file = "/etc/halfshake/corp-ca.pem"
}
object Host "api" {
  check_command = "dummy"
  address = "192.0.2.7"
  vars.halfshake = true
}
object Host "other" {
  check_command = "dummy"
  address = "192.0.2.8"
}
"""

ICINGA_RUNNING = """
include <itl>
object CheckerComponent "checker" {{ }}
object PerfdataWriter "results" {{
  service_perfdata_path = "{directory}/results/service"
  service_temp_path = "{directory}/results.tmp"
  host_perfdata_path = "{directory}/host"
  host_temp_path = "{directory}/host.tmp"
  rotation_interval = 1s
  service_format_template = "$host.name$ $service.state$ $service.output$ PERFDATA \
$service.perfdata$"
}}
object Host "api" {{
  check_command = "dummy"
  vars.halfshake_target = "{target}"
  vars.halfshake_ca_file = "{ca_file}"
}}
object Host "closed" {{
  check_command = "dummy"
  address = "127.0.0.1:1"
  vars.halfshake = true
}}
include "{directory}/halfshake.conf"
"""
