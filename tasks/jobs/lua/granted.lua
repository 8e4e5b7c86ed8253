-- What somebody wanted of their memories is done, and this is said of it: the job has its outcome.
-- ARGV: 3 id · 4 fence · 5 reply · 6 the request (JSON) without words that are to be forgotten ('' = as it is)
-- Returns 'done' | 'lost'
local job = load_job(ARGV[3])
if not job or not is_wish(job) or job.state ~= 'recalling' or job.fence ~= tonumber(ARGV[4]) then return 'lost' end
redis.call('HSET', key('text', job.id), 'reply', ARGV[5])
if ARGV[6] ~= '' then redis.call('HSET', key('text', job.id), 'request', ARGV[6]) end
conclude(job, 'memory', '', {outcome = 'reply', error = ''})
return 'done'
