-- What waits and who is up.
-- Returns {now_ms, last heartbeat_ms, live jobs, dead jobs, {slug, waiting, oldest_ms, bells …}, {host, expiry_ms, fence, about …}}
local backlog, hosts = {}, {}
for _, slug in ipairs(redis.call('ZRANGE', key('models'), 0, -1)) do
  local oldest = redis.call('ZSCORE', key('models'), slug)
  for _, part in ipairs({slug, redis.call('ZCARD', key('waiting', slug)), oldest, redis.call('LLEN', 'model.' .. slug)}) do
    backlog[#backlog + 1] = part
  end
end
for _, name in ipairs(redis.call('ZRANGE', key('hosts'), 0, -1)) do
  local said = pairs_of(redis.call('HGETALL', key('host', name)))
  for _, part in ipairs({name, redis.call('ZSCORE', key('hosts'), name), said.fence or '0', said.about or '{}'}) do
    hosts[#hosts + 1] = part
  end
end
return {NOW, redis.call('GET', key('heartbeat')) or '0', redis.call('ZCARD', key('live')), redis.call('ZCARD', key('dead')), backlog, hosts}
