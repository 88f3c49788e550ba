"""`atalaya serve` as a process: when it is ended, so is the workbench it started."""

import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from workspaces import HandClock, new_workspace


def _listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_no_workbench_is_left_behind_by_a_serve_that_was_ended(tmp_path, how):
    new_workspace(tmp_path / "w", HandClock())
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a background job ignores it
    begin = f"{heard}; from atalaya.cli.main import run; run()"
    words = ["-w", str(tmp_path / "w"), "--actor", "ana", "--role", "imagery-analyst", "serve", "--port", "0"]
    with subprocess.Popen([sys.executable, "-c", begin, *words], stdout=subprocess.PIPE, text=True) as serve:
        try:
            said = serve.stdout.readline()
            port = int(re.search(r"127\.0\.0\.1:(\d+)", said)[1])
            assert _listens(port)
            serve.send_signal(how)
            assert serve.wait(20) == 0
        finally:
            serve.kill()
    patience = time.monotonic() + 5
    while _listens(port) and time.monotonic() < patience:
        time.sleep(0.1)
    assert not _listens(port)
