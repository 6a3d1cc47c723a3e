"""The configuration as pydantic models, which the Agent's base class loads by itself."""

from datadog_checks.halfshake.config_models.instance import InstanceConfig
from datadog_checks.halfshake.config_models.shared import SharedConfig

__all__ = ["ConfigMixin", "InstanceConfig", "SharedConfig"]


class ConfigMixin:
    """Gives a check its validated configuration, as in Datadog's own integrations."""

    _config_model_instance: InstanceConfig
    _config_model_shared: SharedConfig

    @property
    def config(self) -> InstanceConfig:
        """The instance's configuration."""
        return self._config_model_instance

    @property
    def shared_config(self) -> SharedConfig:
        """The content of init_config."""
        return self._config_model_shared
