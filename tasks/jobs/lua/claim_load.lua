-- A host takes on the load of a model. One load of a model at a time in the whole fleet; its victims stop being holders.
-- ARGV: 3 host · 4 fence · 5 slug · 6 any | copies | idle · 7 ttl_ms · 8 slots · 9 holders as the host saw them (JSON)
--       10 victims (JSON).  Returns 'ours' | 'taken' | 'changed' | 'fenced'
local host, fence, slug, mode, ttl_ms = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local judged, victims = cjson.decode(ARGV[9]), cjson.decode(ARGV[10])
if not host_is_live(host, fence) then return 'fenced' end
local load = load_of(slug)
if load then return load.host == host and 'ours' or 'taken' end
if word_of(host) ~= 'run' then return 'changed' end

local holds = {}
for _, each in ipairs(holders_of(slug)) do holds[each] = true end
for _, each in ipairs(judged) do
  if not holds[each] then return 'changed' end
  holds[each] = nil
end
if next(holds) then return 'changed' end
if mode == 'copies' then   -- no last copy may go
  for _, victim in ipairs(victims) do
    if not others_hold(victim, host) then return 'changed' end
  end
end
if mode == 'idle' then   -- nobody asked for the load, so nobody who uses a victim may pay for it
  for _, victim in ipairs(victims) do
    if redis.call('EXISTS', held_key(host, victim), key('waiting', victim)) > 0 then return 'changed' end
  end
end

local forced = false
for _, victim in ipairs(victims) do
  forced = forced or redis.call('EXISTS', held_key(host, victim), key('waiting', victim)) > 0
  drain(victim, host, slug, '')
end
redis.call('HDEL', key('draining', host), slug)
redis.call('DEL', key('loading', slug), key('reserved', slug))
redis.call('HSET', key('loading', slug), 'host', host, 'fence', fence, 'slots', ARGV[8], 'since_ms', NOW,
  'swap', victims[1] and 1 or 0)
redis.call('PEXPIRE', key('loading', slug), ttl_ms)
redis.call('SADD', key('loads', host), slug)
redis.call('EXPIRE', key('loads', host), FORGET_S)
chronicle('loading', host, slug)
if victims[1] then count(slug, host, 'swaps', 1) end
if forced then count(slug, host, 'forced', 1) end
return 'ours'
