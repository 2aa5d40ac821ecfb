"""The caller: who is asking, with which projects and roles."""

from dataclasses import dataclass, field

from codemie.kernel.row_security import Reach

REGULAR = "regular"
EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated person or machine, as every service function receives it.

    A snapshot: it may be up to 30 seconds older than the database (see ``authentication``).

    Args:
        id: primary key of the user
        name: what is shown to people; falls back to ``username``
        projects: names of all projects the user is a member of
        admin_projects: names of those the user administers; a subset of ``projects``
        user_type: ``regular`` or ``external``
        roles: realm roles of the token, for display and claim mapping only; no right is derived from them
        marketplace_projects: projects whose global resources an external user sees; ``None`` means all
        default_project: where a request goes that names no project
        token_id: id of the personal access token the request came with; empty for people who signed in
        read_only: that token may only read
        project_scope: projects that token was made for; ``None`` means all; what lies elsewhere is out of reach, even
            the user's own
        application: name of the authorized application that asks; empty for users
        granted: level and data source of everything granted to it
    """

    id: str
    username: str
    name: str
    email: str
    projects: frozenset[str] = field(default_factory=frozenset[str])
    admin_projects: frozenset[str] = field(default_factory=frozenset[str])
    is_admin: bool = False
    is_maintainer: bool = False
    is_auditor: bool = False
    user_type: str = REGULAR
    roles: frozenset[str] = field(default_factory=frozenset[str])
    marketplace_projects: frozenset[str] | None = None
    default_project: str = ""
    token_id: str = ""
    read_only: bool = False
    project_scope: frozenset[str] | None = None
    application: str = ""
    granted: frozenset[tuple[str, str]] = field(default_factory=frozenset[tuple[str, str]])

    @property
    def is_superuser(self) -> bool:
        """Administrators and maintainers may act on everything but conversations and private integrations."""
        return self.is_admin or self.is_maintainer

    @property
    def is_external(self) -> bool:
        """External users see only part of the marketplace."""
        return self.user_type == EXTERNAL

    def is_member(self, project: str | None) -> bool:
        """True in projects the user belongs to, in whatever role."""
        return project is not None and (project in self.projects or project in self.admin_projects)

    def can_use_project(self, project: str) -> bool:
        """True when the caller may create or list resources in the project."""
        return self.is_superuser or self.is_member(project)

    def manages(self, project: str | None) -> bool:
        """True for administrators of this one project."""
        return project is not None and project in self.admin_projects

    def granted_sources(self, action: str) -> frozenset[str]:
        """Data sources an application was granted the action on; who may change one may read it."""
        levels = {"read", "write", "delete"} if action == "read" else {action}
        return frozenset(source for level, source in self.granted if level in levels)

    @property
    def marketplace(self) -> frozenset[str] | None:
        """Projects whose published resources the caller sees; ``None`` means all."""
        if not self.is_external or self.marketplace_projects is None:
            return None
        return self.marketplace_projects | self.projects | self.admin_projects

    @property
    def reach(self) -> Reach:
        """The same for PostgreSQL's row-level security: coarser than the policy, which decides within it."""
        return Reach(
            "all projects" if self.is_superuser else "own projects",
            self.id,
            self.projects | self.admin_projects,
            self.project_scope,
            self.marketplace,
        )
