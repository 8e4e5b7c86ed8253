-- Take a notice that is due, so that nobody else tells it meanwhile.
-- ARGV: 3 id ('' = the one that is due for longest) · 4 lease_ms.  Returns {} | {id, its fields}
local id = ARGV[3]
if id == '' then id = redis.call('ZRANGEBYSCORE', key('notices'), '-inf', NOW, 'LIMIT', 0, 1)[1] end
local due = id and redis.call('ZSCORE', key('notices'), id)
if not due or tonumber(due) > NOW then return {} end
if redis.call('EXISTS', key('notice', id)) == 0 then
  redis.call('ZREM', key('notices'), id)
  return {}
end
redis.call('HINCRBY', key('notice', id), 'tries', 1)
redis.call('ZADD', key('notices'), NOW + tonumber(ARGV[4]), id)
return {id, redis.call('HGETALL', key('notice', id))}
