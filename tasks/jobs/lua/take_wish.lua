-- Hand what somebody has wanted of their memories for longest to whoever keeps them, for a while. Who dies over it does not
-- come back with it: each time it is given to the next one for twice as long. Returns {} | {id, fence, texts, received_ms}
local MOST_DOUBLINGS = 8
local oldest = redis.call('ZRANGE', key('wishing'), 0, 0)
if not oldest[1] then return {} end
redis.call('ZREM', key('wishing'), oldest[1])
local job = load_job(oldest[1])
if not job or job.state ~= 'recalling' then return {} end
local doublings = math.min(job.attempts, MOST_DOUBLINGS)
redis.call('HSET', key('job', job.id), 'attempts', job.attempts + 1)
look_at(job, math.min(job.deadline_ms, NOW + tonumber(job.recall_ms) * 2 ^ doublings))
return {job.id, job.fence, redis.call('HGETALL', key('text', job.id)), job.received_ms}
