-- An answer that may be given again to the same question, and its name among all of these, so that all can be dropped.
-- ARGV: 3 digest of the question · 4 the answer (JSON, opaque) · 5 how long it is kept, ms.  Returns 1
redis.call('SET', key('cache', ARGV[3]), ARGV[4], 'PX', ARGV[5])
redis.call('ZREMRANGEBYSCORE', key('cached'), '-inf', NOW)
redis.call('ZADD', key('cached'), NOW + tonumber(ARGV[5]), ARGV[3])
return 1
