"""The model that the app serves: one for every tab, exchanged while it runs."""

from __future__ import annotations

import threading
from pathlib import Path

from truepose.pipeline import TruePosePipeline, load_pipeline
from truepose.reading import PersonReader


class Serving:
    """Holds the pipeline in use. A request reads `pipeline` once and keeps it to its end.

    Args:
        pipeline: to start with.
        reader: given to the pipelines that replace it.
        name: what the first model is called.
    """

    def __init__(self, pipeline: TruePosePipeline, reader: PersonReader | None = None, name: str = "the shipped model"):
        self.pipeline, self.name = pipeline, name
        self._reader = reader
        self._loading = threading.Lock()

    def use(self, folder: str | Path, name: str) -> None:
        """Serve another model from the next request on; what runs goes on with the old one.

        Raises:
            ValueError: there is no model in the folder, or a damaged one; the old one stays.
        """
        with self._loading:
            self.pipeline = load_pipeline(folder, reader=self._reader)
            self.name = name
