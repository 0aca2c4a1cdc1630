SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- What all processes together may ask of GitHub. Its times are the server's own real ones, whatever the bot's clock says,
-- like those of the queue: GitHub's waits are real.
CREATE TABLE fg_github_limit (
    installation_id bigint PRIMARY KEY,
    closed_until timestamptz NOT NULL DEFAULT '-infinity',
    strikes integer NOT NULL DEFAULT 0,
    points_due timestamptz NOT NULL DEFAULT '-infinity',
    content_due timestamptz NOT NULL DEFAULT '-infinity',
    write_due timestamptz NOT NULL DEFAULT '-infinity',
    quota integer,
    quota_left integer,
    quota_resets_at timestamptz
);
COMMENT ON TABLE fg_github_limit IS 'How much one installation may still ask of GitHub, for all processes that ask as it. Kept for good: a row is small.';
COMMENT ON COLUMN fg_github_limit.installation_id IS 'GitHub''s id of the installation; 0 is the App itself.';
COMMENT ON COLUMN fg_github_limit.closed_until IS 'GitHub asked for no request before.';
COMMENT ON COLUMN fg_github_limit.strikes IS 'How many times in a row GitHub limited us without naming a time: each wait is twice the one before.';
COMMENT ON COLUMN fg_github_limit.points_due IS 'When all points that were spent would have been earned, at a steady rate.';
COMMENT ON COLUMN fg_github_limit.content_due IS 'The same of requests that create content.';
COMMENT ON COLUMN fg_github_limit.write_due IS 'When the next write may go out.';
COMMENT ON COLUMN fg_github_limit.quota IS 'Requests an hour, as GitHub last told; null where it never did, as on an Enterprise Server without limits.';
COMMENT ON COLUMN fg_github_limit.quota_left IS 'How many of them were left.';
COMMENT ON COLUMN fg_github_limit.quota_resets_at IS 'When the hour is over.';
