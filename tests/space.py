"""What a Hugging Face Space has: the files in git, and an environment of nothing but requirements.txt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import psutil
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ports import free_port, wait_for_page

ROOT = Path(__file__).parents[1]


def copy_tracked(folder: Path) -> None:
    """Copy the files that git tracks, as they are now, into an empty folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def requirements(path: Path) -> list[Requirement]:
    """The lines of a requirements file that includes no other."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def required_distributions(wanted: list[Requirement]) -> dict[str, Distribution]:
    """All that pip would install for the requirements, by name.

    Raises:
        AssertionError: one of `wanted` is not installed in a version that satisfies it.
    """
    found: dict[str, Distribution] = {}
    for requirement in wanted:
        version = distribution(requirement.name).version
        assert requirement.specifier.contains(version), f"{requirement} is asked for, {version} is installed"
    seen, left = set(), [(requirement, "") for requirement in wanted]
    while left:
        requirement, extra = left.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if (name, *requirement.extras) in seen:
            continue
        seen.add((name, *requirement.extras))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # of another platform; what is truly needed fails at its import
            continue
        needs = [Requirement(line) for line in found[name].requires or ()]
        left += [(need, extra) for need in needs for extra in ("", *requirement.extras)]
    return found


def link_environment(folder: Path, distributions: dict[str, Distribution]) -> Path:
    """Make a virtual environment of links to what is installed here, and of nothing else; its Python.

    Links, because a second copy of PyTorch takes gigabytes and minutes. A folder that several distributions share
    (`nvidia`) is linked whole.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for each in distributions.values():
        for name in sorted({file.parts[0] for file in each.files or ()} - {"..", "__pycache__"}):
            origin = Path(each.locate_file(name))
            if origin.exists() and not (site / name).exists():
                (site / name).symlink_to(origin)
    return folder / "bin" / "python"


@contextmanager
def running_space(python: Path, folder: Path, home: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start app.py as a Space does, by its environment alone; its address and process."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "SYSTEM": "spaces", "SPACE_ID": "me/truepose",
        "SPACE_HOST": "me-truepose.hf.space", "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "cache"), "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    process = psutil.Popen([str(python), "app.py"], cwd=folder, env=environment, stdin=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_page(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait(20)
