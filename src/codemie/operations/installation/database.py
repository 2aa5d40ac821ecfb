"""Checks of PostgreSQL: it answers, has what search needs, has this version's schema, and keeps tenants apart."""

from sqlalchemy import text

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.kernel import migration
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.operations.installation.subject import Installation


@check(
    "db.reachable",
    title="PostgreSQL answers",
    symptom="Every page and every request answers 503.",
    remedy=(
        "Look whether PostgreSQL runs",
        "Compare CODEMIE_DATABASE_URL with the server's address and password",
    ),
    faq=("F06", "F53"),
)
async def reachable(database: Database) -> Finding:
    """The server is down, its address or password is wrong, or a firewall drops the way to it."""
    try:
        async with database.session() as session:
            version = await session.scalar(text("SHOW server_version"))
    except CodeMieError as error:
        return failed(f"{error.message}. {error.details or ''}".strip(), *reachable.remedy)
    return passed(f"PostgreSQL {version} answers")


@check(
    "db.pgvector",
    title="The database has pgvector",
    symptom="Data sources are not indexed, and migrations stop.",
    remedy=("Install the extension on the server, or let a superuser run: CREATE EXTENSION vector",),
    needs=("db.reachable",),
)
async def pgvector(database: Database) -> Finding:
    """Search by meaning stores vectors in a type of this extension, which managed servers have to be told to offer."""
    async with database.session() as session:
        version = await session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
    return passed(f"pgvector {version} is installed") if version else failed("pgvector is missing", *pgvector.remedy)


@check(
    "db.schema",
    title="The schema is that of this version",
    symptom="API and worker refuse to start and name a migration.",
    remedy=("Run: codemiectl migrate",),
    faq=("F53",),
    needs=("db.reachable",),
)
async def schema(database: Database) -> Finding:
    """The program was upgraded and the database was not, or a newer version has already changed the database."""
    try:
        async with database.session() as session:
            await migration.refuse_unmigrated(session)
    except CodeMieError as error:
        return failed(f"{error.message}. {error.details or ''}".strip(), *schema.remedy)
    return passed("No migration is missing")


@check(
    "db.writable",
    title="The database takes changes",
    symptom="Everything can be read and nothing saved; chats end with an error.",
    remedy=(
        "Let CODEMIE_DATABASE_URL name the primary server, not a replica",
        "If the server was made read-only: ALTER DATABASE … RESET default_transaction_read_only",
    ),
    needs=("db.reachable",),
)
async def writable(database: Database) -> Finding:
    """The address leads to a replica, a failover has left the old primary, or somebody made the database read-only."""
    async with database.session() as session:
        replica = await session.scalar(text("SELECT pg_is_in_recovery()"))
        read_only = await session.scalar(text("SHOW transaction_read_only"))
    if replica:
        return failed("The server is a replica", *writable.remedy)
    if read_only == "on":
        return failed("Transactions are read-only", *writable.remedy, default_transaction_read_only="on")
    return passed("Transactions may write")


_ROLE = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")


@check(
    "db.role",
    title="The platform's role is bound by row-level security",
    symptom="None, until a mistake in a query shows somebody the data of others.",
    remedy=(
        "Use a role of its own: CREATE ROLE codemie LOGIN PASSWORD …; ALTER DATABASE … OWNER TO codemie",
        "Take the rights away: ALTER ROLE … NOSUPERUSER NOBYPASSRLS",
    ),
    needs=("db.reachable",),
)
async def role(database: Database, installation: Installation) -> Finding:
    """A superuser, or a role with BYPASSRLS, passes the wall that keeps the rows of tenants apart.

    While somebody tries the platform out this is a warning; in production it is a failure.
    """
    async with database.session() as session:
        name, is_super, bypasses = (await session.execute(_ROLE)).one()
    if not (is_super or bypasses):
        return passed(f"{name} is neither superuser nor may it bypass row-level security", role=name)
    judged = failed if installation.is_production else warned
    return judged(
        f"{name} {'is a superuser' if is_super else 'may bypass row-level security'}", *role.remedy, role=name
    )


_UNGUARDED = text(
    "SELECT c.relname FROM pg_class c WHERE EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)"
    " AND NOT (c.relrowsecurity AND (c.relforcerowsecurity OR pg_get_userbyid(c.relowner) <> current_user))"
    " ORDER BY 1"
)


@check(
    "db.row_security",
    title="Row-level security is on where there are policies",
    symptom="None, until a mistake in a query shows somebody the data of others.",
    remedy=("Switch it on: ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",),
    needs=("db.schema",),
)
async def row_security(database: Database) -> Finding:
    """Somebody switched the wall off to look for a mistake or to copy data, and did not switch it on again."""
    async with database.session() as session:
        open_tables = list(await session.scalars(_UNGUARDED))
    if open_tables:
        return failed(f"It is off for {', '.join(open_tables)}", *row_security.remedy, tables=", ".join(open_tables))
    return passed("Every table with policies is guarded")


CHECKS = (reachable, pgvector, schema, writable, role, row_security)
