"""Finding passages in one data source, and opening the one a citation names."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.guardrails.guard import let_out
from codemie.identity import policy
from codemie.identity.caller import Caller
from codemie.kernel.errors import CodeMieError, NotFound
from codemie.knowledge import repository, search, service, tools
from codemie.knowledge.runtime import Knowledge
from codemie.knowledge.schemas import FoundPassage, Passage, SearchAnswer, SearchRequest


async def read(session: AsyncSession, caller: Caller, source_id: str, chunk_id: str) -> Passage:
    """A passage with what stands before and after it. Raises NotFound, also after a re-index changed its text."""
    source = await service.get(session, caller, source_id)
    found = (
        None if source.live_generation is None else await repository.passage(session, source.live_generation, chunk_id)
    )
    if found is None:
        raise NotFound(
            "Passage not found",
            details="The data source has been indexed anew since, and this passage changed or is gone.",
        )
    chunk, before, after = found
    guards = await repository.guards_over(session, source.id)
    text, before, after = [await let_out(guards, part) for part in (chunk.body, before, after)]
    return Passage(
        chunk_id=chunk.id,
        source=chunk.source,
        title=chunk.title or chunk.symbol,
        page=chunk.page,
        start_line=chunk.start_line,
        end_line=chunk.end_line,
        text=text,
        before=before,
        after=after,
        language=chunk.language,
    )


async def find(
    knowledge: Knowledge, session: AsyncSession, caller: Caller, source_id: str, query: str, top_k: int
) -> list[FoundPassage]:
    """The passages an assistant would be given for a question."""
    source = await service.get(session, caller, source_id)
    knowledge.search_limit.spend(caller.id)
    embedders = knowledge.embedders.known(*await repository.identities(session, [source.id]))
    hits = await search.search(session, embedders, [source.id], query, top_k=top_k)
    return [FoundPassage.model_validate(hit, from_attributes=True) for hit in hits]


async def ask(
    knowledge: Knowledge, session: AsyncSession, caller: Caller, source_id: str, request: SearchRequest
) -> SearchAnswer:
    """What the search tool says; its failures are an answer too, as clients of this route expect."""
    source = await repository.find_unchecked(session, source_id)
    if source is None:
        raise await service.absent(session, source_id, policy.refusal("read", "search"))
    policy.require(caller, "read", repository.resource(source), verb="search")
    knowledge.search_limit.spend(caller.id)
    top_k = request.code_search_params.top_k if request.code_search_params else 10
    tool = tools.search_tool(knowledge.database, knowledge.embedders, source, top_k=top_k)
    try:
        result = await tool.call({"query": request.query})
    except CodeMieError as error:
        return SearchAnswer(error=str(error), metadata={"tool": tool.name})
    metadata = {"tool": tool.name, "citations": [citation.source for citation in result.citations]}
    return SearchAnswer(
        output=None if result.is_error else result.text,
        error=result.text if result.is_error else None,
        metadata=metadata,
    )
