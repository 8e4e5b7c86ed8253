-- A worker of this host is gone: what it held goes back at once, without waiting for its leases or for the sweeper.
-- ARGV: 3 host · 4 model slug ('' = all) · 5 worker ('' = any) · 6 '1' when the work may have caused it.  Returns how many went back
local host, only, worker, blame = ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1'
local count = 0
for _, slug in ipairs(redis.call('SMEMBERS', key('claims', host))) do
  if only == '' or only == slug then
    for _, id in ipairs(redis.call('SMEMBERS', held_key(host, slug))) do
      local job = load_job(id)
      if not job or not is_held(job) or job.host ~= host then
        redis.call('SREM', held_key(host, slug), id)
      elseif worker == '' or job.worker == worker then
        if blame then job.crashes = job.crashes + 1 end
        try_again(job, host, 'the worker on ' .. host .. ' died', '', 0)
        count = count + 1
      end
    end
  end
end
-- Bells that it had heard and not yet answered went with it.
if only ~= '' then
  local queue = 'model.' .. only
  for _ = 1, redis.call('ZCARD', key('waiting', only)) - redis.call('LLEN', queue) do ring(queue, 'recover') end
end
return count
