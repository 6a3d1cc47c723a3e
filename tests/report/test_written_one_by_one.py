"""What a line writes one by one is what the mappings have from which others choose."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from halfshake.certificate import PresentedCertificate
from halfshake.observation import Face, Observation, Timings
from halfshake.report.handshake_fields import known
from halfshake.report.json_text import decimal, json_line, time_text
from halfshake.report.jsonlines import (
    certificate_fields,
    certificate_text,
    head_fields,
    reading_line,
    timing_fields,
)
from halfshake.target import Target
from halfshake.trust.status import Status
from halfshake.trust.verdict import Verdict
from trust.observations import CLIENT_AUTH, PROVEN

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING_KNOWN = Verdict(
    Status.unknown, None, None, None, None, None, None, None, None, None, (), (), ()
)
TEXTS = st.text(max_size=8) | st.sampled_from(["a.example", "192.0.2.7", "\x7f\x85\u2028\ud800"])
SOME_TEXT = st.none() | TEXTS
# Almost every date of the calendar, such that all of them can be told in any zone.
MOMENTS = st.builds(
    lambda days, seconds, zone: (EPOCH + timedelta(days, seconds)).astimezone(zone),
    st.integers(-719_000, 2_932_000),
    st.floats(0, 86_400, exclude_max=True),
    st.sampled_from([UTC, timezone(timedelta(hours=14))]),
)
MILLISECONDS = st.none() | st.floats(0, 1e12)
CERTIFICATES = st.builds(
    PresentedCertificate,
    der=st.binary(max_size=4),
    sha256=TEXTS,
    subject=SOME_TEXT,
    issuer=SOME_TEXT,
    serial=SOME_TEXT,
    spki_sha256=SOME_TEXT,
    not_before=st.none() | MOMENTS,
    not_after=st.none() | MOMENTS,
    dns_names=st.lists(TEXTS, max_size=3).map(tuple),
    ip_addresses=st.lists(TEXTS, max_size=3).map(tuple),
    key_type=SOME_TEXT,
    key_bits=st.none() | st.integers(0, 9999),
    signature_algorithm=SOME_TEXT,
)
OBSERVATIONS = st.builds(
    Observation,
    target=st.builds(
        Target, TEXTS, TEXTS, st.integers(0, 65535), TEXTS, SOME_TEXT, sni_sent=SOME_TEXT
    ),
    observed_at=MOMENTS,
    address=TEXTS,
    tls_version=st.just("TLSv1.3"),
    cipher_suite=st.none(),
    named_group=st.none(),
    client_auth=st.just(CLIENT_AUTH),
    key_possession=st.just(PROVEN),
    chain=st.tuples(CERTIFICATES),
    timings=st.builds(Timings, *[MILLISECONDS] * len(Timings._fields)),
    key_type=SOME_TEXT,
    face=st.none() | st.builds(Face, SOME_TEXT, SOME_TEXT),
)


@given(observation=OBSERVATIONS)
def test_a_line_has_what_the_mappings_have(observation: Observation) -> None:
    """In the same order, and in the same letters."""
    line = reading_line(observation, NOTHING_KNOWN)
    head = json_line(head_fields(observation))
    assert line.startswith(head[:-1] + ",")
    timings = json_line(known(timing_fields(observation.timings)))
    assert line.endswith(f'"timings_ms":{timings}}}')
    assert line.isprintable()
    json.loads(line)


@given(certificate=CERTIFICATES)
def test_a_certificate_has_what_the_mapping_has(certificate: PresentedCertificate) -> None:
    """Whatever is not known of it."""
    assert certificate_text(certificate) == json_line(certificate_fields(certificate))


@given(value=st.floats(-1e17, 1e17), places=st.sampled_from([3, 4, 6]))
@example(0.00005, 4)
@example(0.0001, 3)
@example(0.1, 3)
@example(999_999_999.999_999_9, 6)
@example(2.675, 3)
@example(-0.00001, 4)
def test_a_number_is_written_as_its_rounded_value(value: float, places: int) -> None:
    """Also where a float has no more digits to tell."""
    assert decimal(value, places) == repr(round(value, places))


@given(moment=MOMENTS)
@example(datetime.min.replace(tzinfo=UTC))
@example(datetime(999, 12, 31, 23, 59, 59, tzinfo=UTC))
@example(datetime.max.replace(tzinfo=UTC))
def test_a_time_is_written_in_iso_8601(moment: datetime) -> None:
    """In UTC, up to the second, with a Z."""
    utc = moment.astimezone(UTC)
    assert time_text(moment) == utc.isoformat(timespec="seconds").replace("+00:00", "Z")
