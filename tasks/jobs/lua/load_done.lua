-- A load is over. With it the host holds the model, or others may try; what had to go for it is drained by now, or stays.
-- ARGV: 3 host · 4 fence · 5 slug · 6 '1' = it is ready · 7 took_ms · 8 MiB · 9 slots · 10 ms since it was claimed
--       11 why it failed
-- Returns 'done' | 'fenced'
local host, slug, took_ms = ARGV[3], ARGV[5], tonumber(ARGV[7])
if not host_is_live(host, ARGV[4]) then return 'fenced' end
local load = load_of(slug)
if load and load.host == host then redis.call('DEL', key('loading', slug)) end
redis.call('SREM', key('loads', host), slug)
for victim, why in pairs(pairs_of(redis.call('HGETALL', key('draining', host)))) do
  if why == slug then redis.call('HDEL', key('draining', host), victim) end
end
if ARGV[6] ~= '1' then
  count(slug, host, 'failed_loads', 1)
  chronicle('load_failed', host, slug, 'why', ARGV[11])
  redis.call('HSET', key('unloadable'), slug, NOW)
  if redis.call('EXISTS', key('waiting', slug)) == 1 then wake_hosts('model ' .. slug) end
  return 'done'
end
redis.call('HDEL', key('draining', host), slug)
if health_of(host, slug) ~= 'open' then begin_serving(slug, host, ARGV[9], redis.call('ZSCORE', key('hosts'), host)) end
redis.call('HSET', key('used', host), slug, NOW)
redis.call('HSET', key('load_pace'), slug, took_ms)
chronicle('loaded', host, slug, 'ms', took_ms, 'mib', ARGV[8])
count(slug, host, 'loads', 1)
count(slug, host, 'load_ms', took_ms)
count(slug, host, 'load_mib', ARGV[8])
if load and load.host == host and load.swap == '1' then
  count(slug, host, 'swapped', 1)
  count(slug, host, 'swap_ms', ARGV[10])
end
local counted = {}
observe(counted, 'load', took_ms)
add_up(slug, counted)
return 'done'
