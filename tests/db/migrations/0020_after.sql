-- None of the migrations before it shuts a release out.
SELECT * FROM fg_schema_migration WHERE works_since IS NOT NULL;
