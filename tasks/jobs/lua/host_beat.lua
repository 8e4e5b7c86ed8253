-- A host says that it lives and which models it holds ready, and renews the loads that it is at.
-- ARGV: 3 host · 4 fence · 5 ttl_ms · 6 what it says of itself (JSON) · then slug, slots, slug, slots, …
-- Returns 'live' | 'fenced'
local name, ttl_ms = ARGV[3], tonumber(ARGV[5])
if redis.call('HGET', key('host', name), 'fence') ~= ARGV[4] then return 'fenced' end
-- Who was silent for so long, as a machine that slept, is forgotten: what it may hold has to be said again.
local until_ms = tonumber(redis.call('ZSCORE', key('hosts'), name) or NOW)
if NOW - until_ms >= FORGET_S * 1000 then return 'fenced' end
if until_ms <= NOW and redis.call('SREM', key('lost'), name) == 1 then chronicle('back', name, '') end
redis.call('HSET', key('host', name), 'about', ARGV[6], 'beat_ms', NOW)
redis.call('ZADD', key('hosts'), NOW + ttl_ms, name)
for _, said in ipairs({'may', 'draining', 'open', 'probation', 'used'}) do redis.call('EXPIRE', key(said, name), FORGET_S) end
local draining = pairs_of(redis.call('HGETALL', key('draining', name)))
for i = 7, #ARGV, 2 do
  local slug = ARGV[i]
  local may = not draining[slug] and health_of(name, slug) ~= 'open'
  local is_new = may and begin_serving(slug, name, ARGV[i + 1], NOW + ttl_ms)
  if is_new and not load_of(slug) then chronicle('ready', name, slug) end   -- of a load its end is told
end
for _, slug in ipairs(redis.call('SMEMBERS', key('loads', name))) do
  local load = load_of(slug)
  if not load or load.host ~= name then redis.call('SREM', key('loads', name), slug)
  elseif redis.call('PTTL', key('loading', slug)) < ttl_ms then redis.call('PEXPIRE', key('loading', slug), ttl_ms) end
end
return 'live'
