-- Keep something to tell until it was told, unless the same was told a moment ago, or too much was.
-- ARGV: 3 id · 4 the notice (JSON) · 5 digest of what it is about ('' = it may come again at once) · 6 quiet_ms
--       7 most in an hour (0 = no bound) · 8 the bell of who tells it
-- Returns 'due' | 'known' | 'repeated' | 'many'
local id, about, most = ARGV[3], ARGV[5], tonumber(ARGV[7])
local HOUR_MS, LIFE_MS = 3600000, 24 * 3600000
if redis.call('EXISTS', key('notice', id)) == 1 then return 'known' end
if about ~= '' and redis.call('EXISTS', key('noticed', about)) == 1 then return 'repeated' end
redis.call('ZREMRANGEBYSCORE', key('notices', 'hour'), '-inf', NOW - HOUR_MS)
if most > 0 and redis.call('ZCARD', key('notices', 'hour')) >= most then
  redis.call('INCR', key('notices', 'held'))
  return 'many'
end
redis.call('ZADD', key('notices', 'hour'), NOW, id)
redis.call('PEXPIRE', key('notices', 'hour'), HOUR_MS)
if about ~= '' then redis.call('SET', key('noticed', about), NOW, 'PX', ARGV[6]) end
local held = redis.call('GET', key('notices', 'held')) or '0'
redis.call('DEL', key('notices', 'held'))
redis.call('HSET', key('notice', id), 'said', ARGV[4], 'at_ms', NOW, 'tries', 0, 'held', held)
redis.call('PEXPIRE', key('notice', id), LIFE_MS)
redis.call('ZADD', key('notices'), NOW, id)
redis.call('LPUSH', 'upkeep', ARGV[8])
return 'due'
