SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fg_person (
    id bigint PRIMARY KEY,
    login text NOT NULL,
    signed_in_at timestamptz NOT NULL,
    signed_out_at timestamptz
);
COMMENT ON TABLE fg_person IS 'Who signed in to look at the pages. What they may see is asked of GitHub, and what proves them stays with their browser.';
COMMENT ON COLUMN fg_person.id IS 'GitHub''s id, which survives renaming.';
COMMENT ON COLUMN fg_person.login IS 'What GitHub called them when they signed in last.';
COMMENT ON COLUMN fg_person.signed_in_at IS 'When they signed in last.';
COMMENT ON COLUMN fg_person.signed_out_at IS 'When they signed out everywhere: older sessions are none any more. Null: never.';

CREATE TABLE fg_token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES fg_person ON DELETE CASCADE,
    name text NOT NULL,
    digest bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    repositories bigint[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX fg_token_of_person ON fg_token (person_id, id);
COMMENT ON TABLE fg_token IS 'Tokens of persons for the API; deleted when they are revoked.';
COMMENT ON COLUMN fg_token.id IS 'Ours.';
COMMENT ON COLUMN fg_token.person_id IS 'Whose it is: it may never do more than they.';
COMMENT ON COLUMN fg_token.name IS 'What they call it.';
COMMENT ON COLUMN fg_token.digest IS 'SHA-256 of the token, which has 256 bits of chance in it and is stored nowhere.';
COMMENT ON COLUMN fg_token.scopes IS 'What it is for: read, decide.';
COMMENT ON COLUMN fg_token.repositories IS 'The repositories that it is for, by GitHub''s ids: its person could read them when it was made.';
COMMENT ON COLUMN fg_token.created_at IS 'When it was made.';
COMMENT ON COLUMN fg_token.expires_at IS 'From when on it is refused.';
COMMENT ON COLUMN fg_token.used_at IS 'When it was used last, to the hour; null: never.';

CREATE TABLE fg_reader (
    person_id bigint REFERENCES fg_person ON DELETE CASCADE,
    external_id bigint,
    role text NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, external_id)
);
CREATE INDEX fg_reader_of_repository ON fg_reader (external_id);
COMMENT ON TABLE fg_reader IS 'What GitHub lets persons with tokens do in a repository, as it said lately. A session is no matter of this: it asks by itself.';
COMMENT ON COLUMN fg_reader.person_id IS 'Who.';
COMMENT ON COLUMN fg_reader.external_id IS 'The repository, by GitHub''s id.';
COMMENT ON COLUMN fg_reader.role IS 'admin, maintain, write, triage, read or none.';
COMMENT ON COLUMN fg_reader.checked_at IS 'When GitHub said so.';
