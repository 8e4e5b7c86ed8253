-- A job is asked for once more under another id: it is dead no longer. ARGV: 3 id · 4 the other one.  Returns 1 | 0
redis.call('ZREM', key('dead'), ARGV[3])
if redis.call('EXISTS', key('job', ARGV[3])) == 0 then return 0 end
return redis.call('HSET', key('job', ARGV[3]), 'retried', ARGV[4])
