SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- What a policy would have done is asked for a past moment, at which an issue told of fewer tests than it does now, stood
-- for one of them alone, or waited for a day with room.
ALTER TABLE fg_issue_member ADD COLUMN joined_at timestamptz, ADD COLUMN before_id bigint, ADD COLUMN moved_at timestamptz;
COMMENT ON COLUMN fg_issue_member.joined_at IS 'When the bot decided that an issue tells of the test. An issue that takes the test over leaves it as it is: the test was told of all the while. NULL: not known, since an earlier release let it join; taken for as long as there is the issue.';
COMMENT ON COLUMN fg_issue_member.before_id IS 'The issue that told of the test before, which may be deleted by now. NULL: none did, or an earlier release moved it, or two causes became one, which is taken to hold from the beginning.';
COMMENT ON COLUMN fg_issue_member.moved_at IS 'When the bot let this issue take the test over from before_id; null with it.';

ALTER TABLE fg_issue_link ADD COLUMN begun_at timestamptz, ADD COLUMN given_at timestamptz;
COMMENT ON COLUMN fg_issue_link.begun_at IS 'When the bot decided that there is to be an issue; it waits from then until it is opened. NULL: not known, since an earlier release began it; taken for when it was opened.';
COMMENT ON COLUMN fg_issue_link.given_at IS 'When the issue of one test became that of the cause which another test, that joined it then, shares with it. NULL: it stands for what it was begun for, or what maintainers or newer rules made of it, which is taken to hold from its beginning.';

-- A test that was seen for the first time after its issue was opened joined it no sooner. For all others the opening is the
-- best that is known. Of an issue that goes on from another one it is not: the other one told of its tests before.
UPDATE fg_issue_member AS member
SET joined_at = greatest(link.opened_at, test.first_seen_at)
FROM fg_issue_link AS link, fg_test_case AS test
WHERE link.repo_id = member.repo_id AND link.id = member.link_id
  AND test.repo_id = member.repo_id AND test.id = member.test_id
  AND link.opened_at IS NOT NULL AND link.follows IS NULL;
