-- Memories are here: on to the waiting room. Too late, and they are not waited for.
-- ARGV: 3 id · 4 fence · 5 recalled text.  Returns 'queued' | 'lost'
local job = load_job(ARGV[3])
if not job or job.state ~= 'recalling' or job.fence ~= tonumber(ARGV[4]) then return 'lost' end
take_out(job)
redis.call('HSET', key('text', job.id), 'recalled', ARGV[5])
job.fence = job.fence + 1
queue_up(job, '', 'recalled', false)
return 'queued'
