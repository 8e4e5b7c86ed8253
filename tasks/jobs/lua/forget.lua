-- A session's turns are forgotten; the next question starts from nothing.
-- ARGV: 3 session · 4 the lane of what sums it up.  Returns how many turns there were
local turns = redis.call('LLEN', key('session', ARGV[3]))
redis.call('DEL', key('session', ARGV[3]), key('warm', ARGV[3]))
sum_up_no_more(ARGV[3], ARGV[4])
redis.call('ZREM', key('sessions'), ARGV[3])
note('forget', 'session', ARGV[3], 'at_ms', NOW)
return turns
