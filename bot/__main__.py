"""`warroom`: runs a command, and turns what goes wrong into one readable line and an exit code.

0 done · 1 it could not be done · 2 the settings or the arguments cannot work · 3 done in part (a damaged archive) ·
130 interrupted.
"""

import sys

from bot.cli.main import app
from bot.logs import say_last
from services.domain.errors import ConfigurationError, WarRoomError


def main() -> None:
    """The console script."""
    try:
        app()
    except ConfigurationError as error:
        sys.exit(_tell(error, 2))
    except WarRoomError as error:
        sys.exit(_tell(error, 1))
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(error: WarRoomError, code: int) -> int:
    say_last(str(error))
    return code


if __name__ == "__main__":
    main()
