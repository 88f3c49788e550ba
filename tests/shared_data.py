"""Where the shared real data is; tests that need it skip and say so where it is missing."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("ATALAYA_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared_file(relative: str) -> Path:
    """The path of one shared file, or a skip that names what is missing (a failure where CI is set)."""
    path = SHARED / relative
    if not path.exists():
        message = f"{relative} is not under ATALAYA_SHARED ({SHARED})"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path
