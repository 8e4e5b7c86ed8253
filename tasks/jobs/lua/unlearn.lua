-- Jobs of which something was forgotten, until no adapter knows it unseen.
-- ARGV: 3 what · then, by what it is:  add 4… jobs · done 4… jobs.  Returns how many that changed
--   all.  Returns {job, …}
local waiting = key('unlearn')
if ARGV[3] == 'all' then return redis.call('SMEMBERS', waiting) end
local changed = 0
for i = 4, #ARGV do
  changed = changed + redis.call(ARGV[3] == 'add' and 'SADD' or 'SREM', waiting, ARGV[i])
end
return changed
