"""Which options ask for the second visit; small, because every check imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from halfshake.trust.policy import ExpectedClientAuth


def decide_on_second_visit(options: argparse.Namespace) -> None:
    """A path, or an expectation that the first visit cannot answer, needs the second visit.

    Settles `enforcement` and `enforcement_path`. Raises UsageError for a path that is none.
    """
    expected: ExpectedClientAuth | None = options.expect_client_auth
    options.enforcement |= options.enforcement_path is not None
    options.enforcement |= expected is not None and expected.needs_second_visit
    if options.enforcement_path is None:
        options.enforcement_path = "/"
    if options.enforcement:
        from halfshake.reading.second_visit import check_path

        check_path(options.enforcement_path)
