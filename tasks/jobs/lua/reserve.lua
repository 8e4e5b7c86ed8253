-- A host keeps its next load for a starving model, or no longer does. One host per model, and never beside a holder.
-- ARGV: 3 host · 4 fence · 5 slug · 6 ttl_ms (0 = no longer).  Returns 'ours' | 'taken' | 'held' | 'free' | 'fenced'
local host, fence, slug, ttl_ms = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
if not host_is_live(host, fence) then return 'fenced' end
local kept = reservation_of(slug)
if kept and kept[1] ~= host then return 'taken' end
if ttl_ms == 0 then
  redis.call('DEL', key('reserved', slug))
  return 'free'
end
if kept then return 'ours' end   -- it ends when it would have, however often it is asked for
if holders_of(slug)[1] or load_of(slug) then return 'held' end
redis.call('HSET', key('reserved', slug), 'host', host, 'fence', fence)
redis.call('PEXPIRE', key('reserved', slug), ttl_ms)
return 'ours'
