"""What the working process counts of its talk with GitHub."""

import pytest
from prometheus_client import REGISTRY

from app.cli.working import _count_request
from app.metrics import KEY_REFUSED

TOKEN = "POST /app/installations/{installation_id}/access_tokens"


@pytest.mark.parametrize(
    ("route", "status", "is_refused"),
    [(TOKEN, 201, 0), (TOKEN, 401, 1), (TOKEN, 0, 1), ("GET /repos/{owner}/{repo}", 200, 1)],
    ids=["a token was sold", "refused again", "nobody answered", "an older token is still good"],
)
def test_a_key_counts_as_refused_until_github_sells_a_token_for_it(route, status, is_refused):
    KEY_REFUSED.set(1)
    _count_request(route, status)
    assert REGISTRY.get_sample_value("flakeguard_key_refused") == is_refused
