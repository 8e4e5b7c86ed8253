-- A model fails on a host: its breaker opens, or it is on probation; or it is well again.
-- ARGV: 3 host · 4 fence · 5 slug · 6 open | probation | well · 7 ttl_ms of an open one.  Returns 'done' | 'fenced'
local host, slug, kind = ARGV[3], ARGV[5], ARGV[6]
if not host_is_live(host, ARGV[4]) then return 'fenced' end
local before = health_of(host, slug)
if kind ~= before then chronicle(kind == 'open' and 'breaker_open' or kind == 'well' and 'mended' or kind, host, slug) end
redis.call('HDEL', key('open', host), slug)
redis.call('HDEL', key('probation', host), slug)
if kind == 'open' then
  redis.call('HSET', key('open', host), slug, NOW + tonumber(ARGV[7]))
  stop_serving(slug, host)
  if redis.call('EXISTS', key('waiting', slug)) == 1 then wake_hosts('model ' .. slug) end
elseif kind == 'probation' then
  redis.call('HSET', key('probation', host), slug, NOW)
end
return 'done'
