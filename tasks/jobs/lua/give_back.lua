-- The holder could not answer, and says why.
-- ARGV: 3 id · 4 fence · 5 retry | yield | the cause of a notice · 6 error · 7 not on this host ('' = anywhere) · 8 wait_ms
--       9 the cause of the notice that follows the last try
-- Returns the state it went to, or 'lost'
local job = load_job(ARGV[3])
if not holds(job, ARGV[4]) then return 'lost' end
local kind, error = ARGV[5], ARGV[6]
if kind == 'yield' then job.attempts = job.attempts - 1 end
if kind == 'yield' or kind == 'retry' then try_again(job, job.host, error, ARGV[7], tonumber(ARGV[8]), ARGV[9])
else give_notice(job, kind, job.host, error) end
return job.state
