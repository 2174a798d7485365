"""Every setting of War Room: the features' own, put together. Environment before file before default.

The file is `config.toml` in the working folder, or the one named by WARROOM_CONFIG. A variable is named by its path,
`WARROOM_DATABASE__URL` for `url` under `[database]`. Nothing reads settings at import; `warroom` reads them once.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy import make_url

from bot.discord_settings import DiscordSettings
from bot.metrics_settings import MetricsSettings
from services.alerts.settings import AlertSettings
from services.backfill.settings import BackfillSettings
from services.battles.settings import BattleSettings
from services.boards.settings import BoardSettings
from services.domain.errors import ConfigurationError
from services.esi.settings import EsiSettings
from services.feeds.settings import FallbackSettings, FeedSettings
from services.fits.settings import FitSettings
from services.incursions.settings import IncursionSettings
from services.killmails.settings import KillmailSettings
from services.names.settings import NameSettings
from services.occurrences.settings import OccurrenceSettings
from services.outbox.settings import OutboxSettings
from services.prices.settings import PriceSettings
from services.rendering.settings import RenderingSettings
from services.sovereignty.settings import SovereigntySettings
from services.storage.settings import DatabaseSettings
from services.timers.settings import TimerSettings
from services.troubles.settings import TroubleSettings
from services.universe.settings import UniverseSettings
from services.warfare.settings import WarfareSettings
from services.wars.settings import WarSettings

CONFIG_VARIABLE = "WARROOM_CONFIG"
ADDRESSES = {
    ("feed", "base_url"): "r2z2",
    ("backfill", "everef_url"): "everef",
    ("esi", "base_url"): "esi",
    ("fallback", "base_url"): "evekill",
    ("universe", "base_url"): "sde",
    ("prices", "fuzzwork_url"): "fuzzwork",
    ("prices", "janice_url"): "janice",
    ("warfare", "warzone_url"): "warzone",
    ("warfare", "everef_url"): "everef",
}
"""Which setting of which section holds which upstream's address."""


class UpstreamSettings(BaseModel):
    """Where the outside world is, each without a slash at the end. A proxy or a stand-in may take any place."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    r2z2: str = "https://r2z2.zkillboard.com"
    """The live kill feed."""
    zkillboard: str = "https://zkillboard.com"
    """Single kills and related pages. Not asked yet."""
    esi: str = "https://esi.evetech.net"
    """The game's own API: prices, names, sovereignty, faction warfare, incursions and wars."""
    everef: str = "https://data.everef.net"
    """Daily archives of killmails; a mirror of what `warzone` says."""
    warzone: str = "https://www.eveonline.com"
    """The game's website: faction warfare's advantage and insurgencies."""
    fuzzwork: str = "https://market.fuzzwork.co.uk"
    """Market aggregates of the trade hubs: prices of what ESI's list has not."""
    janice: str = "https://janice.e-351.com"
    """Prices at Jita, asked where you have a key."""
    evescout: str = "https://api.eve-scout.com"
    """Connections of Thera and Turnur. Not asked yet."""
    evekill: str = "https://eve-kill.com"
    """The second kill feed, asked while the first gives nothing."""
    sde: str = "https://developers.eveonline.com/static-data"
    """The game's static data: a newer build of the map and the item types."""


class LogSettings(BaseModel):
    """What is written to the log (standard error)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    """Least important lines shown. Default info: a few lines an hour when all is well."""
    json_lines: bool = False
    """One JSON object a line, for a log collector. Default off: people read the log."""


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix="WARROOM_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    contact: str | None = None
    """How upstreams can reach you (e-mail, Discord or in-game name); stands in every request. Required for `run`:
    anonymous bots are banned."""
    log: LogSettings = LogSettings()
    discord: DiscordSettings = DiscordSettings()
    database: DatabaseSettings = DatabaseSettings()
    upstreams: UpstreamSettings = UpstreamSettings()
    feed: FeedSettings = FeedSettings()
    fallback: FallbackSettings = FallbackSettings()
    esi: EsiSettings = EsiSettings()
    backfill: BackfillSettings = BackfillSettings()
    killmails: KillmailSettings = KillmailSettings()
    battles: BattleSettings = BattleSettings()
    fits: FitSettings = FitSettings()
    sovereignty: SovereigntySettings = SovereigntySettings()
    warfare: WarfareSettings = WarfareSettings()
    incursions: IncursionSettings = IncursionSettings()
    wars: WarSettings = WarSettings()
    occurrences: OccurrenceSettings = OccurrenceSettings()
    timers: TimerSettings = TimerSettings()
    boards: BoardSettings = BoardSettings()
    alerts: AlertSettings = AlertSettings()
    outbox: OutboxSettings = OutboxSettings()
    names: NameSettings = NameSettings()
    prices: PriceSettings = PriceSettings()
    universe: UniverseSettings = UniverseSettings()
    rendering: RenderingSettings = RenderingSettings()
    troubles: TroubleSettings = TroubleSettings()
    metrics: MetricsSettings = MetricsSettings()

    def secrets(self) -> tuple[str, ...]:
        """What must never stand in a log. Raises ConfigurationError when the token's file cannot be read."""
        key, address = self.prices.janice_key, make_url(self.database.url).password
        found = (self.discord.read_token(), key.get_secret_value() if key else None, address)
        return tuple(str(secret) for secret in found if secret)

    @model_validator(mode="before")
    @classmethod
    def _hand_addresses_on(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Features find their upstream's address among their own settings; people find all of them in one place."""
        upstreams = data.get("upstreams") or {}
        for (section, key), upstream in ADDRESSES.items():
            if isinstance(upstreams, dict) and upstream in upstreams:
                own = {**(data.get(section) or {}), key: upstreams[upstream]}
                data = {**data, section: own}
        return data

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, file

    @classmethod
    def read(cls) -> Self:
        """Read them. Raises ConfigurationError that names the setting and says what is wrong with it."""
        try:
            return cls()
        except ValidationError as error:
            faults = "; ".join(_fault(item) for item in error.errors())
            raise ConfigurationError(f"The settings cannot work: {faults}.") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"{config_file()} is no valid TOML: {error}.") from error


def config_file() -> Path:
    """The configuration file; it need not exist."""
    return Path(os.environ.get(CONFIG_VARIABLE, "config.toml"))


def _fault(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    return f"{path or 'settings'}: {item['msg']}"
