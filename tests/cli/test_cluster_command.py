import argparse
import json

import pytest

from app.cli import cluster


def flakeguard(*arguments):
    parser = argparse.ArgumentParser()
    cluster.add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["cluster", *map(str, arguments)])
    return args.run(args)


def failure(number, message, stack_trace=None):
    test = {"suite": "", "class_name": "Cart", "name": "total"}
    return json.dumps({"id": number, "test": test, "message": message, "stack_trace": stack_trace})


@pytest.fixture
def write(tmp_path):
    def to_file(*lines):
        path = tmp_path / "failures.jsonl"
        path.write_text("\n".join(lines) + "\n")
        return path

    return to_file


def test_each_failure_gets_its_signature_and_cluster_in_the_order_of_the_lines(write, capsys):
    path = write(
        failure("b", "waited 30 ms"), failure("a", "refused"), "", failure("c", "waited 7 ms"), failure(4, None)
    )
    assert flakeguard("--json", path) == 0
    b, a, c, alone = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert list(b) == ["id", "signature", "cluster"]
    assert [one["id"] for one in (b, a, c, alone)] == ["b", "a", "c", 4]
    assert b["signature"] == c["signature"] != a["signature"]
    assert b["cluster"] == c["cluster"] != a["cluster"]
    assert alone["signature"] is None


def test_people_get_the_largest_cluster_first_by_its_title(write, capsys):
    path = write(failure(1, "refused"), failure(2, "Error: waited 30 ms"), failure(3, "Error: waited 7 ms"))
    assert flakeguard(path) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.split()[0] == "2"
    assert first.endswith("Error: waited …")
    assert second.endswith("refused")
    assert last == "3 failures, 2 clusters"


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "1",
        '{"message": "x"}',
        '{"id": null}',
        '{"id": 1, "message": 5}',
        '{"id": 1, "message": ["x"]}',
        '{"id": [1]}',
    ],
)
def test_a_line_that_is_no_failure_is_named_and_the_rest_is_grouped(write, capsys, bad):
    path = write(failure(1, "refused"), bad)
    assert flakeguard("--json", path) == 1
    out, err = capsys.readouterr()
    assert [json.loads(text)["id"] for text in out.splitlines()] == [1]
    assert f"{path}:2: " in err


def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path, capsys):
    assert flakeguard("--json", tmp_path / "gone.jsonl") == 2
    assert "gone.jsonl" in capsys.readouterr().err
