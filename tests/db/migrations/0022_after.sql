-- Nobody is signed in by an upgrade.
SELECT id FROM fg_person;
SELECT id FROM fg_token;
SELECT person_id FROM fg_reader;
