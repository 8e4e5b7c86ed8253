-- The outcome has arrived, or never will. Also how a continuation says that it has taken over.
-- ARGV: 3 id · 4 fence ('' = a continuation, which holds no lease) · 5 delivered | undeliverable
--       6 why, which flags what was delivered otherwise than asked · 7 outbox entry ('' = none)
-- Returns the state it is in afterwards, or 'lost'
local job = load_job(ARGV[3])
if not job then return 'lost' end
local by_lease = job.state == 'delivering' and job.fence == tonumber(ARGV[4])
local by_continuation = ARGV[4] == '' and job.state == 'done' and job.then_queue ~= ''
if not by_lease and not by_continuation then return 'lost' end   -- the entry is its new holder's
if ARGV[7] ~= '' then drop_entry(job.bot, ARGV[7]) end
if ARGV[5] == 'delivered' and ARGV[6] ~= '' then flag(job, ARGV[6]) end
finish_off(job, ARGV[5], job.bot, ARGV[6])
return job.state
