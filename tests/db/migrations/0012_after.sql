-- Each query returns what is wrong. Nothing is merged by itself.
SELECT signature FROM fg_cluster_alias;

SELECT 'clusters' AS lost WHERE (SELECT count(*) FROM fg_failure_cluster WHERE failure_msg_signature IN ('b1', 'b2')) <> 2;
