-- Hand the longest waiting refill to whoever heard its bell. Returns {} | {id, fence, session, turns that it may have}
local oldest = redis.call('ZRANGE', key('refilling'), 0, 0)
if not oldest[1] then return {} end
redis.call('ZREM', key('refilling'), oldest[1])
local job = load_job(oldest[1])
if not job or job.state ~= 'recalling' then return {} end
return {job.id, job.fence, job.session, tonumber(job.window)}
