"""The catalogue a new installation starts with. Light: the command line calls it before it loads anything."""

from pathlib import Path

from codemie.models.settings import ModelsSettings

DEFAULT_FILE = Path(__file__).parent / "data" / "models.yaml"


def install_default_file(settings: ModelsSettings, home: Path) -> Path:
    """Put a catalogue where the settings say, unless there is one, so that switching a model is a file edit.

    Returns:
        The file, whether it was there or is new.

    Raises:
        OSError: the folder cannot be written.
    """
    target = settings.file or home / "models.yaml"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(DEFAULT_FILE.read_text(encoding="utf-8"), encoding="utf-8")
    return target
