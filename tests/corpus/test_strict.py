"""The strict profile: the replay under X509_STRICT says what Python 3.13's default context says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corpus.all_cases import ALL_CASES
from corpus.judges import strict_replay
from corpus.live import ACCEPTED
from corpus.recorded import recorded
from corpus.undecoded import openssl_decodes

if TYPE_CHECKING:
    from corpus import Case

RECORDED = recorded("openssl-strict").answers

_CURVE = (
    "Python does not offer this curve, so it never sees the certificate; the replay judges the "
    "chain alone"
)
OTHERWISE = {
    "P-192 leaf": _CURVE,
    "P-224 leaf": _CURVE,
    "secp256k1 leaf": _CURVE,
    "brainpoolP256r1 leaf": _CURVE,
}


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_the_replay_is_as_strict(case: Case) -> None:
    """The chain shown to a strict context gets Python 3.13's answer, and for the same reason."""
    replayed = strict_replay(case)
    if not all(map(openssl_decodes, case.presented)):
        # Python 3.13 was asked with an OpenSSL that decoded it, and had another reason.
        assert replayed.message == "a certificate cannot be decoded"
        assert RECORDED[case.name] != ACCEPTED
        return
    said = ACCEPTED if replayed.verify_code == 0 else replayed.message
    agrees = said == RECORDED[case.name]
    assert agrees == (case.name not in OTHERWISE), (said, RECORDED[case.name])
