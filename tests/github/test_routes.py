import pytest

from app.github.routes import route


@pytest.mark.attack("paths")
def test_parts_are_quoted_so_that_none_leads_elsewhere():
    made = route("/repos/{owner}/{repo}/labels/{name}", owner="a/b", repo="c?d", name="ü#{x}%2F")
    assert made.path == "/repos/a%2Fb/c%3Fd/labels/%C3%BC%23%7Bx%7D%252F"
    assert made.template == "/repos/{owner}/{repo}/labels/{name}"


def test_a_file_keeps_its_slashes():
    assert route("/contents/{path}", path=".github/CODE OWNERS").path == "/contents/.github/CODE%20OWNERS"


def test_the_query_is_quoted_and_leaves_out_what_is_unknown():
    made = route("/pulls", {"head": "ann:feature/a&b", "state": None, "per_page": 100})
    assert made.path == "/pulls?head=ann%3Afeature%2Fa%26b&per_page=100"


@pytest.mark.attack("paths")
@pytest.mark.parametrize("part", ["", ".", ".."])
def test_a_part_that_would_climb_is_refused(part):
    with pytest.raises(ValueError, match="no part of a path"):
        route("/repos/{owner}", owner=part)


@pytest.mark.attack("paths")
@pytest.mark.parametrize("path", ["a/../b", "/a", "a//b", "a/."])
def test_a_file_that_would_climb_is_refused(path):
    with pytest.raises(ValueError, match="no part of a path"):
        route("/contents/{path}", path=path)
