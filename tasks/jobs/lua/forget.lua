-- A session's turns are forgotten; the next question starts from nothing.
-- ARGV: 3 session.  Returns how many turns there were
local turns = redis.call('LLEN', key('session', ARGV[3]))
redis.call('DEL', key('session', ARGV[3]), key('warm', ARGV[3]), key('condensed', ARGV[3]))
redis.call('ZREM', key('sessions'), ARGV[3])
note('forget', 'session', ARGV[3], 'at_ms', NOW)
return turns
