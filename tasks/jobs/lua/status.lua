-- What waits and who is up.
-- Returns {now_ms, last heartbeat_ms, live jobs, dead jobs, {slug, waiting, oldest_ms, bells, turn_ms, slots, who loads it,
-- how many that people wait for, the one that has waited longest, prospects of who asks now …}, {host, expiry_ms, fence, about, word, last beat_ms …}}
local backlog, hosts = {}, {}
for _, slug in ipairs(redis.call('ZRANGE', key('models'), 0, -1)) do
  local waiting, load = redis.call('ZCARD', key('waiting', slug)), load_of(slug)
  for _, part in ipairs({slug, waiting, redis.call('ZSCORE', key('models'), slug), redis.call('LLEN', 'model.' .. slug),
    redis.call('ZSCORE', key('turn'), slug) or '', slots_of(slug), load and load.host or '',
    redis.call('ZCARD', key('room', slug, 'people')), redis.call('ZRANGE', key('waiting', slug), 0, 0)[1] or '',
    prospects_of(slug, waiting)}) do
    backlog[#backlog + 1] = part
  end
end
for _, name in ipairs(redis.call('ZRANGE', key('hosts'), 0, -1)) do
  local said = pairs_of(redis.call('HGETALL', key('host', name)))
  for _, part in ipairs({name, redis.call('ZSCORE', key('hosts'), name), said.fence or '0', said.about or '{}', word_of(name),
    said.beat_ms or '0'}) do
    hosts[#hosts + 1] = part
  end
end
return {NOW, redis.call('GET', key('heartbeat')) or '0', redis.call('ZCARD', key('live')), redis.call('ZCARD', key('dead')), backlog, hosts}
