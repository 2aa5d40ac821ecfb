"""A wiki as the service keeps it: a tree of pages with versions, comments and views, and files."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.fakes.azure_devops.refusing import Refused
from tests.fakes.azure_devops.server import MOMENT, PERSON, Json

BRANCH = "wikiMaster"


@dataclass
class Page:
    """One page."""

    id: int
    path: str
    content: str
    order: int = 0
    version: int = 1
    comments: list[Json] = field(default_factory=list[Json])
    views: list[Json] = field(default_factory=list[Json])

    @property
    def etag(self) -> str:
        """Of this version."""
        return f'"{self.id:020x}{self.version:020x}"'

    @property
    def git_path(self) -> str:
        """Of its file: a space is a dash, and a dash is escaped."""
        parts = self.path.strip("/").split("/")
        return "/" + "/".join(quote(part.replace("-", "%2D"), safe=" %").replace(" ", "-") for part in parts) + ".md"

    def change(self, content: str) -> None:
        """Another version."""
        self.content, self.version = content, self.version + 1

    def say(self, text: str, parent: int | None = None) -> Json:
        """Add a comment."""
        made: dict[str, Any] = {
            "id": len(self.comments) + 1,
            "pageId": self.id,
            "parentId": parent or 0,
            "text": text,
            "createdBy": PERSON,
            "createdDate": MOMENT,
            "modifiedBy": PERSON,
            "modifiedDate": MOMENT,
            "isDeleted": False,
            "version": 1,
            "state": "active",
        }
        self.comments.append(made)
        return made


class Wiki:
    """One wiki."""

    def __init__(self, number: int, name: str) -> None:
        self.id, self.name = f"{number:08x}-0000-4000-8000-000000000000", name
        self.type = "projectWiki" if number == 1 else "codeWiki"
        self.repository = f"wiki-{number:04x}"
        self.files: dict[str, bytes] = {}
        self.pages: dict[str, Page] = {"/": Page(1, "/", "")}
        self.last = 1

    def at(self, path: str) -> Page:
        """The page of that path."""
        if path not in self.pages:
            raise missing(path)
        return self.pages[path]

    def add(self, path: str, content: str) -> Page:
        """Put a page there."""
        self._need_parent(path)
        self.last += 1
        self.pages[path] = Page(self.last, path, content, order=len(self.below(_parent(path))))
        return self.pages[path]

    def below(self, path: str) -> list[Page]:
        """The pages right below a path."""
        return [page for page in self.pages.values() if page.path != "/" and _parent(page.path) == path]

    def remove(self, path: str) -> None:
        """With all below it."""
        for page in [path, *self._under(path)]:
            del self.pages[page]

    def move(self, path: str, to: str) -> Page:
        """With all below it."""
        page = self.at(path)
        if to in self.pages:
            said = f"The page '{to}' specified in the move operation already exists in the wiki."
            raise Refused(409, said, "WikiPageAlreadyExistsException")
        self._need_parent(to)
        for old in [path, *self._under(path)]:
            moved = self.pages.pop(old)
            moved.path = to + old.removeprefix(path)
            self.pages[moved.path] = moved
        page.version += 1
        return page

    def _under(self, path: str) -> list[str]:
        return [other for other in self.pages if other.startswith(f"{path}/")]

    def _need_parent(self, path: str) -> None:
        if _parent(path) not in self.pages:
            said = f"The ancestor page of '{path}' could not be found. Ensure that it exists."
            raise Refused(404, said, "WikiAncestorPageNotFoundException")


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def missing(path: str) -> Refused:
    said = f"Wiki page '{path}' could not be found. Ensure that the path of the page is correct and the page exists."
    return Refused(404, said, "WikiPageNotFoundException")
