"""What handlers of areas share: they refuse by raising, and know one project."""

from typing import Any

from aiohttp import web

from tests.fakes.azure_devops.server import PROJECT, refusal


class Refused(Exception):
    """What the service says no to; see ``refusal``."""

    def __init__(self, status: int, message: str, kind: str) -> None:
        super().__init__(message)
        self.answer = refusal(status, message, kind)


def answering(handler: Any) -> Any:
    """The handler with its refusals as answers, and another project than ours refused before."""

    async def handle(request: web.Request) -> web.StreamResponse:
        project = request.match_info.get("project", PROJECT)
        if project != PROJECT:
            return refusal(
                404,
                f"TF200016: The following project does not exist: {project}. Verify that the name of the "
                "project is correct and that the project exists on the specified Azure DevOps Server.",
                "ProjectDoesNotExistWithNameException",
            )
        try:
            answer: web.StreamResponse = await handler(request)
        except Refused as refused:
            return refused.answer
        return answer

    return handle


def need_preview(request: web.Request) -> None:
    """Resources under preview are served to those only who know it.

    Raises:
        Refused: the version that is asked for is no preview.
    """
    version = request.query.get("api-version", "")
    if version and "-preview" not in version:
        raise Refused(
            400,
            f'The requested version "{version}" of the resource is under preview. The -preview flag must be supplied '
            f'in the api-version for such requests. For example: "{version}-preview"',
            "VssInvalidPreviewVersionException",
        )
