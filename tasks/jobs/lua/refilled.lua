-- What was said before is back: on to memories or to the waiting room. Too late, and it is not waited for. A session
-- that was forgotten on purpose since it was read stays forgotten.
-- ARGV: 3 id · 4 fence · turns, the oldest first.  Returns 'refilled' | 'lost'
local job = load_job(ARGV[3])
if not job or job.state ~= 'recalling' or job.refill ~= '1' or job.fence ~= tonumber(ARGV[4]) then return 'lost' end
take_out(job)
local session = key('session', job.session)
if redis.call('EXISTS', session) == 0 and redis.call('ZSCORE', key('sessions'), job.session) then
  for at = 5, #ARGV do redis.call('RPUSH', session, ARGV[at]) end
  redis.call('EXPIRE', session, SESSION_LIFE_S)
end
job.fence, job.refill = job.fence + 1, '0'
redis.call('HSET', key('job', job.id), 'refill', '0', 'fence', job.fence)
go_on(job)
return 'refilled'
