"""The live clients, one of each family: how each is built, what it is, and how it is asked.

Most are a small program over the family's own TLS stack (`live_clients/`), which reads questions
line by line; curl and gnutls-cli are run once a question.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HERE = Path(__file__).parent / "live_clients"
BUILT = HERE / ".built"

ACCEPTED = "accepted"


class Question(NamedTuple):
    """The port of a server on loopback, the name to ask for, whom to trust, and when to ask.

    `at` is in seconds since 1970, 0 for at once.
    """

    port: int
    name: str
    ca_file: bytes
    at: float = 0


class LiveClient(NamedTuple):
    """One client: `prepare` builds it and says which release it is, `ask` gets its answers."""

    prepare: Callable[[], str]
    ask: Callable[[Sequence[Question]], list[str]]


def _line_by_line(command: Sequence[str]) -> Callable[[Sequence[Question]], list[str]]:
    def ask(questions: Sequence[Question]) -> list[str]:
        with tempfile.TemporaryDirectory() as directory:
            lines = []
            for number, question in enumerate(questions):
                ca_file = Path(directory) / f"{number}.pem"
                ca_file.write_bytes(question.ca_file)
                lines.append(f"{question.port}\t{question.name}\t{question.at}\t{ca_file}\n")
            answers = _output(command, "".join(lines)).splitlines()
        assert len(answers) == len(questions), f"{command}: {len(answers)} answers"
        return [steady(answer) for answer in answers]

    return ask


def _one_by_one(
    command: Callable[[Question, str], Sequence[str]],
    reason: Callable[[subprocess.CompletedProcess[str]], str],
) -> Callable[[Sequence[Question]], list[str]]:
    def ask(questions: Sequence[Question]) -> list[str]:
        return [steady(answer) for answer in _run_each(questions)]

    def _run_each(questions: Sequence[Question]) -> Iterable[str]:
        with tempfile.TemporaryDirectory() as directory:
            ca_file = Path(directory) / "ca.pem"
            for question in questions:
                ca_file.write_bytes(question.ca_file)
                time.sleep(max(0.0, question.at - time.time()))
                ended = subprocess.run(
                    command(question, str(ca_file)),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    check=False,
                )
                yield ACCEPTED if ended.returncode == 0 else reason(ended)

    return ask


def steady(answer: str) -> str:
    """An answer without what is another at each run: moments, addresses, ages."""
    for moment in _MOMENTS:
        answer = moment.sub("…", answer)
    return answer.strip()


_MOMENTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\d{4}-\d\d-\d\dT[\d:]+Z",
        r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]{3} \d{4}",
        r"\b1\d{9}\b",
        r"(?<=\()\d+ seconds (?:ago|in future)(?=\))",
        r"(?<=127\.0\.0\.1:)\d+",
        r"(?<=127\.0\.0\.1 port )\d+",
    )
)


def _go_built() -> str:
    _run(["go", "build", "-o", str(BUILT / "go-ask"), "."], HERE / "go")
    return f"Go {_output(['go', 'env', 'GOVERSION']).strip().removeprefix('go')} (crypto/tls)"


def _rustls_built() -> str:
    target = str(BUILT / "rustls")
    _run(["cargo", "build", "--release", "--locked", "--target-dir", target], HERE / "rustls")
    locked = (HERE / "rustls" / "Cargo.lock").read_text()
    releases = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', locked))
    return ", ".join(
        f"{crate} {releases[crate]}" for crate in ("rustls", "rustls-webpki", "aws-lc-rs")
    )


def _java_built() -> str:
    _run(["javac", "-d", str(BUILT / "java"), "Ask.java"], HERE / "java")
    return f"OpenJDK {_output(['javac', '-version']).split()[1]} (PKIX, HTTPS identification)"


def _gnutls_release() -> str:
    return f"GnuTLS {_output(['gnutls-cli', '--version']).split()[1]} (gnutls-cli)"


def _curl_release() -> str:
    _, release, _, _, library, *_ = _output(["curl", "--version"]).split()
    return f"curl {release}, {library.replace('/', ' ')}"


def _python_release(version: str) -> Callable[[], str]:
    program = "import ssl, sys; print(f'Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}')"
    return lambda: _output([python(version) or version, "-I", "-c", program]).strip()


def python(version: str) -> str | None:
    """Find a Python of this version ("3.13"): on the path, or where pyenv puts it."""
    candidates = [f"python{version}"]
    candidates += map(str, Path.home().glob(f".pyenv/versions/{version}*/bin/python"))
    for candidate in candidates:
        try:
            said = _output([candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        except (FileNotFoundError, subprocess.CalledProcessError):
            continue
        if said.strip() == version:
            return candidate
    return None


def _ask_python(version: str) -> Callable[[Sequence[Question]], list[str]]:
    program = str(HERE / "python" / "ask.py")
    # Looked for when it is asked: few who import this have one.
    return lambda questions: _line_by_line([python(version) or version, "-I", program])(questions)  # noqa: PLW0108


def curl_command(question: Question, ca_file: str) -> list[str]:
    """Fetch the page behind the case's chain."""
    host = f"[{question.name}]" if ":" in question.name else question.name
    command = ["curl", "-q", "--silent", "--show-error", "--noproxy", "*", "--max-time", "10"]
    command += ["--cacert", ca_file, "--capath", str(Path(ca_file).parent)]
    command += ["--connect-to", f"::127.0.0.1:{question.port}"]
    return [*command, f"https://{host}:{question.port}/"]


def _gnutls_command(question: Question, ca_file: str) -> list[str]:
    command = ["gnutls-cli", f"--x509cafile={ca_file}", f"--verify-hostname={question.name}"]
    return [*command, f"--port={question.port}", "127.0.0.1"]


def _gnutls_reason(ended: subprocess.CompletedProcess[str]) -> str:
    told = re.search(
        r"Status: (.*)|Fatal error: (?!Error in the cert)(.*)", ended.stdout + ended.stderr
    )
    return told[1] or told[2] if told else ended.stderr.strip().splitlines()[-1]


def _run(command: Sequence[str], where: Path) -> None:
    BUILT.mkdir(exist_ok=True)
    subprocess.run(["nice", *command], cwd=where, check=True)


def _output(command: Sequence[str], given: str = "") -> str:
    ended = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    return ended.stdout


LIVE_CLIENTS: dict[str, LiveClient] = {
    "openssl": LiveClient(
        _curl_release, _one_by_one(curl_command, lambda ended: ended.stderr.strip().splitlines()[0])
    ),
    "openssl-no-partial-chain": LiveClient(_python_release("3.12"), _ask_python("3.12")),
    "openssl-strict": LiveClient(_python_release("3.13"), _ask_python("3.13")),
    "go": LiveClient(_go_built, _line_by_line([str(BUILT / "go-ask")])),
    "rustls": LiveClient(_rustls_built, _line_by_line([str(BUILT / "rustls" / "release" / "ask")])),
    "java": LiveClient(_java_built, _line_by_line(["java", "-cp", str(BUILT / "java"), "Ask"])),
    "gnutls": LiveClient(_gnutls_release, _one_by_one(_gnutls_command, _gnutls_reason)),
}
"""The profile of a verdict's `clients`, and who is asked for it."""
