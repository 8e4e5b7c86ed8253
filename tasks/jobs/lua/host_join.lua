-- A host's agent takes up its name. Another machine that lives under the same name is not pushed aside.
-- ARGV: 3 host · 4 machine · 5 ttl_ms.  Returns {fence, ''} or {0, the machine that has the name}
local name, machine = ARGV[3], ARGV[4]
local host = key('host', name)
local before = redis.call('HGET', host, 'machine')
if host_is_live(name) and before and before ~= machine then return {0, before} end
local fence = redis.call('HINCRBY', host, 'fence', 1)
redis.call('HSET', host, 'machine', machine, 'joined_ms', NOW)
if word_of(name) == 'drain' then redis.call('HDEL', host, 'word') end   -- it left as it was told, and is back
redis.call('ZADD', key('hosts'), NOW + tonumber(ARGV[5]), name)
-- What a former agent held, loaded, gave up or could not do is no more.
for _, slug in ipairs(redis.call('SMEMBERS', key('may', name))) do stop_serving(slug, name) end
redis.call('DEL', key('loads', name), key('draining', name), key('open', name), key('probation', name))
redis.call('SREM', key('lost'), name)
chronicle('joined', name, '')
return {fence, ''}
