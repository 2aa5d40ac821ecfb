"""Where Confluence is, from what people type."""

import pytest

from codemie.integrations.atlassian import wiki_address


@pytest.mark.parametrize(
    ("url", "said", "found"),
    [
        ("https://team.atlassian.net", None, "https://team.atlassian.net/wiki"),
        ("https://team.atlassian.net/", False, "https://team.atlassian.net/wiki"),
        ("https://team.atlassian.net/wiki/", True, "https://team.atlassian.net/wiki"),
        ("https://wiki.example.com", "true", "https://wiki.example.com/wiki"),
        ("https://wiki.example.com/confluence/", False, "https://wiki.example.com/confluence"),
        ("https://atlassian.net.evil.example", False, "https://atlassian.net.evil.example"),
        ("http://[", False, "http://["),
    ],
)
def test_the_cloud_is_known_by_its_name_or_by_what_the_integration_says(url: str, said: object, found: str) -> None:
    assert wiki_address({"url": url, "is_cloud": said}) == found
