-- Hand the longest waiting recall to whoever heard a recall bell. Returns {} | {id, fence, texts}
local oldest = redis.call('ZRANGE', key('recalling'), 0, 0)
if not oldest[1] then return {} end
redis.call('ZREM', key('recalling'), oldest[1])
local job = load_job(oldest[1])
if not job or job.state ~= 'recalling' then return {} end
return {job.id, job.fence, redis.call('HGETALL', key('text', job.id))}
