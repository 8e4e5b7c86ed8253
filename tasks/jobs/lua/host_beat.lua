-- A host says that it lives and what it may be asked for.
-- ARGV: 3 host · 4 fence · 5 ttl_ms · 6 what it says of itself (JSON) · 7… slugs that it serves.  Returns 'live' | 'fenced'
local name, ttl_ms = ARGV[3], tonumber(ARGV[5])
if redis.call('HGET', key('host', name), 'fence') ~= ARGV[4] then return 'fenced' end
redis.call('HSET', key('host', name), 'about', ARGV[6], 'beat_ms', NOW)
redis.call('ZADD', key('hosts'), NOW + ttl_ms, name)
for i = 7, #ARGV do
  redis.call('ZADD', key('serves', ARGV[i]), NOW + ttl_ms, name)
  redis.call('EXPIRE', key('serves', ARGV[i]), 3600)
end
return 'live'
