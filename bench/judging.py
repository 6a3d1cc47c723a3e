"""What judging costs where every endpoint has another certificate and another name, off the net.

PYTHONPATH=tests python bench/judging.py [--leaves N] [--rounds N] [--profile STEP]

Leaves are issued under one intermediate. Each is read (every fact), judged and written as a JSON
line; the user CPU of each step is measured in microseconds a leaf. Each round has leaves that
nobody has seen, so the median of the rounds is what a scan pays. Then the same leaves once more.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import pstats
import resource
import statistics
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.report.jsonlines import reading_line
from halfshake.trust.policy import Policy
from halfshake.trust.store import TrustStore
from halfshake.trust.verdict import judge
from pki import Authority
from trust.observations import NOW, observed_ders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from halfshake.observation import Observation

STEPS = ("read", "judge", "write")


def main() -> None:
    """Measure each key type, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=1000, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", choices=STEPS, help="print where the time of a step goes")
    options = parser.parse_args()
    print(f"{'microseconds a leaf':30}{'read':>8}{'judge':>8}{'write':>8}{'all':>8}")
    for key_type in ("ecdsa", "rsa"):
        rounds = list(itertools.islice(rounds_of(key_type, options.leaves), options.rounds + 1))
        store, _ = rounds.pop(0)  # warms up
        for label, repeats in (("never seen", 1), ("seen before", 2)):
            took = [measured(store, leaves, options.profile)[-1] for _, leaves in rounds * repeats]
            print_row(f"{key_type}, {label}", took[-options.rounds :])


def rounds_of(key_type: str, count: int) -> Iterator[tuple[TrustStore, list[Leaf]]]:
    """For each round, the trust store and leaves of its own; the first round has been judged."""
    root = Authority.root("Bench Root", key_type=key_type)
    issuer = root.intermediate("Bench Intermediate", key_type=key_type)
    store = TrustStore((root.certificate.public_bytes(Encoding.DER),), ("ca.pem",))
    # RSA keys are slow to make: a few for all leaves.
    rsa_keys = itertools.cycle([rsa.generate_private_key(65537, 2048) for _ in range(4)])
    numbers = itertools.count()

    def leaf() -> Leaf:
        name = f"api-{next(numbers)}.halfshake.test"
        key = next(rsa_keys) if key_type == "rsa" else ec.generate_private_key(ec.SECP256R1())
        chain = issuer.issue(name, key=key).chain
        return name, tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)

    warm_up = [leaf() for _ in range(100)]
    measured(store, warm_up, None)
    yield store, warm_up
    while True:
        yield store, [leaf() for _ in range(count)]


def measured(
    store: TrustStore, leaves: list[Leaf], profiled: str | None
) -> list[tuple[float, ...]]:
    """User CPU of each step in microseconds a leaf."""
    policy = Policy()
    observations: list[Observation] = []
    judged: list[Any] = []
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: observations.extend(itertools.starmap(observed_ders, leaves)),
        "judge": lambda: judged.extend(
            judge(observation, store, policy, NOW) for observation in observations
        ),
        "write": lambda: [*map(reading_line, observations, judged)],
    }
    took = tuple(cpu(work, step == profiled) / len(leaves) for step, work in steps.items())
    return [took]


def cpu(work: Callable[[], object], profiled: bool) -> float:
    """User CPU of some work in microseconds."""
    profiler = cProfile.Profile()
    if profiled:
        profiler.enable()
    start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    work()
    took = resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
    if profiled:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    return took * 1e6


def print_row(label: str, took: Iterable[tuple[float, ...]]) -> None:
    """One line of the table: the median of each step."""
    medians = [statistics.median(column) for column in zip(*took, strict=True)]
    print(f"{label:30}" + "".join(f"{each:8.0f}" for each in (*medians, sum(medians))), flush=True)


Leaf = tuple[str, tuple[bytes, ...]]

if __name__ == "__main__":
    main()
