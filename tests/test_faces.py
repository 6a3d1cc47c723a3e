"""Which visits are made for the faces of a target, how many at once, and what is called absent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.errors import FailureReason, Phase
from halfshake.observation import Alert, Observation, ProbeFailure, Timings
from halfshake.reading.faces import UNKNOWN_NAME, Wanted, read_faces
from halfshake.reading.many import Courtesy
from halfshake.target import Target
from pki import Authority
from trust.observations import NOW, observed

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.dial.tcp import Address
    from halfshake.observation import FacesRead

    Result = Observation | ProbeFailure

NAME = "api.halfshake.test"
TARGET = Target(f"{NAME}:443", NAME, 443, NAME)
LEAF = Authority.root().issue(NAME).chain[0]
FOUR = [f"192.0.2.{number}" for number in range(1, 5)]


class World:
    """Stands in for the network: counts visits, and answers each by a rule."""

    def __init__(self, answer: Callable[..., str] = lambda **_: "TLSv1.3") -> None:
        self.visits: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = 0
        self.taken: list[Result] = []
        self._answer = answer

    async def visit(self, target: Target, **asked: Any) -> Result:
        """Make one visit; the rule gives the TLS version, or the reason of a failure."""
        self.visits.append({"target": target, **asked})
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        answer = self._answer(target=target, **asked)
        address, key_type = f"{target.host}:443", asked["key_type"]
        if answer.startswith("TLS"):
            seen = observed(LEAF, target=target, tls_version=answer)
            return seen._replace(address=address, key_type=key_type)
        reason = FailureReason(answer)
        phase = Phase.connect if reason is FailureReason.connection_refused else Phase.handshake
        alert = Alert(40, "handshake_failure") if reason == "alert-received" else None
        return ProbeFailure(
            target, NOW, phase, reason, "", Timings(), address, alert, key_type=key_type
        )

    async def take(self, result: Result) -> None:
        """Take one result."""
        self.taken.append(result)

    async def look_up(self, _: str, port: int) -> list[Address]:
        """The name has four addresses."""
        return [(socket.AF_INET, (address, port)) for address in FOUR]

    async def read(self, **wanted: Any) -> FacesRead:
        """Read the requested faces."""
        return await read_faces(
            TARGET,
            Wanted(**wanted),
            self.take,
            visit=self.visit,
            look_up=self.look_up,
        )


async def test_four_addresses_and_three_key_types() -> None:
    """Twelve visits, two at once, each result passed on; a refusal costs only one visit too."""
    world = World(lambda **asked: "alert-received" if asked["key_type"] == "eddsa" else "TLSv1.3")
    faces = await world.read(all_addresses=True, all_key_types=True)
    assert len(world.visits) == 12
    assert world.most_at_once == 2
    assert len(world.taken) == len(faces.read) == 8
    assert len(faces.absent) == 4
    assert faces.failed == ()
    assert {reading.target for reading in faces.read} == {TARGET}


async def test_a_host_is_visited_by_few_at_once_whatever_the_targets() -> None:
    """Two targets of one host share its limit; another host has its own; nothing is left behind."""
    world, courtesy = World(), Courtesy(2)
    targets = [TARGET, TARGET._replace(port=8443), TARGET._replace(host="other.halfshake.test")]
    await asyncio.gather(
        *(
            read_faces(
                target,
                Wanted(all_key_types=True),
                world.take,
                courtesy=courtesy,
                visit=world.visit,
            )
            for target in targets
        )
    )
    assert len(world.visits) == 9
    assert world.most_at_once == 4
    assert courtesy._rooms == {}


async def test_nobody_at_home_is_asked_once() -> None:
    """An address that refuses the connection gets one visit, and is one failure."""
    world = World(lambda **_: "connection-refused")
    faces = await world.read(all_addresses=True, all_key_types=True, sni=("none",))
    assert len(world.visits) == 4
    assert len(faces.failed) == len(world.taken) == 4


async def test_what_ran_out_of_time_is_never_absent() -> None:
    """A timeout for one key type is a failure, and says nothing about the certificate."""
    world = World(lambda **asked: "deadline-exceeded" if asked["key_type"] == "ecdsa" else "TLSv1")
    faces = await world.read(all_key_types=True)
    assert [failure.key_type for failure in faces.failed] == ["ecdsa"]
    assert faces.absent == ()


async def test_a_refusal_of_everything_is_a_failure() -> None:
    """Visited again with ML-KEM, once; then it is one failure, and nothing is called absent."""
    world = World(lambda **_: "alert-received")
    faces = await world.read(all_key_types=True, all_versions=True)
    assert [visit["hello"] for visit in world.visits] == ["usual"] * 3 + ["post-quantum"] * 3
    assert len(faces.failed) == 1
    assert faces.absent == ()


async def test_a_server_with_nothing_but_ml_kem() -> None:
    """Once that is known, every other visit offers it."""
    world = World(
        lambda **asked: "TLSv1.3" if asked["hello"] == "post-quantum" else "alert-received"
    )
    faces = await world.read(sni=("none",))
    assert len(faces.read) == 2
    assert [visit["hello"] for visit in world.visits] == ["usual", "post-quantum", "post-quantum"]


@pytest.mark.parametrize(
    ("spoken", "visits"),
    [
        (["TLSv1.3"], 2),
        (["TLSv1.3", "TLSv1.2"], 3),
        (["TLSv1.2"], 2),
        (["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"], 4),
    ],
)
async def test_versions_from_the_top(spoken: list[str], visits: int) -> None:
    """Each visit offers only versions below the last one seen."""

    def answer(**asked: Any) -> str:
        offered = [version.label for version in asked["versions"]]
        return next((version for version in offered if version in spoken), "alert-received")

    world = World(answer)
    faces = await world.read(all_versions=True)
    assert [reading.tls_version for reading in faces.read] == spoken
    assert len(world.visits) == visits


async def test_names_and_protocols_beside_the_usual() -> None:
    """Each once, with the name to send and to check."""
    world = World()
    faces = await world.read(sni=("none", "unknown", "www.halfshake.test"), alpn=("h2", "x"))
    asked = [(v["target"].sni, v["target"].server_name, v["alpn"]) for v in world.visits]
    assert asked[0] == (NAME, NAME, ())
    assert set(asked[1:]) == {
        (None, NAME, ()),
        (UNKNOWN_NAME, NAME, ()),
        ("www.halfshake.test", "www.halfshake.test", ()),
        (NAME, NAME, ("h2",)),
        (NAME, NAME, ("x",)),
    }
    assert len(faces.read) == 6


async def test_a_name_without_an_address() -> None:
    """One failure, no visit."""
    world = World()
    faces = await read_faces(
        TARGET._replace(host="nowhere.invalid"),
        Wanted(all_addresses=True),
        world.take,
        visit=world.visit,
    )
    assert world.visits == []
    assert [failure.phase for failure in faces.failed] == [Phase.resolve]


async def test_a_resolver_that_hangs() -> None:
    """It has its own deadline."""

    async def hang(_: str, __: int) -> list[Address]:
        await asyncio.sleep(60)
        return []

    world = World()
    faces = await read_faces(
        TARGET,
        Wanted(all_addresses=True),
        world.take,
        timeout_seconds=0.05,
        look_up=hang,
    )
    assert [failure.reason for failure in faces.failed] == [FailureReason.deadline_exceeded]
    assert faces.failed[0].phase is Phase.resolve


async def test_what_take_raises_ends_the_run() -> None:
    """The reader of our output closes it in the middle of many visits."""
    world = World()

    async def take(_: Result) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await read_faces(
            TARGET,
            Wanted(all_addresses=True, all_key_types=True, all_versions=True),
            take,
            visit=world.visit,
            look_up=world.look_up,
        )
