"""Which of a server's CAs are public: the same answer for few names and for thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.inputs import public_cas
from halfshake.trust.rules.client_cas import comparable
from pki import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = [Authority.root(f"Public CA {number}") for number in range(3)]
NAMES = ["CN=Public CA 0", "cn=public ca 1", "CN=Ours"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system's trust store of three CAs."""
    (tmp_path / "store.pem").write_bytes(b"".join(ca.pem for ca in PUBLIC))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "store.pem"))
    caches = (public_cas._store, public_cas._public, public_cas._subjects)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("others", [0, 2 * public_cas.MANY_NAMES])
def test_public_names(others: int) -> None:
    """However many other names stand beside them; a CA of one's own is not public."""
    names = [*NAMES, *(f"CN={number:x}" for number in range(others))]
    found = public_cas.public_ca_names(names, (), environment=True)
    assert found == {comparable("CN=Public CA 0"), comparable("CN=Public CA 1")}
    own = PUBLIC[0].certificate.public_bytes(Encoding.DER)
    found = public_cas.public_ca_names(names, (own,), environment=True)
    assert found == {comparable("CN=Public CA 1")}
