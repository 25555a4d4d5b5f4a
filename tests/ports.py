"""Programs that listen: a free port, and waiting until one answers."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request


def free_port() -> int:
    """A port that nobody listens on, now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for_page(address: str, process: subprocess.Popen, seconds: float = 90) -> bytes:
    """The first page that the process serves there."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read()
        except OSError:
            assert process.poll() is None, f"it ended with code {process.returncode}"
            assert time.monotonic() < end, f"no page after {seconds} s"
            time.sleep(0.2)
