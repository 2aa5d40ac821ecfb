"""The toolkits of planning, testing and writing in Azure DevOps, with all of their tools."""

from codemie.toolkits.azure_devops import (
    test_plans,
    wiki_files,
    wiki_pages,
    wiki_search,
    wiki_talk,
    work_item_fields,
    work_item_links,
    work_item_talk,
)
from codemie.toolkits.toolkit import Toolkit

_MODULES = (
    *(work_item_fields, work_item_links, work_item_talk),
    *(wiki_pages, wiki_files, wiki_search, wiki_talk),
    test_plans,
)
toolkits: tuple[Toolkit, ...] = tuple(dict.fromkeys(module.toolkit for module in _MODULES))
"""Each once, though several modules declare its tools."""
