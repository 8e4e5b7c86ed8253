-- Memories are here: on to the waiting room. Too late, and they are not waited for.
-- ARGV: 3 id · 4 fence · 5 recalled text · 6 ids of the memories in it (comma between) · 7 '1': none could be looked for
-- Returns 'queued' | 'lost'
local job = load_job(ARGV[3])
if not job or job.state ~= 'recalling' or job.fence ~= tonumber(ARGV[4]) then return 'lost' end
take_out(job)
redis.call('HSET', key('text', job.id), 'recalled', ARGV[5])
if ARGV[6] ~= '' then redis.call('HSET', key('text', job.id), 'memories', ARGV[6]) end
if ARGV[7] == '1' then flag(job, 'no memory') end
job.fence = job.fence + 1
queue_up(job, '', ARGV[7] == '1' and 'memory is away' or 'recalled', false)
return 'queued'
