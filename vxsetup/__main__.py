"""The entry point: runs the command line and turns every way to end into its exit code."""

from __future__ import annotations

import gc
import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run vxsetup and exit."""
    # What a start makes stays: to look through it for garbage again and again took a tenth of a short command's time.
    # Nor is a run over a thousand files garbage: its nodes and findings live to the end.
    gc.set_threshold(100_000, 50, 100)
    try:
        from vxsetup.cli.root import run

        code = run()
    except KeyboardInterrupt:  # between two commands' worth of imports, where nobody else can catch it
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        # At once: a normal end would first wait for requests that are still in the air, which is what ^C is to stop.
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                continue
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
