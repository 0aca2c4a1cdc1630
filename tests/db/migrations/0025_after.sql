-- Nobody has sent anything by an upgrade.
SELECT repo_id FROM fg_upload;
