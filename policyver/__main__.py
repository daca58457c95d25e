"""Entry point: runs the command line and turns what goes wrong into a sentence and an exit status."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``policyver`` with the arguments of the process, and exit as DESIGN §6 says."""
    if sys.argv[1:] == ["--version"]:  # without loading anything
        from policyver import __version__

        print(f"policyver {__version__}")
        return
    raise SystemExit(_run())


def _run() -> int:
    from policyver.errors import PolicyverError

    try:
        from policyver.cli.app import app

        app(prog_name="policyver", standalone_mode=True)
    except PolicyverError as error:
        from policyver.rendering.safety import visible

        print(f"policyver: {visible(str(error))}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        # The reader of a pipe left, as in `policyver log | head`; nothing more can be said on stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("policyver: interrupted.", file=sys.stderr)
        return 130
    except RecursionError:
        print("policyver: the text is nested too deeply to be read.", file=sys.stderr)
        return 3
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0
    return 0


if __name__ == "__main__":
    main()
