"""The settings of picture drawing."""

from pydantic import BaseModel, ConfigDict, Field


class RenderingSettings(BaseModel):
    """How much room finished pictures may take, and how many may wait."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cache_mebibytes: int = Field(default=32, ge=0)
    """MiB of finished pictures kept in memory, the least recently asked dropped first; 0 keeps none.
    32 holds some fifty pictures, more than a day's different questions of one server."""

    max_waiting: int = Field(default=32, ge=1)
    """Pictures that may wait for the one drawing thread, in pictures; further ones are refused with a reply.
    At a quarter of a second each, 32 mean eight seconds: longer than that nobody watches a spinner."""
