"""`InstanceConfig`: one instance. Halfshake's own reader finds its mistakes."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from datadog_checks.halfshake.config_models import validators
from datadog_checks.halfshake.config_models.shared import CommonOptions


class InstanceConfig(CommonOptions):
    """One entry of `instances`."""

    # Made by `make docs`.
    ca_cert: str | None = None
    cert: str | None = None
    collect_default_metrics: bool | None = None
    debug_metrics: dict[str, Any] | None = None
    disable_generic_tags: bool | None = None
    empty_default_hostname: bool | None = None
    enable_legacy_tags_normalization: bool | None = None
    loader: str | None = None
    local_cert_path: str | None = None
    max_returned_metrics: int | None = None
    metric_patterns: dict[str, Any] | None = None
    min_collection_interval: float | None = None
    name: str | None = None
    no_index: bool | None = None
    no_proxy: bool | None = None
    port: int | None = None
    private_key: str | None = None
    process_isolation: bool | None = None
    provider: str | None = None
    server: str | None = None
    server_hostname: str | None = None
    start_tls: str | None = None
    tags: tuple[str, ...] | str | None = None
    targets: tuple[str | dict[str, Any], ...] | None = None
    tls_cert: str | None = None
    tls_ciphers: str | tuple[str, ...] | None = None
    tls_private_key: str | None = None
    tls_private_key_password: str | None = None
    transport: str | None = None
    validate_cert: bool | None = None
    validate_hostname: bool | None = None
    # End.

    @model_validator(mode="before")
    @classmethod
    def _every_mistake_at_once(cls, values: dict[str, Any]) -> dict[str, Any]:
        return validators.initialize_instance(values)
