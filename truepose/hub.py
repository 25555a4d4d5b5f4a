"""Models on the Hugging Face hub: their snapshots as folders, folders as repositories."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
from huggingface_hub import HfApi

from .model.layout import is_model


def local_folder(folder_or_hub_id: str | Path) -> Path:
    """The folder itself, or the downloaded snapshot of a hub repository.

    Raises:
        ValueError: it is neither.
    """
    folder = Path(folder_or_hub_id)
    if is_model(folder):
        return folder
    name = str(folder_or_hub_id)
    if folder.exists() or name.count("/") != 1 or name.startswith((".", "/")):
        raise ValueError(f"no model in {folder_or_hub_id}: config.json or model_index.json is missing")
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=["*.json", "*.safetensors"]))
    except Exception as error:  # the hub's client raises many kinds for one fact: it cannot be had
        raise ValueError(f"cannot load the model {name} from the hub: {type(error).__name__}") from error


def upload_folder(folder: Path, repo_id: str, *, private: bool, api: HfApi | None = None) -> str:
    """Make the repository where it is missing and commit the folder to it; returns the commit's address.

    Raises:
        ValueError: the hub refuses or cannot be reached.
    """
    api = api or HfApi()
    try:
        api.create_repo(repo_id, private=private, exist_ok=True)
        commit = api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message="Save the model")
    except Exception as error:  # as above
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"cannot push to {repo_id}: {reason or type(error).__name__} (first `hf auth login`)"
        ) from error
    return str(commit)
