-- Ids of jobs. ARGV: 3 live | dead · 4 at most.  The live ones to be looked at soonest first, the latest dead first
if ARGV[3] == 'dead' then return redis.call('ZREVRANGE', key('dead'), 0, ARGV[4] - 1) end
return redis.call('ZRANGE', key('live'), 0, ARGV[4] - 1)
