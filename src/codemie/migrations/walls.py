"""The SQL of row-level security, for migrations: one call a new table.

What a transaction may touch stands in settings of that transaction (``kernel/row_security.py``). The functions below,
made by migration 0009, read them. Migrations that ran must not change, so neither must what these texts say: a new kind
of wall is a new function.
"""

FUNCTIONS = """
CREATE FUNCTION codemie_sees_all_projects() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(current_setting('codemie.scope', true), '') IN ('system', 'all projects') $$;
CREATE FUNCTION codemie_projects() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('codemie.projects', true), '')::text[] $$;
CREATE FUNCTION codemie_token_projects() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('codemie.token_projects', true), '')::text[] $$;
CREATE FUNCTION codemie_market() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(coalesce(nullif(current_setting('codemie.market', true), ''), '{}'), 'open')::text[] $$;
"""

CONVERSATION_OWNER = """
-- The one fact that is told across the wall: the protocol tells a stranger's conversation from one that is not there.
CREATE FUNCTION codemie_conversation_owner(wanted text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    scope text := coalesce(current_setting('codemie.scope', true), '');
    owner text;
BEGIN
    PERFORM set_config('codemie.scope', 'system', true);
    SELECT user_id INTO owner FROM conversations WHERE id = wanted;
    PERFORM set_config('codemie.scope', scope, true);
    RETURN owner;
END
$$;
"""

GUARDS = """
-- Told across the wall: a guardrail also guards those who may use a published assistant, but not see its project. What
-- stands guard over nothing is NULL.
CREATE FUNCTION codemie_guards(in_project text, kind text, entity text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    scope text := coalesce(current_setting('codemie.scope', true), '');
    found jsonb;
BEGIN
    PERFORM set_config('codemie.scope', 'system', true);
    SELECT jsonb_agg(
        jsonb_build_object('id', g.id, 'name', g.name, 'mode', a.mode, 'source', a.source, 'rules', g.rules)
        ORDER BY g.name, g.id, a.mode, a.source)
    INTO found
    FROM guardrail_assignments a JOIN guardrails g ON g.id = a.guardrail_id
    WHERE a.project_id = in_project
      AND (a.entity_type = 'project' OR (a.entity_type = kind AND a.entity_id IN ('', entity)));
    PERFORM set_config('codemie.scope', scope, true);
    RETURN found;
END
$$;
"""

# `(SELECT f())` is computed once a statement, the bare call once a row: arrays are worth the first, which costs every
# statement a little, a look at a setting is not. An array that is NULL limits nothing: hence IS NOT FALSE.
_SYSTEM = "current_setting('codemie.scope', true) = 'system'"
_MINE = "{owner} = current_setting('codemie.user_id', true)"
_MEMBER = "{project} = ANY ((SELECT codemie_projects())::text[])"
_IN_SCOPE = "({project} = ANY ((SELECT codemie_token_projects())::text[])) IS NOT FALSE"
_ON_MARKET = "({project} = ANY ((SELECT codemie_market())::text[])) IS NOT FALSE"
# The same as _IN_SCOPE where few rows are looked at and some are in no project, which is outside every token's.
_PRIVATE_IN_SCOPE = (
    "(current_setting('codemie.token_projects', true) = ''"
    " OR coalesce({project} = ANY (current_setting('codemie.token_projects', true)::text[]), false))"
)


def enclose_project_table(table: str, *, project: str, owner: str) -> str:
    """A row is there for members of its project, its owner, and those who see all projects. No row without project."""
    rule = f"(SELECT codemie_sees_all_projects()) OR ({_IN_SCOPE} AND ({_MINE} OR {_MEMBER}))"
    return _wall(table, rule.format(project=project, owner=owner))


def publish(table: str, *, project: str, published: str) -> str:
    """Beyond that, published rows may be read by whom the marketplace is open to."""
    rule = f"{{published}} AND {_IN_SCOPE} AND {_ON_MARKET}".format(project=project, published=published)
    return f"CREATE POLICY market ON {table} FOR SELECT USING ({rule});"


def grant(table: str, *, resource_type: str) -> str:
    """Beyond that, a row is there for applications it was granted to; what they may do to it is the policy's."""
    rule = (
        "current_setting('codemie.user_id', true) LIKE 'application:%' AND EXISTS (SELECT FROM resource_grants AS g"
        f" WHERE g.resource_type = '{resource_type}' AND g.resource_id = {table}.id"
        " AND g.principal_type = 'application'"
        " AND 'application:' || g.principal_id = current_setting('codemie.user_id', true))"
    )
    return f"CREATE POLICY granted ON {table} USING ({rule}) WITH CHECK ({rule});"


def enclose_private_table(table: str, *, owner: str, project: str | None = None) -> str:
    """A row is there for its owner alone: not even for administrators."""
    rule = f"{_MINE} AND {_PRIVATE_IN_SCOPE}" if project else _MINE
    return _wall(table, f"({rule}) OR {_SYSTEM}".format(project=project, owner=owner))


def enclose_part(table: str, *, of: str, by: str) -> str:
    """A row is there for whom the row is that it belongs to: the wall around the whole holds in the sub-select too."""
    return _wall(table, f"EXISTS (SELECT FROM {of} AS whole WHERE whole.id = {table}.{by}) OR {_SYSTEM}")


def open_up(table: str) -> str:
    """Take the wall down, for downgrades."""
    return f"""
        DROP POLICY IF EXISTS tenant ON {table};
        DROP POLICY IF EXISTS market ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """


def _wall(table: str, rule: str) -> str:
    # FORCE: the platform owns its tables, and owners are let through unless this is said.
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table} USING ({rule}) WITH CHECK ({rule});
    """


def enclose_personal_or_shared(table: str, *, owner: str, project: str, personal: str) -> str:
    """Personal rows are there for their owner alone; the others for members of their project and those who see all."""
    own = f"({personal}) AND {_MINE} AND {_PRIVATE_IN_SCOPE}"
    shared = f"NOT ({personal}) AND ((SELECT codemie_sees_all_projects()) OR ({_IN_SCOPE} AND {_MEMBER}))"
    return _wall(table, f"({own}) OR ({shared}) OR {_SYSTEM}".format(project=project, owner=owner))
