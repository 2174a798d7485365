"""Settings of the metrics."""

from pydantic import BaseModel, ConfigDict, Field


class MetricsSettings(BaseModel):
    """Figures for Prometheus, at `/metrics` of a local port."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    port: int | None = Field(default=None, ge=0, le=65535)
    """Port that answers. None by default: nothing listens until you ask for it. 0 takes any free port and logs it."""

    host: str = "127.0.0.1"
    """Address that it listens on. This computer alone by default: there is no password. In a container `0.0.0.0`, with
    the port published to where Prometheus is."""
