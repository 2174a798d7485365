"""The version that is running."""

from importlib.metadata import PackageNotFoundError, version


def running_version() -> str:
    """As installed; `0+unknown` when run from a bare folder."""
    try:
        return version("eve-warroom")
    except PackageNotFoundError:
        return "0+unknown"
