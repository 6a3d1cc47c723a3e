"""`SharedConfig`: init_config, whose options are defaults for every instance."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class CommonOptions(BaseModel):
    """What can be set in init_config and in an instance; None is the default."""

    # Annotations give text where files give numbers.
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    # Made by `make docs`.
    all_addresses: bool | None = None
    allowed_versions: tuple[str | float, ...] | str | float | None = None
    clients: tuple[str, ...] | str | None = None
    concurrency: float | None = None
    days_critical: float | None = None
    days_warning: float | None = None
    enforcement: bool | None = None
    enforcement_path: str | None = None
    events: bool | None = None
    expect_client_auth: str | None = None
    expect_issuer: tuple[str, ...] | str | None = None
    expect_spki: tuple[str, ...] | str | None = None
    fact_metrics: bool | None = None
    fetch_intermediate_certs: bool | None = None
    intermediate_cert_refresh_interval: float | None = None
    key_types: tuple[str, ...] | str | None = None
    lifetime_ratio_critical: float | None = None
    lifetime_ratio_warning: float | None = None
    metric_namespace: str | None = None
    on_failure: str | None = None
    proxy: dict[str, Any] | None = None
    seconds_critical: float | None = None
    seconds_warning: float | None = None
    send_cert_duration: bool | None = None
    service: str | None = None
    service_checks: bool | None = None
    skip_proxy: bool | None = None
    timeout: float | None = None
    tls_ca_cert: str | None = None
    tls_validate_hostname: bool | None = None
    tls_verify: bool | None = None
    # End.


class SharedConfig(CommonOptions):
    """The init_config section."""
