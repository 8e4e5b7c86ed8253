-- What was charged for a job that was not accepted after all is given back. ARGV: 3 job · then scope, period, …
-- Returns how many charges that were; 0 where the ledger has the job
if redis.call('EXISTS', key('job', ARGV[3])) == 1 then return 0 end
local given = 0
for i = 4, #ARGV, 2 do given = given + redis.call('ZREM', key('quota', ARGV[i + 1], ARGV[i]), ARGV[3]) end
return given
