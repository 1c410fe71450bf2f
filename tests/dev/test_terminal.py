import pytest

from gateway.dev.terminal import welcome

URL = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, ["/api/mocs", "/docs", "/graphql", "/health"]),
        ({"ENVIRONMENT": "production"}, ["/api/mocs", "/openapi.json", "/graphql (without GraphiQL)", "/health"]),
    ],
    ids=["on a laptop", "as in production"],
)
def test_what_is_served_is_told(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], told: list[str]
) -> None:
    welcome(URL, environment, None)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(URL)[2] for line in lines if URL in line] == told
