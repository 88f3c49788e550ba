"""`atalaya klv …` as the shell runs it: a process of its own, bytes in, bytes out."""

import json
import subprocess
import sys
from typing import Any

PROGRAM = (sys.executable, "-c", "from atalaya.cli.main import run; run()", "klv")


def klv(*arguments: object, given: bytes = b"", code: int = 0) -> subprocess.CompletedProcess[bytes]:
    """One run; its exit code is what the test says it is."""
    done = subprocess.run([*PROGRAM, *map(str, arguments)], input=given, capture_output=True, check=False)
    assert done.returncode == code, done.stderr.decode()
    return done


def records(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """Standard output as lines of JSON."""
    return [json.loads(line) for line in done.stdout.splitlines()]
