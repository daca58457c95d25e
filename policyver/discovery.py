"""Finding the configuration of a repository, and guessing one where there is none."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from policyver.config import FILE_NAME, Layout, Settings, load_settings
from policyver.errors import ConfigurationError, PolicyverError
from policyver.history import Repository
from policyver.history.repository import read_regular_file
from policyver.states import Texts


def find_settings(repository: Repository, directory: Path, config: Path | None) -> tuple[Settings, str]:
    """The configuration that holds in `directory`, and the folder (``a/b/``) that its layouts are relative to.

    It is `config`, else the nearest policyver.toml (or pyproject.toml with a table for policyver) from
    `directory` up to the top of the repository, in a bare one that at HEAD, else the defaults.
    """
    directory = directory.resolve()
    if config is not None:
        settings = load_settings(_configuration_bytes(config), str(config))
        if settings is None:
            raise ConfigurationError(
                "there is no table [tool.policyver]", where=str(config), cure="Add it, or name a policyver.toml."
            )
        return settings, ""
    if repository.worktree is None:
        return _settings_at_head(repository), ""
    top = repository.worktree.resolve()
    folders = [folder for folder in (directory, *directory.parents) if folder == top or top in folder.parents]
    for folder in folders:
        settings = _settings_in(folder)
        if settings is not None:
            return settings, _prefix(folder, top)
    for folder in folders[:-1]:  # without a configuration, the nearest folder that the default layout fits
        prefix = _prefix(folder, top)
        if Texts(repository, Layout(), prefix, lambda sentence: None).keys():
            return Settings(), prefix
    return Settings(), ""


def no_texts(repository: Repository, settings: Settings) -> ConfigurationError:
    """What to say where the layout finds no text, with a layout that would."""
    patterns = ", ".join(f'"{pattern}"' for pattern in settings.layout.patterns)
    guess = _guessed_layout(repository)
    if guess:
        cure = f"The files look like this in {FILE_NAME}: layout = [{guess}]"
    else:
        cure = f"Set `layout` in {FILE_NAME} to where they are."
    where = settings.source or str(repository.directory)
    return ConfigurationError(f"no file fits the layout {patterns}, so there is no policy text", where=where, cure=cure)


def _guessed_layout(repository: Repository) -> str:
    """Layouts that fit the Markdown files at HEAD, as TOML; empty if none does."""
    if not repository.has_commits():
        return ""
    paths = [path for path in repository.tree(repository.commit("HEAD")) if path.endswith(".md")]
    candidates = (
        "{locale}/{policy}.md",
        "{policy}/{locale}.md",
        "{policy}.{locale}.md",
        "{policy}/index.md",
        "{policy}.md",
    )
    found = []
    roots = sorted({str(PurePosixPath(*PurePosixPath(path).parts[:1])) for path in paths if "/" in path})
    for base in ("", *(f"{root}/" for root in roots)):
        for candidate in candidates:
            layout = Layout((base + candidate,))
            fitting = [path for path in paths if layout.locate(path)]
            if len(fitting) >= max(2, 0.5 * len(paths)):
                found.append((len(fitting), base + candidate))
                break
    return f'"{max(found)[1]}"' if found else ""


def _configuration_bytes(path: Path) -> bytes:
    try:
        return read_regular_file(path, shown=str(path))
    except PolicyverError as error:
        raise ConfigurationError(error.what, where=error.where, cure=error.cure) from None


def _settings_in(folder: Path) -> Settings | None:
    for name in (FILE_NAME, "pyproject.toml"):
        path = folder / name
        if path.is_file():
            settings = load_settings(_configuration_bytes(path), _shown_path(path))
            if settings is not None:
                return settings
    return None


def _shown_path(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _settings_at_head(repository: Repository) -> Settings:
    if repository.has_commits():
        tree = repository.tree(repository.commit("HEAD"))
        for name in (FILE_NAME, "pyproject.toml"):
            if name in tree and tree[name].is_regular:
                settings = load_settings(repository.blob(tree[name].id), f"HEAD:{name}")
                if settings is not None:
                    return settings
    return Settings()


def _prefix(folder: Path, top: Path) -> str:
    relative = folder.relative_to(top).as_posix()
    return "" if relative == "." else f"{relative}/"
