from app.core.logs import read_log

FEATURE = """\
Feature: Sums

  Scenario: adds             # features/sums.feature:3
    Given a one              # features/step_definitions/sums.rb:1
    Then there is a two      # features/step_definitions/sums.rb:5
      expected: 2
           got: 1 (RSpec::Expectations::ExpectationNotMetError)
      ./features/step_definitions/sums.rb:6:in `/^there is a two$/'
      features/sums.feature:5:in `Then there is a two'

"""
STEPS = "3 steps (1 failed, 1 skipped, 1 passed)\n0m0.026s\n"


def told(log):
    return [(one.class_name, one.name, one.outcome.value) for one in log.results]


def test_the_list_of_cucumber_of_ruby_names_what_failed():
    log = read_log(
        f"""{FEATURE}Failing Scenarios:
cucumber -p ci features/sums.feature:3 # Scenario: adds
cucumber features/sums.feature:9 # Scenario Outline: takes: one, Examples (#2)
cucumber features/sums.feature:20

4 scenarios (3 failed, 1 passed)
{STEPS}""".encode()
    )
    assert told(log) == [
        ("features/sums.feature", "adds", "failed"),
        ("features/sums.feature", "takes: one, Examples (#2)", "failed"),
        ("features/sums.feature", "features/sums.feature:20", "failed"),
    ]
    assert (log.runner, log.complete, log.unnamed_passes) == ("cucumber", True, 1)
    assert log.results[0].message.startswith("expected: 2\ngot: 1")
    assert log.results[0].file == "features/sums.feature"


def test_a_flaky_scenario_failed_and_then_passed():
    log = read_log(b"""Flaky Scenarios:
cucumber features/sums.feature:3 # Scenario: adds

2 scenarios (1 flaky, 1 passed)
""")
    assert told(log) == [
        ("features/sums.feature", "adds", "failed"),
        ("features/sums.feature", "adds", "passed"),
    ]


JAVA = """\
Failed scenarios:
classpath:sums/sums.feature:4 # adds: a one
file:///w/src/test/resources/takes.feature:3# Scenario: takes

3 Scenarios (2 failed, 1 passed)
9 Steps (2 failed, 7 passed)
0m0.404s
"""


def test_the_list_of_cucumber_of_java_names_what_failed():
    log = read_log(JAVA.encode())
    assert told(log) == [
        ("sums/sums.feature", "adds: a one", "failed"),
        ("/w/src/test/resources/takes.feature", "takes", "failed"),
    ]


def test_what_a_build_tool_tells_of_the_same_scenarios_is_enough():
    surefire = (
        "[ERROR] Tests run: 1, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.5 s <<< FAILURE! - in a.RunTest\n"
    )
    assert read_log(f"{JAVA}{surefire}".encode()).results == ()
    gradle = read_log(f"> Task :test\n\n{JAVA}\nSums > adds: a one FAILED\n    java.lang.AssertionError\n".encode())
    assert told(gradle) == [("Sums", "adds: a one", "failed")]


def test_blocks_of_cucumber_js_tell_of_every_try():
    log = read_log(
        """F-F-

Failures:

1) Scenario: adds (attempt 2) # features/sums.feature:3
   ✔ Given a one # features/steps.js:4
   ✖ Then there is a two # features/steps.js:8
       Error: no

2) Scenario: takes - features/takes.feature:2
   Step: Given a step - features/takes.feature:3

Warnings:

1) Scenario: adds (attempt 1, retried) # features/sums.feature:3
   ✖ Then there is a two # features/steps.js:8
       Error: no

2) Scenario: shows (attempt 1, retried) # features/shows.feature:6
   ✖ Given a flaky step # features/steps.js:9
       Error: error

3) Scenario: waits # features/waits.feature:6
   ? Given an undefined step

5 scenarios (2 failed, 1 undefined, 2 passed)
9 steps (1 failed, 1 skipped, 7 passed)
""".encode()
    )
    assert told(log) == [
        ("features/sums.feature", "adds", "failed"),
        ("features/takes.feature", "takes", "failed"),
        ("features/shows.feature", "shows", "failed"),
        ("features/sums.feature", "adds", "failed"),
        ("features/shows.feature", "shows", "passed"),
    ]
    assert "✖ Then there is a two" in log.results[0].message


def test_behave_has_a_list_with_two_blanks():
    log = read_log(b"""Failing scenarios:
  features/sums.feature:3  adds -- @1.2

Errored scenarios:
  features/takes.feature:4  takes

1 feature passed, 1 failed, 0 skipped
4 scenarios passed, 1 failed, 1 error, 0 skipped
8 steps passed, 2 failed, 0 skipped, 0 undefined
""")
    assert told(log) == [
        ("features/sums.feature", "adds -- @1.2", "failed"),
        ("features/takes.feature", "takes", "error"),
    ]
    assert (log.complete, log.unnamed_passes) == (True, 4)


def test_behats_list_has_places_whose_names_stand_above():
    log = read_log(b"""  Scenario: adds # features/sums.feature:3
    Given a one  # FeatureContext::one()

--- Failed scenarios:

    features/sums.feature:3
    features/takes.feature:4

3 scenarios (1 passed, 2 failed)
""")
    assert told(log) == [
        ("features/sums.feature", "adds", "failed"),
        ("features/takes.feature", "features/takes.feature:4", "failed"),
    ]


def test_failed_steps_stand_below_their_scenario():
    behat = """--- Failed steps:

001 Scenario: adds      # features/sums.feature:3
      Then it does      # features/sums.feature:5
        Failed asserting that 7 matches expected 8.

2 scenarios (1 passed, 1 failed)
"""
    log = read_log(behat.encode())
    assert told(log) == [("features/sums.feature", "adds", "failed")]
    godog = behat.replace("001 Scenario", "  Scenario")
    assert told(read_log(godog.encode())) == told(log)
    own = read_log(f"{godog}--- FAIL: TestFeatures (0.10s)\n    --- FAIL: TestFeatures/adds (0.10s)\nFAIL\n".encode())
    assert [one.name for one in own.results] == ["TestFeatures", "TestFeatures/adds"]


def test_scenarios_that_nobody_listed_are_nobodys():
    assert read_log(b"Failing scenarios:\n- the server is away\n1) Scenario: buy a thing\n").results == ()
