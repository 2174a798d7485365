"""`make bench`: every benchmark, one line a figure. It judges nothing; bars are printed beside the figures."""

import importlib
import pkgutil
import sys

import tests.benchmarks


def main() -> None:
    """Run those named on the command line (`pipeline`), or all."""
    wanted = sys.argv[1:]
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(tests.benchmarks.__path__)
        if module.name.startswith("bench_")
    )
    for name in names:
        if wanted and name.removeprefix("bench_") not in wanted:
            continue
        print(f"== {name.removeprefix('bench_')}", flush=True)
        for figure in importlib.import_module(f"tests.benchmarks.{name}").bench():
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
