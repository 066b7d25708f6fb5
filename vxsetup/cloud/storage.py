"""A bucket of Google Cloud Storage as a place for journals; google-cloud-storage is imported here alone.

It comes with the extra ``vxsetup[gcs]``. Every write and removal names the generation that it replaces (Cloud Storage's
request preconditions), so that the library may retry it without doing it twice.
"""

from __future__ import annotations

import importlib
from typing import Any

TIMEOUT = 30.0
"""Seconds for one request."""


def _module(name: str) -> Any:
    return importlib.import_module(name)


class NoStorageError(Exception):
    """The library is not there, or nobody is signed in; the words say which, and what to run."""


class GoogleBucket:
    """The objects of one bucket."""

    def __init__(self, bucket: str, moved: type[Exception], error: type[Exception], credentials: Any = None) -> None:
        """``moved`` and ``error`` are raised where a generation is another one, and where the bucket cannot be used.
        ``credentials`` are google-auth's, with the project to charge if there is one; None: those of the environment.

        Raises NoStorageError where the library or credentials are missing.
        """
        try:
            storage = _module("google.cloud.storage")
            self._errors = _module("google.api_core.exceptions")
            self._auth = _module("google.auth.exceptions")
        except ImportError as missing:
            raise NoStorageError(
                "a journal in a bucket needs google-cloud-storage: pip install 'vxsetup[gcs]'"
            ) from missing
        try:
            # The project is no part of any request about objects; without one the library would look for it.
            client = storage.Client(project="vxsetup-state", credentials=credentials)
        except self._auth.GoogleAuthError as nobody:
            raise NoStorageError(
                f"nobody is signed in for the bucket ({nobody}). Run: gcloud auth application-default login"
            ) from nobody
        self._bucket = client.bucket(bucket)
        self._client, self._name, self._moved, self._error = client, bucket, moved, error

    def read(self, name: str) -> tuple[bytes, int] | None:
        """The content of an object and its generation; None where it is not there."""

        def asked() -> tuple[bytes, int] | None:
            blob = self._bucket.get_blob(name, timeout=TIMEOUT)
            if blob is None:
                # A bucket that is not there answers the same; listing it tells.
                next(iter(self._client.list_blobs(self._name, prefix=name, max_results=1, timeout=TIMEOUT)), None)
                return None
            generation = int(blob.generation)
            return bytes(blob.download_as_bytes(if_generation_match=generation, timeout=TIMEOUT)), generation

        found: tuple[bytes, int] | None = self._tried(asked, "storage.objects.get")
        return found

    def write(self, name: str, content: bytes, generation: int) -> int:
        """Write an object over a generation; 0: only where there is none."""

        def asked() -> int:
            blob = self._bucket.blob(name)
            kind = "application/x-ndjson"
            blob.upload_from_string(content, kind, if_generation_match=generation, timeout=TIMEOUT)
            return int(blob.generation)

        return int(self._tried(asked, "storage.objects.create"))

    def remove(self, name: str, generation: int) -> None:
        """Remove one generation of an object."""
        self._tried(
            lambda: self._bucket.blob(name).delete(if_generation_match=generation, timeout=TIMEOUT),
            "storage.objects.delete",
        )

    def _tried(self, asked: Any, permission: str) -> Any:
        where = f"gs://{self._name}"
        try:
            return asked()
        except self._errors.PreconditionFailed as error:
            raise self._moved from error
        except self._errors.NotFound as error:
            raise self._error(f"there is no bucket {where}; make it, with versioning, and run again") from error
        except self._errors.Forbidden as error:
            raise self._error(f"{where} is there or not, and the caller lacks {permission} on it") from error
        except self._errors.GoogleAPICallError as error:
            raise self._error(f"{where} answered {error.code}: {error.message}") from error
        except (self._auth.GoogleAuthError, self._errors.RetryError, OSError) as error:
            # requests' own errors are OSErrors.
            raise self._error(f"{where} cannot be reached: {error}") from error
