"""`warroom typical-build`: the typical losses that ship with the program, compiled from recorded values."""

from pathlib import Path
from typing import Annotated

import typer

from services.prices.typical import compile_typical


def typical_build(
    source: Annotated[Path, typer.Argument(help="Medians with sample counts, by hull and group.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
) -> None:
    """Compile typical loss values; medians of too few losses are left out."""
    compiled = compile_typical(source)
    out.write_bytes(compiled)
    typer.echo(f"{out}: {len(compiled):,} bytes")
