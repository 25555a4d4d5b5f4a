"""Peak memory of the running app: started, after one re-pose, after one style transfer.

python benchmarks/memory.py [PHOTO] [--threads 2]

Without a photo: one of the shipped examples. Linux only: the peak is the kernel's own (VmHWM).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from gradio_client import Client, handle_file

from tests.ports import free_port, wait_for_page

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "studio" / "examples").glob("*.webp"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?", default=str(EXAMPLES[1]))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    port = free_port()
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment)
    try:
        wait_for_page(f"http://127.0.0.1:{port}/", process)
        print(f"up after {time.perf_counter() - started:.1f} s: {_peak(process.pid):.2f} GiB")
        client = Client(f"http://127.0.0.1:{port}", verbose=False)
        _use(client, options.photo, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _use(client: Client, photo: str, pid: int) -> None:
    file = handle_file(photo)
    reading, _ = client.predict(file, 1, api_name="/read")
    client.predict(file, reading, 1, 10, 1.0, 0, api_name="/repose")
    print(f"after a re-pose: {_peak(pid):.2f} GiB")
    source = handle_file(str(EXAMPLES[-1]))
    client.predict(file, source, None, "upper-clothes", "", 1, 1, 10, 1.0, 0, api_name="/style")
    print(f"after a style transfer: {_peak(pid):.2f} GiB")


def _peak(pid: int) -> float:
    """GiB of memory that the process held at most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 2**20


if __name__ == "__main__":
    main()
