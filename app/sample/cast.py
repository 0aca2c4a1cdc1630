"""Who plays in the sample: three repositories, six kinds of test, and the words in which they fail."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from app.core.model import CaseName


class Kind(StrEnum):
    """How a test behaves in the sample."""

    STABLE = "stable"
    MILDLY_FLAKY = "mildly flaky"
    HIGHLY_FLAKY = "highly flaky"
    REGRESSION = "regression"
    RETRIED_ONCE = "retried once"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One test. `line` is where its failures are; `usual_ms` its usual duration in milliseconds."""

    kind: Kind
    case: CaseName
    file: str
    line: int
    usual_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One repository of the sample, the two people who answer there, and its tests. `external_id` is no id of GitHub's."""

    external_id: int
    owner: str
    name: str
    runner: str
    people: tuple[str, str]
    players: tuple[Player, ...]

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def of(self, *kinds: Kind) -> list[Player]:
        return [one for one in self.players if one.kind in kinds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a failing execution says."""

    message: str
    stack_trace: str


OUTAGE_MESSAGE = "getaddrinfo ENOTFOUND payments.acme-corp.example"
OUTAGE_NAME = "a name could not be resolved"
PAGES = 20
"""Smoke tests of a nightly run: as many as an attempt needs before it can count as failed as a whole."""


def failure_of(player: Player, stage: Stage, chance: Random) -> Failure:
    """Return what the test says when it fails: the same cause in other numbers each time."""
    match player.kind:
        case Kind.MILDLY_FLAKY:
            message = f"TimeoutError: POST /v1/orders timed out after {chance.choice((5000, 5001, 5003))} ms"
        case Kind.HIGHLY_FLAKY if chance.random() < 0.75:
            message = f"RaceError: expected 2 committed rows but found 1, transaction {chance.randrange(10_000, 99_999)} was lost"
        case Kind.HIGHLY_FLAKY:
            message = (
                f"DeadlockError: process {chance.randrange(1_000, 9_999)} waits for a lock that its own writer holds"
            )
        case Kind.REGRESSION:
            message = "AssertionError: expected total 10.40 but was 10.39"
        case Kind.RETRIED_ONCE:
            message = f"NetworkError: connection reset by peer after {chance.randrange(200, 900)} ms"
        case Kind.STABLE | Kind.OUTAGE:
            return outage_of(stage)
    return Failure(message=message, stack_trace=_trace(player, stage, message))


def outage_of(stage: Stage) -> Failure:
    """Return what every test says while the name of a shared service cannot be resolved: all of them in one client."""
    return Failure(message=OUTAGE_MESSAGE, stack_trace=_trace(_CLIENT, stage, OUTAGE_MESSAGE))


def _trace(player: Player, stage: Stage, message: str) -> str:
    name, file = player.case, player.file
    match stage.runner:
        case "jest":
            return f"{message}\n    at {name.name} ({file}:{player.line}:17)\n    at processTicks (node:internal/process:95:5)"
        case "pytest":
            return f'Traceback (most recent call last):\n  File "{file}", line {player.line}, in {name.name}\n    check()\n{message}'
        case _:
            short = file.rpartition("/")[2]
            return f"{message}\n\tat com.acme.{name.class_name}.{name.name}({short}:{player.line})"


_CLIENT = Player(
    kind=Kind.OUTAGE,
    case=CaseName(suite="", class_name="PaymentClient", name="connect"),
    file="src/payments/PaymentClient",
    line=31,
    usual_ms=0,
)


def _stage(number: int, name: str, runner: str, people: tuple[str, str], own: tuple[str, str], place: str) -> Stage:
    """Set a stage: three tests have the same names everywhere, `own` names the regression and the one that was retried."""
    named = [
        (Kind.STABLE, "AuthService.should_validate_jwt_token", 40),
        (Kind.MILDLY_FLAKY, "ApiIntegration.should_handle_timeout", 1_900),
        (Kind.HIGHLY_FLAKY, "DatabaseConnection.should_handle_concurrent_writes", 850),
        (Kind.REGRESSION, own[0], 15),
        (Kind.RETRIED_ONCE, own[1], 320),
    ]
    named += [(Kind.OUTAGE, f"PaymentGateway.should_answer_page[{page}]", 600) for page in range(1, PAGES + 1)]
    return Stage(
        external_id=990_000_000_000 + number,
        owner="acme-corp",
        name=name,
        runner=runner,
        people=people,
        players=tuple(_player(kind, called, usual_ms, place) for kind, called, usual_ms in named),
    )


def _player(kind: Kind, called: str, usual_ms: int, place: str) -> Player:
    class_name, _, name = called.partition(".")
    return Player(
        kind=kind,
        case=CaseName(suite="", class_name=class_name, name=name),
        file=place.format(class_name),
        line=20 + len(name),
        usual_ms=usual_ms,
    )


STAGES = (
    _stage(
        1,
        "web-app",
        "jest",
        ("maria", "tom"),
        ("CartTotals.should_round_half_up", "SearchBox.should_suggest_while_typing"),
        "tests/{}.test.ts",
    ),
    _stage(
        2,
        "api-service",
        "pytest",
        ("amina", "jonas"),
        ("InvoiceTotals.should_round_half_up", "WebhookSender.should_deliver_once"),
        "tests/integration/{}.py",
    ),
    _stage(
        3,
        "mobile-app",
        "junit",
        ("yuki", "pedro"),
        ("PriceLabel.should_round_half_up", "PushInbox.should_show_newest_first"),
        "app/src/androidTest/java/com/acme/{}.kt",
    ),
)
