"""Settings of the connection to Discord."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.domain.errors import ConfigurationError


class DiscordSettings(BaseModel):
    """Who the bot is, and where Discord is."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    token: SecretStr | None = None
    """The bot's token. None by default: it is a secret of yours, and without one there is only `make demo`. Never
    logged."""

    token_file: Path | None = None
    """A file that holds the token alone, for those who keep secrets out of the environment (Docker, systemd). None by
    default; `token` goes first."""

    api_base: str | None = Field(default=None, pattern=r"^https?://")
    """Where Discord's REST is, with its `/api/v10` and no slash at the end. None by default: discord.py's own address.
    A REST proxy or a stand-in is named here."""

    gateway_url: str | None = Field(default=None, pattern=r"^wss?://")
    """Where Discord's gateway is. None by default: discord.py's own address. A stand-in is named here."""

    home_guild: int | None = Field(default=None, gt=0)
    """Id of the server in which the owner's commands (`/admin`) are registered. None by default: no server is yours
    until you say so, and then there are no such commands."""

    def read_token(self) -> str | None:
        """The token, from the setting or its file; None where neither is set. Raises ConfigurationError."""
        if self.token is not None:
            return self.token.get_secret_value().strip() or None
        if self.token_file is None:
            return None
        try:
            return self.token_file.read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise ConfigurationError(
                f"discord.token_file ({self.token_file}) cannot be read: {reason}."
            ) from error
