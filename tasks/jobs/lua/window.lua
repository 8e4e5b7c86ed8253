-- ARGV: 3 session.  Returns its turns (JSON), the oldest first
return redis.call('LRANGE', key('session', ARGV[3]), 0, -1)
