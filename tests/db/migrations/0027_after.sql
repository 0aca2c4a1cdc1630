-- Each query returns what is wrong. Of issues that were reopened before it is not known for how long they were closed.
SELECT link_id FROM fg_issue_closing;
