SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- The data model. Every key of a repository's table begins with repo_id: one repository's rows live together, two
-- repositories never lock each other, and the schema spreads over a distributed PostgreSQL by repo_id unchanged.
-- Times are GitHub's wherever GitHub names one, never the database's clock.

CREATE TYPE fg_provider AS ENUM ('github', 'gitlab');
CREATE TYPE fg_issue_provider AS ENUM ('github', 'jira');
CREATE TYPE fg_outcome AS ENUM ('passed', 'failed', 'error', 'skipped');
CREATE TYPE fg_source AS ENUM ('report', 'log', 'implied');
CREATE TYPE fg_job_source AS ENUM ('report', 'log', 'none');
CREATE TYPE fg_standing AS ENUM ('healthy', 'suspect', 'flaky', 'broken');
CREATE TYPE fg_grade AS ENUM ('E1', 'E2', 'E3', 'E4', 'E5');
CREATE TYPE fg_decision_state AS ENUM ('PROPOSED', 'ACTIVE', 'EXPIRED', 'DISMISSED', 'RESOLVED');
CREATE TYPE fg_cluster_kind AS ENUM ('test', 'infra');

CREATE TABLE fg_installation (
    id bigint PRIMARY KEY,
    account_login text NOT NULL,
    account_type text,
    permissions jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    suspended_at timestamptz,
    deleted_at timestamptz
);
COMMENT ON TABLE fg_installation IS 'One installation of the App on an account. Never deleted: deleted_at says when it ended.';
COMMENT ON COLUMN fg_installation.id IS 'GitHub''s id.';
COMMENT ON COLUMN fg_installation.account_login IS 'Login of the account it is on; follows renames.';
COMMENT ON COLUMN fg_installation.account_type IS 'User or Organization; null until GitHub was asked.';
COMMENT ON COLUMN fg_installation.permissions IS 'Permission name to read or write, as GitHub last told.';
COMMENT ON COLUMN fg_installation.created_at IS 'When we first heard of it.';
COMMENT ON COLUMN fg_installation.updated_at IS 'Time of the newest event that the row follows; an older one changes nothing.';
COMMENT ON COLUMN fg_installation.suspended_at IS 'While set, nothing is asked of GitHub.';
COMMENT ON COLUMN fg_installation.deleted_at IS 'When the App was uninstalled; null while installed.';

CREATE TABLE fg_repository (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider fg_provider NOT NULL DEFAULT 'github',
    external_id bigint NOT NULL,
    owner text NOT NULL,
    name text NOT NULL,
    installation_id bigint REFERENCES fg_installation (id),
    default_branch text NOT NULL DEFAULT 'main',
    is_private boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    removed_at timestamptz,
    policy jsonb,
    policy_sha text,
    policy_path text,
    policy_read_at timestamptz,
    policy_error text,
    backfilled_at timestamptz,
    UNIQUE (provider, external_id)
);
CREATE INDEX fg_repository_installation ON fg_repository (installation_id);
CREATE INDEX fg_repository_full_name ON fg_repository (owner, name);
COMMENT ON TABLE fg_repository IS 'One repository. Its id is ours; names change, so they are no key.';
COMMENT ON COLUMN fg_repository.id IS 'Ours; every other table''s repo_id.';
COMMENT ON COLUMN fg_repository.provider IS 'Where it is hosted.';
COMMENT ON COLUMN fg_repository.external_id IS 'The provider''s id.';
COMMENT ON COLUMN fg_repository.owner IS 'Login of its owner; follows renames.';
COMMENT ON COLUMN fg_repository.name IS 'Its name; follows renames.';
COMMENT ON COLUMN fg_repository.installation_id IS 'Null after the App was removed from it.';
COMMENT ON COLUMN fg_repository.default_branch IS 'As last told; what runs on it speaks for the repository.';
COMMENT ON COLUMN fg_repository.is_private IS 'As last told; true until told otherwise.';
COMMENT ON COLUMN fg_repository.created_at IS 'When we first heard of it.';
COMMENT ON COLUMN fg_repository.archived_at IS 'When it was archived; null while it is not.';
COMMENT ON COLUMN fg_repository.removed_at IS 'When the App lost it; its rows are deleted after a grace period.';
COMMENT ON COLUMN fg_repository.policy IS 'The last good policy, validated and complete; null: the defaults are in force.';
COMMENT ON COLUMN fg_repository.policy_sha IS 'Blob sha of the policy file last read, good or not; null: there is none.';
COMMENT ON COLUMN fg_repository.policy_path IS 'Path of the policy file last read.';
COMMENT ON COLUMN fg_repository.policy_read_at IS 'When the file was last read.';
COMMENT ON COLUMN fg_repository.policy_error IS 'Why the file last read is not in force; null when it is.';
COMMENT ON COLUMN fg_repository.backfilled_at IS 'Start of the oldest run that backfill has read.';

CREATE TABLE fg_delivery (
    guid text PRIMARY KEY,
    event text NOT NULL,
    action text,
    received_at timestamptz NOT NULL,
    processed_at timestamptz
);
CREATE INDEX fg_delivery_received_at ON fg_delivery (received_at);
COMMENT ON TABLE fg_delivery IS 'Webhook deliveries by GUID, so that a repeated one is done once. Pruned after a week.';
COMMENT ON COLUMN fg_delivery.guid IS 'X-GitHub-Delivery: the same for every redelivery.';
COMMENT ON COLUMN fg_delivery.event IS 'X-GitHub-Event.';
COMMENT ON COLUMN fg_delivery.action IS 'The payload''s action; null where it has none.';
COMMENT ON COLUMN fg_delivery.received_at IS 'When it was first received.';
COMMENT ON COLUMN fg_delivery.processed_at IS 'When its job was done; null: a redelivery must run again.';

CREATE TABLE fg_workflow_run (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    run_id bigint NOT NULL,
    run_attempt integer NOT NULL CHECK (run_attempt > 0),
    workflow_id bigint NOT NULL,
    workflow_name text NOT NULL,
    event text NOT NULL,
    head_branch text,
    head_sha text NOT NULL,
    base_sha text,
    tree_sha text,
    head_repository text,
    pull_number integer,
    status text NOT NULL,
    conclusion text,
    run_started_at timestamptz NOT NULL,
    completed_at timestamptz,
    ingested_at timestamptz,
    ingest_note text,
    tests integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    is_infra boolean NOT NULL DEFAULT false,
    html_url text NOT NULL,
    PRIMARY KEY (repo_id, id),
    UNIQUE (repo_id, run_id, run_attempt)
);
CREATE INDEX fg_workflow_run_head ON fg_workflow_run (repo_id, head_sha);
CREATE INDEX fg_workflow_run_started ON fg_workflow_run (repo_id, run_started_at);
COMMENT ON TABLE fg_workflow_run IS 'One attempt of one workflow run. Deleted with its repository only.';
COMMENT ON COLUMN fg_workflow_run.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_workflow_run.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_workflow_run.run_id IS 'The provider''s id, the same for all attempts.';
COMMENT ON COLUMN fg_workflow_run.run_attempt IS 'Counts the re-runs of a run, from 1.';
COMMENT ON COLUMN fg_workflow_run.workflow_id IS 'The provider''s id of the workflow: jobs of the same name in two workflows are not the same job.';
COMMENT ON COLUMN fg_workflow_run.workflow_name IS 'For people.';
COMMENT ON COLUMN fg_workflow_run.event IS 'What started it: push, pull_request, …; an open set.';
COMMENT ON COLUMN fg_workflow_run.head_branch IS 'Branch of the head commit; a fork may name its own like our default one.';
COMMENT ON COLUMN fg_workflow_run.head_sha IS 'The commit that was tested.';
COMMENT ON COLUMN fg_workflow_run.base_sha IS 'Tip of the base branch that a pull request run merged with; null where unknown.';
COMMENT ON COLUMN fg_workflow_run.tree_sha IS 'Git tree of the head commit: equal trees are equal code.';
COMMENT ON COLUMN fg_workflow_run.head_repository IS 'owner/name that the head commit came from; another one than ours is a fork.';
COMMENT ON COLUMN fg_workflow_run.pull_number IS 'The pull request that it ran for; null for a branch, and where GitHub names none.';
COMMENT ON COLUMN fg_workflow_run.status IS 'GitHub''s word: queued, in_progress, completed, …; an open set.';
COMMENT ON COLUMN fg_workflow_run.conclusion IS 'GitHub''s word: success, failure, cancelled, …; an open set, null until completed.';
COMMENT ON COLUMN fg_workflow_run.run_started_at IS 'Start of this attempt, not of the run.';
COMMENT ON COLUMN fg_workflow_run.completed_at IS 'End of its last job; null until completed.';
COMMENT ON COLUMN fg_workflow_run.ingested_at IS 'When its results were stored; null: still to be read.';
COMMENT ON COLUMN fg_workflow_run.ingest_note IS 'What could not be read, for people; null: everything was.';
COMMENT ON COLUMN fg_workflow_run.tests IS 'Distinct tests, skipped ones included.';
COMMENT ON COLUMN fg_workflow_run.failures IS 'Distinct tests with a failed or error outcome that no pass in the same attempt follows.';
COMMENT ON COLUMN fg_workflow_run.is_infra IS 'The attempt failed as a whole: its failures say nothing about any test.';
COMMENT ON COLUMN fg_workflow_run.html_url IS 'Its page.';

CREATE TABLE fg_job (
    repo_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    workflow_run bigint NOT NULL,
    job_id bigint NOT NULL,
    name text NOT NULL,
    variant text NOT NULL,
    status text NOT NULL,
    conclusion text,
    failed_step text,
    started_at timestamptz,
    completed_at timestamptz,
    source fg_job_source NOT NULL DEFAULT 'none',
    tests integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    is_complete boolean NOT NULL DEFAULT false,
    note text,
    infra text,
    html_url text,
    PRIMARY KEY (repo_id, id),
    UNIQUE (repo_id, job_id),
    FOREIGN KEY (repo_id, workflow_run) REFERENCES fg_workflow_run (repo_id, id) ON DELETE CASCADE
);
CREATE INDEX fg_job_run ON fg_job (repo_id, workflow_run);
CREATE INDEX fg_job_variant ON fg_job (repo_id, variant, id);
COMMENT ON TABLE fg_job IS 'One job of one attempt. A report that belongs to no job has a pseudo-job: its job_id is minus the artifact''s id.';
COMMENT ON COLUMN fg_job.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_job.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_job.workflow_run IS 'The attempt that it is part of.';
COMMENT ON COLUMN fg_job.job_id IS 'The provider''s id; negative for a pseudo-job.';
COMMENT ON COLUMN fg_job.name IS 'As the provider names it.';
COMMENT ON COLUMN fg_job.variant IS 'Job name with its matrix values, or the artifact''s name of a pseudo-job.';
COMMENT ON COLUMN fg_job.status IS 'GitHub''s word: queued, in_progress, completed, …; an open set.';
COMMENT ON COLUMN fg_job.conclusion IS 'GitHub''s word: success, failure, cancelled, …; an open set, null until completed.';
COMMENT ON COLUMN fg_job.failed_step IS 'Name of the first step that failed.';
COMMENT ON COLUMN fg_job.started_at IS 'Start of the job; null until it has started.';
COMMENT ON COLUMN fg_job.completed_at IS 'End of the job; null until completed.';
COMMENT ON COLUMN fg_job.source IS 'Where its results were read.';
COMMENT ON COLUMN fg_job.tests IS 'Distinct tests, skipped ones included, retries not.';
COMMENT ON COLUMN fg_job.failures IS 'Distinct tests whose last execution failed.';
COMMENT ON COLUMN fg_job.is_complete IS 'The results were read whole: no repair, no early stop. What the trailing median says is judged later.';
COMMENT ON COLUMN fg_job.note IS 'What could not be read or stopped early, for people.';
COMMENT ON COLUMN fg_job.infra IS 'Name of the infrastructure failure that its log shows.';
COMMENT ON COLUMN fg_job.html_url IS 'Its page; null for a pseudo-job.';

CREATE TABLE fg_test_case (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    suite text NOT NULL,
    class_name text NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    file text,
    line integer,
    owner_team text,
    renamed_to bigint,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, id),
    UNIQUE (repo_id, suite, class_name, name),
    FOREIGN KEY (repo_id, renamed_to) REFERENCES fg_test_case (repo_id, id)
);
CREATE INDEX fg_test_case_renamed_to ON fg_test_case (repo_id, renamed_to) WHERE renamed_to IS NOT NULL;
COMMENT ON TABLE fg_test_case IS 'One test by its normalised name. Deleted with its repository only.';
COMMENT ON COLUMN fg_test_case.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_test_case.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_test_case.suite IS 'Empty where the report names none.';
COMMENT ON COLUMN fg_test_case.class_name IS 'Empty where the report names none.';
COMMENT ON COLUMN fg_test_case.name IS 'Name within its class, parameters included.';
COMMENT ON COLUMN fg_test_case.file IS 'Path in the repository, as last seen.';
COMMENT ON COLUMN fg_test_case.line IS 'Line in the file, as last seen.';
COMMENT ON COLUMN fg_test_case.owner_team IS 'Owner by CODEOWNERS.';
COMMENT ON COLUMN fg_test_case.renamed_to IS 'The test that this one became.';
COMMENT ON COLUMN fg_test_case.first_seen_at IS 'Start of the oldest attempt that ran it, to within a day.';
COMMENT ON COLUMN fg_test_case.last_seen_at IS 'Start of the newest attempt that ran it, to within a day.';

-- One foreign key, since each costs a COPY as much again: to the job, and through it to the run. The primary key finds
-- a job's rows, so that deleting a repository needs no index of its own.
CREATE TABLE fg_occurrence (
    repo_id bigint NOT NULL,
    workflow_run bigint NOT NULL,
    job bigint NOT NULL,
    test_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal > 0),
    duration_ms integer CHECK (duration_ms >= 0),
    line integer,
    outcome fg_outcome NOT NULL,
    source fg_source NOT NULL,
    failure_message text,
    failure_stack_trace text,
    failure_msg_signature text,
    failure_loose_signature text,
    failure_stack_digest text,
    PRIMARY KEY (repo_id, job, test_id, ordinal, created_at),
    FOREIGN KEY (repo_id, job) REFERENCES fg_job (repo_id, id) ON DELETE CASCADE
) PARTITION BY RANGE (created_at);
CREATE INDEX fg_occurrence_test ON fg_occurrence (repo_id, test_id, created_at);
CREATE INDEX fg_occurrence_signature ON fg_occurrence (repo_id, failure_msg_signature) WHERE failure_msg_signature IS NOT NULL;
CREATE INDEX fg_occurrence_run ON fg_occurrence (repo_id, workflow_run) WHERE outcome IN ('failed', 'error');
COMMENT ON TABLE fg_occurrence IS 'One execution of one test, partitioned by month. Dropped by the month when retention says so.';
COMMENT ON COLUMN fg_occurrence.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_occurrence.workflow_run IS 'The attempt, which is the job''s.';
COMMENT ON COLUMN fg_occurrence.job IS 'The job that ran it, or the pseudo-job of its report; carries the row away when it is deleted.';
COMMENT ON COLUMN fg_occurrence.test_id IS 'The test; unchecked, since a second foreign key would cost each COPY as much again.';
COMMENT ON COLUMN fg_occurrence.created_at IS 'Start of the attempt, not the time of writing: a redelivery lands on the same key.';
COMMENT ON COLUMN fg_occurrence.ordinal IS 'Counts the executions of the test within the job, from 1.';
COMMENT ON COLUMN fg_occurrence.duration_ms IS 'Milliseconds; null where unknown.';
COMMENT ON COLUMN fg_occurrence.line IS 'Line of the failure in the job''s log or the test''s file.';
COMMENT ON COLUMN fg_occurrence.outcome IS 'How it ended.';
COMMENT ON COLUMN fg_occurrence.source IS 'Where it was read; implied: a complete log proves the pass by not naming the test.';
COMMENT ON COLUMN fg_occurrence.failure_message IS 'As the report or log says it, shortened; null unless it failed.';
COMMENT ON COLUMN fg_occurrence.failure_stack_trace IS 'As the report or log says it, shortened; null where there is none.';
COMMENT ON COLUMN fg_occurrence.failure_msg_signature IS 'Strict signature (MD5 in hex) of the normalised failure; failures that share it are a cluster.';
COMMENT ON COLUMN fg_occurrence.failure_loose_signature IS 'Signature of the message alone: "the same failure" for an excuse.';
COMMENT ON COLUMN fg_occurrence.failure_stack_digest IS 'Signature of the project''s own stack frames.';

CREATE TABLE fg_flake_score (
    repo_id bigint NOT NULL,
    test_id bigint NOT NULL,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    flake_rate double precision NOT NULL CHECK (flake_rate BETWEEN 0 AND 1),
    low double precision NOT NULL,
    high double precision NOT NULL,
    standing fg_standing NOT NULL,
    window_n integer NOT NULL,
    runs integer NOT NULL,
    failures integer NOT NULL,
    e1 integer NOT NULL DEFAULT 0,
    e2 integer NOT NULL DEFAULT 0,
    e3 integer NOT NULL DEFAULT 0,
    e4 integer NOT NULL DEFAULT 0,
    e5 integer NOT NULL DEFAULT 0,
    last_flake_at timestamptz,
    passes_since_flake integer NOT NULL DEFAULT 0,
    passes_needed integer NOT NULL DEFAULT 0,
    broken_since text,
    scorer_version integer NOT NULL,
    last_updated_at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, test_id),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE
);
CREATE INDEX fg_flake_score_rank ON fg_flake_score (repo_id, score DESC);
COMMENT ON TABLE fg_flake_score IS 'What we think of a test now. A test without a row never failed in its window: healthy, score 0.';
COMMENT ON COLUMN fg_flake_score.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_flake_score.test_id IS 'The test.';
COMMENT ON COLUMN fg_flake_score.score IS '0..1: how sure we are that it is flaky.';
COMMENT ON COLUMN fg_flake_score.flake_rate IS 'Share of the window''s runs in which it flaked; low and high bound it at 90 %.';
COMMENT ON COLUMN fg_flake_score.low IS 'Lower end of the 90 % interval of flake_rate.';
COMMENT ON COLUMN fg_flake_score.high IS 'Upper end of the 90 % interval of flake_rate.';
COMMENT ON COLUMN fg_flake_score.standing IS 'Where the test stands with us.';
COMMENT ON COLUMN fg_flake_score.window_n IS 'Window size that it was computed with.';
COMMENT ON COLUMN fg_flake_score.runs IS 'Runs of the test in the window.';
COMMENT ON COLUMN fg_flake_score.failures IS 'Runs of the window in which it failed.';
COMMENT ON COLUMN fg_flake_score.e1 IS 'Pieces of evidence of grade E1.';
COMMENT ON COLUMN fg_flake_score.e2 IS 'Pieces of evidence of grade E2.';
COMMENT ON COLUMN fg_flake_score.e3 IS 'Pieces of evidence of grade E3.';
COMMENT ON COLUMN fg_flake_score.e4 IS 'Pieces of evidence of grade E4.';
COMMENT ON COLUMN fg_flake_score.e5 IS 'Pieces of evidence of grade E5.';
COMMENT ON COLUMN fg_flake_score.last_flake_at IS 'Start of the newest attempt in which it flaked; null: never in the window.';
COMMENT ON COLUMN fg_flake_score.passes_since_flake IS 'Passes in a row since.';
COMMENT ON COLUMN fg_flake_score.passes_needed IS 'Fresh passes that would lead out of quarantine.';
COMMENT ON COLUMN fg_flake_score.broken_since IS 'Head sha of the first failing commit of a broken test.';
COMMENT ON COLUMN fg_flake_score.scorer_version IS 'Version of the rules that made the score.';
COMMENT ON COLUMN fg_flake_score.last_updated_at IS 'Start of the newest attempt that it saw: event time, so recomputing gives the same bytes.';

CREATE TABLE fg_evidence (
    repo_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    test_id bigint NOT NULL,
    grade fg_grade NOT NULL,
    weight double precision NOT NULL,
    at timestamptz NOT NULL,
    age integer NOT NULL,
    head_sha text NOT NULL,
    pull_number integer,
    from_fork boolean NOT NULL,
    loose_signature text,
    failed_run_id bigint NOT NULL,
    failed_run_attempt integer NOT NULL,
    failed_job text NOT NULL,
    failed_ordinal integer NOT NULL,
    passed_run_id bigint,
    passed_run_attempt integer,
    passed_job text,
    passed_ordinal integer,
    PRIMARY KEY (repo_id, id),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE
);
CREATE INDEX fg_evidence_test ON fg_evidence (repo_id, test_id, at);
COMMENT ON TABLE fg_evidence IS 'The pairs of executions that a score is made of. Replaced whenever the test is scored.';
COMMENT ON COLUMN fg_evidence.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_evidence.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_evidence.test_id IS 'The test.';
COMMENT ON COLUMN fg_evidence.grade IS 'E1 is the strongest; E1 to E3 prove, E4 and E5 suggest.';
COMMENT ON COLUMN fg_evidence.weight IS 'The grade''s own weight, before it decays with age.';
COMMENT ON COLUMN fg_evidence.at IS 'Start of the failing attempt.';
COMMENT ON COLUMN fg_evidence.age IS 'Runs of the test since.';
COMMENT ON COLUMN fg_evidence.head_sha IS 'Commit of the failing attempt.';
COMMENT ON COLUMN fg_evidence.pull_number IS 'Pull request of the failing attempt; null for a branch.';
COMMENT ON COLUMN fg_evidence.from_fork IS 'The failure was seen in another repository''s code.';
COMMENT ON COLUMN fg_evidence.loose_signature IS 'Signature of the failure''s message; null where it has none.';
COMMENT ON COLUMN fg_evidence.failed_run_id IS 'The provider''s id of the failing run.';
COMMENT ON COLUMN fg_evidence.failed_run_attempt IS 'Its attempt.';
COMMENT ON COLUMN fg_evidence.failed_job IS 'Its job''s variant.';
COMMENT ON COLUMN fg_evidence.failed_ordinal IS 'Ordinal of the failing execution.';
COMMENT ON COLUMN fg_evidence.passed_run_id IS 'The provider''s id of the passing run; null, as the next three, where the grade needs no pass.';
COMMENT ON COLUMN fg_evidence.passed_run_attempt IS 'Its attempt.';
COMMENT ON COLUMN fg_evidence.passed_job IS 'Its job''s variant.';
COMMENT ON COLUMN fg_evidence.passed_ordinal IS 'Ordinal of the passing execution.';

CREATE TABLE fg_proof (
    repo_id bigint NOT NULL,
    test_id bigint NOT NULL,
    loose_signature text NOT NULL,
    pull_number integer NOT NULL DEFAULT 0,
    proven_at timestamptz NOT NULL,
    accepted_by text,
    PRIMARY KEY (repo_id, test_id, loose_signature, pull_number),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE fg_proof IS 'Ways in which a test has been proven to flake, kept after the evidence left the window: only these failures are ever excused.';
COMMENT ON COLUMN fg_proof.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_proof.test_id IS 'The test.';
COMMENT ON COLUMN fg_proof.loose_signature IS 'Signature of the failure''s message.';
COMMENT ON COLUMN fg_proof.pull_number IS 'The pull request whose own runs gave the proof (it never excuses itself); 0: a branch of the repository.';
COMMENT ON COLUMN fg_proof.proven_at IS 'Start of the oldest attempt that proved it.';
COMMENT ON COLUMN fg_proof.accepted_by IS 'Login of the maintainer who accepted this failure by command; null: proven by evidence.';

CREATE TABLE fg_quarantine_decision (
    repo_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    test_id bigint NOT NULL,
    state fg_decision_state NOT NULL,
    rationale text NOT NULL,
    evidence jsonb NOT NULL DEFAULT '[]',
    impact jsonb NOT NULL DEFAULT '{}',
    by_user text,
    until timestamptz,
    decided_at timestamptz NOT NULL,
    ended_at timestamptz,
    previous_id bigint,
    flake_rate double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (repo_id, id),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE,
    FOREIGN KEY (repo_id, previous_id) REFERENCES fg_quarantine_decision (repo_id, id) ON DELETE CASCADE,
    CHECK (state IN ('PROPOSED', 'ACTIVE') OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX fg_quarantine_decision_open ON fg_quarantine_decision (repo_id, test_id) WHERE ended_at IS NULL;
CREATE INDEX fg_quarantine_decision_test ON fg_quarantine_decision (repo_id, test_id, decided_at);
CREATE INDEX fg_quarantine_decision_previous ON fg_quarantine_decision (repo_id, previous_id) WHERE previous_id IS NOT NULL;
COMMENT ON TABLE fg_quarantine_decision IS 'What was decided about a test. A new state is a new row; the one before is closed by ended_at.';
COMMENT ON COLUMN fg_quarantine_decision.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_quarantine_decision.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_quarantine_decision.test_id IS 'The test.';
COMMENT ON COLUMN fg_quarantine_decision.state IS 'PROPOSED and ACTIVE are open while ended_at is null; the others are ends.';
COMMENT ON COLUMN fg_quarantine_decision.rationale IS 'Why, for people.';
COMMENT ON COLUMN fg_quarantine_decision.evidence IS 'The evidence as it stood when decided.';
COMMENT ON COLUMN fg_quarantine_decision.impact IS 'Jobs, teams and pull requests hit, minutes lost, as it stood when decided.';
COMMENT ON COLUMN fg_quarantine_decision.by_user IS 'Login of the person; null: decided by rule.';
COMMENT ON COLUMN fg_quarantine_decision.until IS 'When an ACTIVE one expires.';
COMMENT ON COLUMN fg_quarantine_decision.decided_at IS 'When it was decided.';
COMMENT ON COLUMN fg_quarantine_decision.ended_at IS 'When the next one followed; an end has ended when it was decided; null while open.';
COMMENT ON COLUMN fg_quarantine_decision.previous_id IS 'The decision that this one followed.';
COMMENT ON COLUMN fg_quarantine_decision.flake_rate IS 'Frozen when decided: it sets how many passes lead out.';

CREATE TABLE fg_failure_cluster (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    failure_msg_signature text NOT NULL,
    failure_stack_digest text,
    rules_version integer NOT NULL,
    title text NOT NULL,
    example_message text,
    example_stack_trace text,
    occurrence_count integer NOT NULL,
    test_count integer NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    kind fg_cluster_kind NOT NULL DEFAULT 'test',
    PRIMARY KEY (repo_id, id),
    UNIQUE (repo_id, failure_msg_signature, rules_version)
);
COMMENT ON TABLE fg_failure_cluster IS 'Failures that share a strict signature. Deleted with its repository only.';
COMMENT ON COLUMN fg_failure_cluster.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_failure_cluster.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_failure_cluster.failure_msg_signature IS 'The strict signature that its failures share.';
COMMENT ON COLUMN fg_failure_cluster.failure_stack_digest IS 'Signature of the project''s own stack frames; null where there are none.';
COMMENT ON COLUMN fg_failure_cluster.rules_version IS 'Version of the normalising rules that made the signature.';
COMMENT ON COLUMN fg_failure_cluster.title IS 'The shortest stable line of the message.';
COMMENT ON COLUMN fg_failure_cluster.example_message IS 'Message of one of its failures.';
COMMENT ON COLUMN fg_failure_cluster.example_stack_trace IS 'Stack trace of the same failure.';
COMMENT ON COLUMN fg_failure_cluster.occurrence_count IS 'Failures stored, counted anew whenever one is added.';
COMMENT ON COLUMN fg_failure_cluster.test_count IS 'Distinct tests that it hit.';
COMMENT ON COLUMN fg_failure_cluster.first_seen_at IS 'Start of the oldest attempt that showed it.';
COMMENT ON COLUMN fg_failure_cluster.last_seen_at IS 'Start of the newest attempt that showed it.';
COMMENT ON COLUMN fg_failure_cluster.kind IS 'infra: it hit many tests of one attempt at once.';

CREATE TABLE fg_failure_cluster_test (
    repo_id bigint NOT NULL,
    cluster_id bigint NOT NULL,
    test_id bigint NOT NULL,
    occurrence_count integer NOT NULL,
    last_seen_at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, cluster_id, test_id),
    FOREIGN KEY (repo_id, cluster_id) REFERENCES fg_failure_cluster (repo_id, id) ON DELETE CASCADE,
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE
);
CREATE INDEX fg_failure_cluster_test_of ON fg_failure_cluster_test (repo_id, test_id);
COMMENT ON TABLE fg_failure_cluster_test IS 'Which tests a cluster hit, and how often.';
COMMENT ON COLUMN fg_failure_cluster_test.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_failure_cluster_test.cluster_id IS 'The cluster.';
COMMENT ON COLUMN fg_failure_cluster_test.test_id IS 'A test that it hit.';
COMMENT ON COLUMN fg_failure_cluster_test.occurrence_count IS 'How often it hit that test.';
COMMENT ON COLUMN fg_failure_cluster_test.last_seen_at IS 'Start of the newest attempt in which it did.';

CREATE TABLE fg_issue_link (
    repo_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL CHECK (key ~ '^[a-z0-9]{12}$'),
    test_id bigint,
    cluster_id bigint,
    provider fg_issue_provider NOT NULL DEFAULT 'github',
    number bigint,
    url text,
    state text NOT NULL DEFAULT 'open',
    state_reason text,
    opened_at timestamptz,
    closed_at timestamptz,
    closed_by text,
    body_digest text,
    PRIMARY KEY (repo_id, id),
    UNIQUE (repo_id, provider, number),
    UNIQUE (repo_id, key),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE,
    FOREIGN KEY (repo_id, cluster_id) REFERENCES fg_failure_cluster (repo_id, id) ON DELETE CASCADE,
    CHECK (num_nonnulls(test_id, cluster_id) = 1)
);
CREATE INDEX fg_issue_link_test ON fg_issue_link (repo_id, test_id);
CREATE INDEX fg_issue_link_cluster ON fg_issue_link (repo_id, cluster_id);
COMMENT ON TABLE fg_issue_link IS 'The issue that stands for a test or a cluster; its state mirrors the tracker''s.';
COMMENT ON COLUMN fg_issue_link.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_issue_link.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_issue_link.key IS 'What the issue''s hidden marker carries; survives merging and splitting of clusters.';
COMMENT ON COLUMN fg_issue_link.test_id IS 'The test that it stands for; null for a cluster''s.';
COMMENT ON COLUMN fg_issue_link.cluster_id IS 'The cluster that it stands for; null for a test''s.';
COMMENT ON COLUMN fg_issue_link.provider IS 'Which tracker.';
COMMENT ON COLUMN fg_issue_link.number IS 'The tracker''s number; null between "decided" and "opened".';
COMMENT ON COLUMN fg_issue_link.url IS 'Its page; null until opened.';
COMMENT ON COLUMN fg_issue_link.state IS 'The tracker''s word: open, closed.';
COMMENT ON COLUMN fg_issue_link.state_reason IS 'The tracker''s word: completed, not_planned, reopened, …; an open set.';
COMMENT ON COLUMN fg_issue_link.opened_at IS 'When it was opened; null until then.';
COMMENT ON COLUMN fg_issue_link.closed_at IS 'When it was closed; null while open.';
COMMENT ON COLUMN fg_issue_link.closed_by IS 'Login; our own when we closed it by evidence.';
COMMENT ON COLUMN fg_issue_link.body_digest IS 'Digest of the body as last written, so that the same text is not written twice.';

CREATE TABLE fg_report (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('check', 'policy', 'comment')),
    subject text NOT NULL,
    external_id bigint,
    digest text,
    notes text[] NOT NULL DEFAULT '{}',
    opened_at timestamptz NOT NULL,
    silenced_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, kind, subject)
);
COMMENT ON TABLE fg_report IS 'What we have written on GitHub, so that it is edited and not written twice.';
COMMENT ON COLUMN fg_report.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_report.kind IS 'check and policy: a check run; comment: the one comment of a pull request.';
COMMENT ON COLUMN fg_report.subject IS 'Head sha of a check run, number of a pull request.';
COMMENT ON COLUMN fg_report.external_id IS 'GitHub''s id of the check run or comment; null before the first write.';
COMMENT ON COLUMN fg_report.digest IS 'Digest of what was written last.';
COMMENT ON COLUMN fg_report.notes IS 'Digests of the annotations that the check run has: GitHub adds, and never takes one away.';
COMMENT ON COLUMN fg_report.opened_at IS 'When it was first written.';
COMMENT ON COLUMN fg_report.silenced_at IS 'When a person deleted the comment: silence until asked.';
COMMENT ON COLUMN fg_report.updated_at IS 'When it was last written.';

CREATE TABLE fg_audit (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    test_id bigint,
    detail jsonb NOT NULL DEFAULT '{}',
    previous_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (repo_id, id)
);
CREATE INDEX fg_audit_test ON fg_audit (repo_id, test_id);
COMMENT ON TABLE fg_audit IS 'Who did what to which test and why. Append-only; each row carries the hash of the one before; deleted with its repository.';
COMMENT ON COLUMN fg_audit.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_audit.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_audit.at IS 'When it was done.';
COMMENT ON COLUMN fg_audit.actor IS 'Login of a person, or flakeguard for a rule.';
COMMENT ON COLUMN fg_audit.action IS 'What was done, in a word.';
COMMENT ON COLUMN fg_audit.test_id IS 'To which test; null where to none.';
COMMENT ON COLUMN fg_audit.detail IS 'Why, and what else belongs to it.';
COMMENT ON COLUMN fg_audit.previous_hash IS 'Hash of the row before; empty in a repository''s first.';
COMMENT ON COLUMN fg_audit.hash IS 'SHA-256 over this row and previous_hash.';
