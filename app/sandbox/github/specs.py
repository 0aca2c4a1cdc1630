"""How a story tells what CI left behind."""

import io
import zipfile
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One job: how it ended, what it logged (None: GitHub keeps no log), which steps it had beside its tests."""

    name: str
    conclusion: str = "success"
    log: str | bytes | None = None
    minutes: float = 3.0
    failed_step: str = "Run tests"
    other_failed_steps: tuple[str, ...] = ()
    uploads: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSpec:
    """One artifact that a job uploads: its files, or a zip as it is."""

    name: str
    files: dict[str, str | bytes] = field(default_factory=dict)
    zip: bytes | None = None
    job: str | None = None

    @property
    def data(self) -> bytes:
        if self.zip is not None:
            return self.zip
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        return raw.getvalue()
