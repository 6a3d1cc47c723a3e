"""The check that the Agent runs: reads what its instance names, and submits the results.

The Agent makes one object for each instance and calls `run` on it from a thread, every
`min_collection_interval` seconds. Everything that does not need the Agent is in `halfshake.agent`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from datadog_checks.base import AgentCheck, ConfigurationError

from halfshake import event_loop
from halfshake.agent.issuers import IssuerFetcher
from halfshake.agent.memory import Memory
from halfshake.agent.option_reader import Mistake, OptionsInvalid
from halfshake.agent.options import read_options
from halfshake.agent.rounds import Judged, read_round
from halfshake.agent.stores import TrustStores
from halfshake.errors import TrustStoreInvalid
from halfshake.reading.window import affordable_window
from halfshake.report.datadog import (
    SHIPPED_METRICS,
    STATUS_NUMBERS,
    failure_told,
    last_known_told,
    reading_told,
)
from halfshake.trust.store import TrustStore

if TYPE_CHECKING:
    from halfshake.agent.memory import Change
    from halfshake.agent.options import Options
    from halfshake.agent.rounds import Outcome
    from halfshake.agent.watched import Watched
    from halfshake.report.datadog import Metric, ServiceCheck


class HalfshakeCheck(AgentCheck):
    """Reads the certificates of TLS servers up to the middle of the handshake."""

    def __init__(
        self, name: str, init_config: dict[str, Any] | None, instances: list[dict[str, Any]]
    ) -> None:
        super().__init__(name, init_config or {}, instances)
        self._stores = TrustStores()
        self._stores_of_round: dict[str | None, TrustStore] = {}
        self._fetcher = IssuerFetcher()
        self._unsaid: tuple[str, ...] = ()
        self._options: Options
        self._memory: Memory
        self.check_initializations.append(self._read_configuration)

    def check(self, _: Any) -> None:
        """Run one round, and submit its results."""
        for sentence in self._unsaid:
            self.warning(sentence)
        self._unsaid = ()  # once: an Agent runs this every few seconds
        window = affordable_window(self._options.concurrency)
        watched = self._options.watched
        self._stores_of_round.clear()
        outcomes = event_loop.run(read_round(watched, self._store, self._fetcher, window=window))
        for outcome in outcomes:
            self._submit(outcome)
        text = self._memory.text_if_changed()
        if text is not None:
            self.write_persistent_cache(MEMORY_KEY, text)

    def _read_configuration(self) -> None:
        try:
            self._options = read_options(self.instance, self.init_config)
        except OptionsInvalid as error:
            raise _configuration_error(error.mistakes) from None
        mistakes = self._untrusted_paths()
        if mistakes:
            raise _configuration_error(tuple(dict.fromkeys(mistakes)))
        self._unsaid = self._options.warnings
        # Metrics, service checks and events read it from here.
        self.__NAMESPACE__ = self._options.namespace
        self._memory = Memory(self.read_persistent_cache(MEMORY_KEY))

    def _untrusted_paths(self) -> list[Mistake]:
        # If the Agent is configured so, pod annotations must not make it read files.
        try:
            from datadog_checks.base.utils.models.validation.security import (
                check_field_trusted_provider,
            )
        except ImportError:  # an Agent that is older than this setting
            return []
        mistakes = []
        for watched in self._options.watched:
            for key, path in watched.files():
                try:
                    check_field_trusted_provider(key, path, self.security_config)
                except ValueError as error:
                    mistakes.append(Mistake(key, str(error)))
        return mistakes

    def _store(self, watched: Watched) -> TrustStore:
        # Looked up once per round, however many targets it has.
        if watched.ca_path not in self._stores_of_round:
            self._stores_of_round[watched.ca_path] = self._fresh_store(watched)
        return self._stores_of_round[watched.ca_path]

    def _fresh_store(self, watched: Watched) -> TrustStore:
        try:
            return self._stores.get(watched.ca_path)
        except TrustStoreInvalid as error:
            last = self._stores.last(watched.ca_path)
            if last is not None:
                self.warning(
                    "%s; the check continues with the CA certificates that it read before", error
                )
                return last
            if watched.expected.trust:
                self.warning("tls_ca_cert: %s; no chain is trusted until it can be read", error)
            source = watched.ca_path or "this system's trust store"
            return TrustStore((), (f"{source}, which cannot be read",))

    def _submit(self, outcome: Outcome) -> None:
        watched, result = outcome.watched, outcome.result
        if isinstance(result, Judged):
            for change in self._memory.take(watched.identity, result):
                self._submit_event(change, watched)
            told = reading_told(
                result.observation,
                result.verdict,
                result.assessment,
                chain_complete=result.chain_complete,
                duration=watched.duration,
            )
        else:
            told = failure_told(result, self._options.on_failure)
        for metric in told.metrics:
            self._submit_metric_of(metric, watched)
        not_after = self._memory.not_after(watched.identity)
        if not_after is not None:
            for metric in last_known_told(not_after, datetime.now(UTC)):
                self._submit_metric_of(metric, watched)
        if self._options.service_checks:
            for service_check in told.service_checks:
                self._submit_service_check(service_check, watched)

    def _submit_metric_of(self, metric: Metric, watched: Watched) -> None:
        if metric.name not in SHIPPED_METRICS and not self._options.facts:
            return
        # The tls check sends the whole lifetime: its dashboards expect that.
        counted = metric.name.startswith("issued_") and self._options.namespace == "tls"
        submit = self.count if counted else self.gauge
        submit(metric.name, metric.value, tags=list(watched.tags))

    def _submit_service_check(self, service_check: ServiceCheck, watched: Watched) -> None:
        self.service_check(
            service_check.name,
            STATUS_NUMBERS[service_check.status],
            tags=list(watched.tags),
            message=service_check.message or None,
        )

    def _submit_event(self, change: Change, watched: Watched) -> None:
        if not self._options.events:
            return
        self.event(
            {
                "timestamp": int(time.time()),
                "event_type": f"{self._options.namespace}.{change.code}",
                "msg_title": change.title,
                "msg_text": change.text,
                "alert_type": change.alert_type,
                "aggregation_key": watched.identity,
                "source_type_name": "halfshake",
                "tags": list(watched.tags),
            }
        )


def _configuration_error(mistakes: tuple[Mistake, ...]) -> Exception:
    lines = [f"{mistake.key}\n  {mistake.sentence}" for mistake in mistakes]
    plural = "s" if len(lines) > 1 else ""
    error: Exception = ConfigurationError(
        f"{len(lines)} mistake{plural} in this instance:\n" + "\n".join(lines)
    )
    return error


MEMORY_KEY = "last_readings"
