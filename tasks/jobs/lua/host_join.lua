-- A host's agent takes up its name. Another machine that lives under the same name is not pushed aside.
-- ARGV: 3 host · 4 machine · 5 ttl_ms.  Returns {fence, ''} or {0, the machine that has the name}
local host = key('host', ARGV[3])
local expiry = tonumber(redis.call('ZSCORE', key('hosts'), ARGV[3]) or '0')
local machine = redis.call('HGET', host, 'machine')
if expiry > NOW and machine and machine ~= ARGV[4] then return {0, machine} end
local fence = redis.call('HINCRBY', host, 'fence', 1)
redis.call('HSET', host, 'machine', ARGV[4], 'joined_ms', NOW)
redis.call('ZADD', key('hosts'), NOW + tonumber(ARGV[5]), ARGV[3])
return {fence, ''}
