"""Settings of the static data's renewal."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class UniverseSettings(BaseModel):
    """How the map and the item types are kept up to date."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base_url: str = "https://developers.eveonline.com/static-data"
    """Where the static data is published, without a slash at the end. Default: the public host."""
    file: Path = Path("data/universe.bin")
    """The compiled file that updates write; a small JSON file about the last check lies beside it. Default: beside the
    database. The newer of this and the shipped file is used."""
    check_days: float = Field(default=7.0, gt=0)
    """Days between two looks for a newer build. Default 7: the game changes a few times a month, the map seldom."""
    retry_hours: float = Field(default=24.0, ge=1)
    """Hours after a look that failed until the next one. Default 24: nothing is urgent here."""
    warn_after_days: float = Field(default=21.0, gt=0)
    """Days of looks that fail, after which you are told. Default 21: three weeks of ships without a name."""
    timeout_seconds: float = Field(default=3600.0, gt=0)
    """Seconds for one download. Default one hour: a whole zip of 100 MB on a slow line."""
    stall_seconds: float = Field(default=60.0, gt=0)
    """Seconds without a single byte after which a download is given up. Default 60."""
    zip_limit_bytes: int = Field(default=1024**3, ge=1024)
    """Bytes of the published zip, at most. Default 1 GiB: it has about 100 MB."""
    unpacked_limit_bytes: int = Field(default=4 * 1024**3, ge=1024)
    """Bytes of the files that are read from it, unpacked, at most. Default 4 GiB: they have some 200 MB."""
