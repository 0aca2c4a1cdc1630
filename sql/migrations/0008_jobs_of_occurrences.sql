-- squawk-ignore-file ban-drop-constraint
SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- That an occurrence's job is there is checked once a statement instead of once a row: the foreign key cost a COPY as much
-- again as all of its indexes, and locked fg_job whenever a month was made or dropped. What it promised stays: an
-- occurrence of no job is refused, the jobs of those that are taken cannot go meanwhile, and a deleted job takes its
-- occurrences away. It holds for what is written to fg_occurrence itself, which is how everything is.

CREATE FUNCTION fg_occurrence_needs_job() RETURNS TRIGGER AS $$
DECLARE
    wanted bigint;
    found_jobs bigint;
BEGIN
    SELECT count(DISTINCT (repo_id, job)) INTO wanted FROM added;
    PERFORM FROM fg_job AS owner
    JOIN (SELECT DISTINCT repo_id, job FROM added) AS named ON named.repo_id = owner.repo_id AND named.job = owner.id
    FOR KEY SHARE OF owner;
    GET DIAGNOSTICS found_jobs = ROW_COUNT;
    IF found_jobs < wanted THEN
        RAISE EXCEPTION 'an occurrence names a job that is not there' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER fg_occurrence_needs_job
AFTER INSERT ON fg_occurrence
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION fg_occurrence_needs_job();

CREATE FUNCTION fg_job_takes_occurrences() RETURNS TRIGGER AS $$
BEGIN
    DELETE FROM fg_occurrence AS o USING gone WHERE o.repo_id = gone.repo_id AND o.job = gone.id;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER fg_job_takes_occurrences
AFTER DELETE ON fg_job
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION fg_job_takes_occurrences();

ALTER TABLE fg_occurrence DROP CONSTRAINT fg_occurrence_repo_id_job_fkey;
