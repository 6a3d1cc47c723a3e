"""The second visit: how the server treats a client that has no certificate.

The half handshake sees whether the server asks for a client certificate. Whether it also requires
one is seen only by a client that continues: with a full handshake, an empty Certificate if asked,
then `HEAD /` if the server speaks HTTP. (A server that does not answer HEAD in HTTP gets a third
visit with `GET /`: small servers know nothing else.) Nothing else of the server is judged.

    in the handshake      alert, FIN, RST after our empty Certificate      tls-required
    right after it        the same; TLS 1.3 servers read us only now       tls-required
    after the request     400, 401, 403, 495, 496, or an end instead       http-enforced
                          any other answer                                 tls-optional
    no CertificateRequest, and the handshake is complete                   open
    anything else, or time that ran out                                    unknown

CertificateRequest decides whether the server asked, at whatever point it comes: a server may ask
only for some paths, once it has read the request. The kind of alert decides nothing: it is kept as
evidence.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from halfshake.dial.full_handshake import ConversationEnded, End, FullHandshake
from halfshake.errors import ReadingFailed, UsageError, our_mistake
from halfshake.observation import Alert, Enforcement, Refusal, RefusalStage
from halfshake.reading.progress import Progress
from halfshake.reading.visit import way_in
from halfshake.target import HTTPS_PORT, is_ip_address
from halfshake.tls.registries.codepoints import alert_name
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from halfshake.dial.route import Route
    from halfshake.dial.stream import ByteStream
    from halfshake.target import Target


class EnforcementSeen(NamedTuple):
    """The state, a sentence with the evidence, and how the server refused."""

    enforcement: Enforcement
    reason: str
    refusal: Refusal | None = None


async def go_back(
    target: Target,
    route: Route,
    progress: Progress,
    deadline: float,
    *,
    path: str,
    alpn: tuple[str, ...],
) -> EnforcementSeen:
    """Visit the server that was just read once more: one name may stand for several servers."""
    if route.proxy is None and target.unix_path is None and not is_ip_address(target.host):
        host, _, port = (progress.address or "").rpartition(":")
        route = route._replace(connect_to=(host.strip("[]"), int(port)))

    async def dial() -> ByteStream:
        return await way_in(target, route, Progress(progress.observed_at), deadline)

    started = time.perf_counter()
    seen = await see_enforcement(dial, target, deadline, path=path, alpn=alpn)
    progress.enforcement = (time.perf_counter() - started) * 1000
    return seen


async def see_enforcement(
    dial: Callable[[], Awaitable[ByteStream]],
    target: Target,
    deadline: float,
    *,
    path: str = "/",
    alpn: tuple[str, ...] = (),
) -> EnforcementSeen:
    """Connect to a server as a client without a certificate, and see whether it refuses us.

    `dial` makes the connection; `deadline` is a time of the running loop's clock. Whatever happens
    comes back as a value.
    """
    visit = _Visit(target, deadline)
    try:
        async with asyncio.timeout_at(deadline):
            for question in (f"HEAD {path}", f"GET {path}"):
                visit.waiting_for = "the connection"
                stream = await dial()
                try:
                    seen = await visit.go(FullHandshake(stream, target.sni, alpn), question)
                finally:
                    stream.close()
                if seen is not None:
                    return seen
            return _unknown(f"time ran out while waiting for {visit.waiting_for}")
    except TimeoutError:
        return _unknown(f"time ran out while waiting for {visit.waiting_for}")
    except ReadingFailed as error:
        return _unknown(f"no second visit was possible: {error.detail}")
    except OSError as error:
        return _unknown(f"no second visit was possible: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - our bug is named as ours, and costs no reading
        return _unknown(our_mistake(error))


def check_path(path: str) -> None:
    """Raise UsageError for a path that is not valid in a request line (RFC 9112 3.2.1)."""
    if _PATH.fullmatch(path) is None:
        raise UsageError(
            f"{path!r} is not a valid path: write it as in a URL, beginning with / and "
            "without spaces"
        )


class _Visit:
    """One visit: the stages of the table above, in that order."""

    def __init__(self, target: Target, deadline: float) -> None:
        self._target = target
        self._deadline = deadline
        self.waiting_for = ""

    async def go(self, talk: FullHandshake, question: str) -> EnforcementSeen | None:
        """Go as far as the server lets us; None if it does not answer HEAD in HTTP."""
        self.waiting_for = "the handshake"
        try:
            await talk.shake_hands()
        except ConversationEnded as ended:
            return _without_handshake(talk, ended)
        asked = talk.heard.requests
        self.waiting_for = "what follows the handshake"
        try:
            greeting = await self._refusal_or_greeting(talk) if asked else b""
        except ConversationEnded as ended:
            return _tls_refused(talk, ended, RefusalStage.after_handshake)
        beyond_tls = self._why_not_http(talk, greeting)
        if beyond_tls and asked:
            return _unknown(f"{_LET_IN}; {beyond_tls}")
        if beyond_tls:
            return _opened(beyond_tls)
        self.waiting_for = f"the answer to {question}"
        only_head = question.startswith("HEAD")
        try:
            async with asyncio.timeout_at(self._soon(PATIENCE_FOR_HEAD) if only_head else None):
                first_line = await self._first_line(talk, question)
        except ConversationEnded as ended:
            return _unanswered(talk, ended, asked=asked)
        except TimeoutError:
            return None
        await talk.take_leave()
        if only_head and _STATUS_LINE.match(first_line) is None:
            return None
        return _answered(talk, first_line, question)

    async def _refusal_or_greeting(self, talk: FullHandshake) -> bytes:
        """Wait a little for a refusal; return what the server sends if it speaks first.

        A TLS 1.3 server reads our Certificate after the handshake has ended for us; a ticket shows
        that it has read it. And some servers, such as Node's, let everybody in first, look, and
        hang up.
        """
        data = await talk.recall()
        until, was_read = self._soon(PATIENCE_SECONDS), False
        while not data:
            if not was_read and (talk.version != "TLSv1.3" or talk.heard.tickets):
                until, was_read = min(until, self._soon(PATIENCE_ONCE_READ)), True
            try:
                async with asyncio.timeout_at(until):
                    data = await talk.overhear()
            except TimeoutError:
                return b""
        return data

    def _soon(self, seconds: float) -> float:
        now = asyncio.get_running_loop().time()
        return min(now + seconds, (now + self._deadline) / 2)

    def _why_not_http(self, talk: FullHandshake, greeting: bytes) -> str:
        """Why we cannot ask in HTTP; "" if we can."""
        scheme, separator, _ = self._target.text.partition("://")
        if self._target.starttls or (separator and scheme.strip().lower() != "https"):
            return "after TLS, Halfshake only speaks HTTP, and this is another protocol"
        if talk.protocol not in {None, "http/1.1", "http/1.0"}:
            return (
                f"after TLS, Halfshake only speaks HTTP/1.1, and the server chose {talk.protocol!r}"
            )
        if greeting:
            return "after TLS, Halfshake only speaks HTTP, and this server speaks first"
        return ""

    async def _first_line(self, talk: FullHandshake, question: str) -> str:
        """Ask; return the status line of the final answer, or whatever comes instead."""
        name = self._target.server_name or "localhost"  # a unix socket may have none
        host = f"[{name}]" if ":" in name else name
        port = "" if self._target.port in {0, HTTPS_PORT} else f":{self._target.port}"
        request = (
            f"{question} HTTP/1.1\r\nHost: {host}{port}\r\n"
            f"User-Agent: halfshake/{__version__}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        )
        await talk.say(request.encode("ascii"))
        answer = b""
        while True:
            answer += await talk.listen()
            # RFC 9110 15.2: any number of interim answers may come before the final one.
            while (interim := _INTERIM.match(answer)) is not None:
                answer = answer[interim.end() :]
            line, newline, _ = answer.partition(b"\n")
            done = newline and not _IS_INTERIM.match(answer)
            is_http = answer.startswith(_HTTP) or _HTTP.startswith(answer)
            if done or not is_http or len(answer) > MAX_HEAD_BYTES:
                return line[:MAX_LINE_BYTES].rstrip(b"\r").decode("ascii", "backslashreplace")


def _without_handshake(talk: FullHandshake, ended: ConversationEnded) -> EnforcementSeen:
    stage = RefusalStage.handshake
    if ended.how is End.fault:
        return _unknown(f"the second visit's handshake failed: {ended.fault}")
    if talk.heard.requests and talk.heard.answers:
        return _tls_refused(talk, ended, stage)
    return EnforcementSeen(
        Enforcement.unknown,
        "the server ended the second visit's handshake before we could answer its request for a "
        "certificate",
        _refusal(talk, ended, stage),
    )


def _tls_refused(
    talk: FullHandshake, ended: ConversationEnded, stage: RefusalStage
) -> EnforcementSeen:
    if ended.how is End.fault:
        return _unknown(f"the second visit failed after the handshake: {ended.fault}")
    refusal = _refusal(talk, ended, stage)
    when = "in the handshake" if stage is RefusalStage.handshake else "after the handshake"
    reason = f"asked for a certificate, got none, and {_manner(refusal)} {when}"
    return EnforcementSeen(Enforcement.tls_required, reason, refusal)


def _unanswered(talk: FullHandshake, ended: ConversationEnded, *, asked: int) -> EnforcementSeen:
    """Judge a connection that ended instead of an answer; `asked` counts earlier requests to us."""
    if ended.how is End.fault:
        return _unknown(f"the second visit failed after the request: {ended.fault}")
    refusal = _refusal(talk, ended, RefusalStage.request)
    if talk.heard.requests > asked:
        reason = (
            f"asked for a certificate only after the HTTP request, got none, and {_manner(refusal)}"
        )
        return EnforcementSeen(Enforcement.http_enforced, reason, refusal)
    if refusal.alert and asked:  # a refusal by TLS itself, however late it comes
        return _tls_refused(talk, ended, RefusalStage.request)
    if asked:
        reason = f"{_LET_IN}; after the HTTP request it {_manner(refusal)} without an answer"
        return EnforcementSeen(Enforcement.http_enforced, reason, refusal)
    if refusal.alert or talk.heard.renegotiations:
        reason = f"never asked for a certificate, but {_manner(refusal)} after the HTTP request"
        return EnforcementSeen(Enforcement.unknown, reason, refusal)
    return _opened(f"after the HTTP request it {_manner(refusal)} without an answer")


def _answered(talk: FullHandshake, first_line: str, question: str) -> EnforcementSeen:
    status = _STATUS_LINE.match(first_line)
    asked = talk.heard.requests > 0
    if status is None:
        what = f"the answer to {question} is not HTTP"
        return _unknown(f"{_LET_IN}; {what}") if asked else _opened(what)
    said = f"{question} was answered with {first_line!r}"
    if not asked:
        return _opened(said)
    code = int(status["code"])
    if code in SAY_NOTHING:
        return _unknown(f"{_LET_IN}; {said}, which says nothing about certificates")
    if code not in REFUSING:
        return EnforcementSeen(Enforcement.tls_optional, f"{_LET_IN}; {said}")
    refusal = Refusal(RefusalStage.request, http_status=code, http_first_line=first_line)
    return EnforcementSeen(Enforcement.http_enforced, f"{_LET_IN}; {said}", refusal)


def _opened(detail: str) -> EnforcementSeen:
    return EnforcementSeen(
        Enforcement.open,
        f"the handshake was completed, and the server did not ask for a certificate; {detail}",
    )


def _unknown(reason: str) -> EnforcementSeen:
    return EnforcementSeen(Enforcement.unknown, reason)


def _refusal(talk: FullHandshake, ended: ConversationEnded, stage: RefusalStage) -> Refusal:
    alert = talk.heard.alert if ended.how is End.alert else None
    return Refusal(
        stage,
        alert=None if alert is None else Alert(alert, alert_name(alert)),
        fin=ended.how is End.fin,
        rst=ended.how is End.rst,
    )


def _manner(refusal: Refusal) -> str:
    if refusal.alert is not None:
        return f"refused with the alert {refusal.alert.name} ({refusal.alert.number})"
    return "reset the connection (RST)" if refusal.rst else "closed the connection (FIN)"


_LET_IN = "asked for a certificate, got none, and went on"

# The last two are nginx's own: certificate error, and no certificate sent but one required.
REFUSING = frozenset({400, 401, 403, 495, 496})

# Request Timeout, Misdirected Request, Too Many Requests: the server did not process the request.
SAY_NOTHING = frozenset({408, 421, 429})

# How long we wait for a refusal after our last message: longer than any round trip on Earth if
# nothing shows that the server has read it, otherwise only a moment. Anything later counts as the
# answer to the request. Never more than half of the time that is left.
PATIENCE_SECONDS = 1.0
PATIENCE_ONCE_READ = 0.25

# After this time we ask once more, with GET.
PATIENCE_FOR_HEAD = 3.0

MAX_HEAD_BYTES = 65536
MAX_LINE_BYTES = 200

_HTTP = b"HTTP/"
_PATH = re.compile(r"/[!-~]*")
_STATUS_LINE = re.compile(r"HTTP/[0-9](?:\.[0-9])? (?P<code>[2-9][0-9]{2})(?: |$)")
_IS_INTERIM = re.compile(rb"HTTP/1\.[01] 1[0-9]{2}[ \r\n]")
_INTERIM = re.compile(_IS_INTERIM.pattern + rb".*?\r?\n\r?\n", re.DOTALL)
