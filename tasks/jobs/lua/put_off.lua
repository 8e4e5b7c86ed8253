-- What somebody wanted of their memories cannot be done now; that try was none, and the sweeper has it done later.
-- ARGV: 3 id · 4 fence · 5 why · 6 wait_ms.  Returns 'later' | 'lost'
local job = load_job(ARGV[3])
if not job or not is_wish(job) or job.state ~= 'recalling' or job.fence ~= tonumber(ARGV[4]) then return 'lost' end
take_out(job)
redis.call('HSET', key('job', job.id), 'fence', job.fence + 1, 'error', ARGV[5], 'attempts', math.max(0, job.attempts - 1))
look_at(job, math.min(job.deadline_ms, NOW + tonumber(ARGV[6])))
return 'later'
