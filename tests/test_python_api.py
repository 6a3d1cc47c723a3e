"""The names of `import halfshake`: all there, and imported only when somebody asks for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import halfshake


@pytest.mark.parametrize("name", halfshake.__all__)
def test_every_name_is_there(name: str) -> None:
    """Each leads to something, and `dir` shows it."""
    assert getattr(halfshake, name) is getattr(halfshake, name)
    assert name in dir(halfshake)


def test_a_name_that_is_not_there() -> None:
    """It is an AttributeError that says so, as for any module."""
    with pytest.raises(AttributeError, match="module 'halfshake' has no attribute 'porbe'"):
        getattr(halfshake, "porbe")  # noqa: B009 - mypy would find the name itself


def test_the_package_alone_is_light() -> None:
    """To import it loads no other module of ours but the version's, and no library."""
    script = (
        "import sys, halfshake\n"
        "ours = {name for name in sys.modules if name.startswith('halfshake.')}\n"
        "sys.exit(str(ours - {'halfshake.version'}) if ours - {'halfshake.version'} else\n"
        "         'cryptography' in sys.modules or 'asyncio' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_submodules_of_the_same_name_do_not_stand_in_the_way() -> None:
    """`certificate`, `errors` and the like stay modules; `probe` is the function."""
    script = (
        "import halfshake, halfshake.reading.probe, halfshake.target\n"
        "from halfshake import Target, certificate, probe\n"
        "assert callable(probe) and certificate.__name__ == 'halfshake.certificate'\n"
        "assert Target is halfshake.target.Target\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
