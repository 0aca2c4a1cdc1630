from app.core.logs import read_log

RUN = "●●◼✱\n2 successes / 1 failure / 1 error / 0 pending : 0.1 seconds\n\n"
BLOCKS = "Failure → spec/a_spec.lua @ 12\nsums adds\nspec/a_spec.lua:13: Expected objects to be equal.\n\nError → spec/b_spec.lua @ 3\nio reads\nno file\n"


def test_blocks_behind_the_counts_are_the_failures():
    log = read_log((RUN + BLOCKS).encode())
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in log.results] == [
        ("spec/a_spec.lua", "sums adds", "failed", "spec/a_spec.lua:13: Expected objects to be equal."),
        ("spec/b_spec.lua", "io reads", "error", "no file"),
    ]
    assert (log.runner, log.complete) == ("busted", True)


def test_blocks_without_counts_are_nobodys():
    assert read_log(f"x pending : y\n{BLOCKS}".encode()).results == ()
