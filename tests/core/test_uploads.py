from hypothesis import given
from hypothesis import strategies as st

from app.core.uploads import FIRST_BUILD, Build, is_build, speaks_for

_names = st.text(min_size=1, max_size=30).filter(lambda one: "\0" not in one)


@given(_names, _names, _names, st.integers(1, 1000))
def test_the_numbers_of_a_build_are_always_the_same_and_none_of_githubs(ci, build, job, attempt):
    one, same = (Build(ci=ci, build=build, job=job) for _ in range(2))
    numbers = {one.run_id, one.workflow_id, one.job_id(attempt)}
    assert numbers == {same.run_id, same.workflow_id, same.job_id(attempt)}
    assert len(numbers) == 3
    assert all(FIRST_BUILD <= number < 10**18 and is_build(number) for number in numbers)


def test_another_build_job_or_attempt_has_another_number():
    own = Build(ci="Jenkins", build="7", job="unit")
    others = [
        Build(ci="Jenkins", build="8", job="unit"),
        Build(ci="Jenkins", build="7", job="web"),
        Build(ci="CircleCI", build="7", job="unit"),
        Build(ci="Jenkins7", build="", job="unit"),
    ]
    assert own.run_id not in {one.run_id for one in others}
    assert own.job_id(1) != own.job_id(2)
    assert own.workflow_id == Build(ci="Jenkins", build="9", job="unit").workflow_id
    assert not is_build(24_000_000_000)


def test_a_ci_system_is_known_by_the_app_that_its_checks_stand_under():
    assert speaks_for("CircleCI", "circleci-checks")
    assert speaks_for("buildkite", "buildkite")
    assert not speaks_for("Jenkins", "buildkite")
    assert not speaks_for("-", "buildkite")
