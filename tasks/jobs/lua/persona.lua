-- The state of one persona, beside what the files say of it.
-- ARGV: 3 what · then, by what it is:
--   off 4 persona 5 why 6 who: takes no more messages.  Returns 1; 0: it did not before
--   on 4 persona: takes them again.                     Returns 1; 0: it did already
--   spoke 4 persona 5 job: has said something, counted once for each job that the ledger knows.  Returns 1 | 0
--   turn 4 group: the next number of those who take turns in a group, from 0
local what, name = ARGV[3], ARGV[4]
local ROUND_LIFE_S = 30 * 24 * 3600
if what == 'off' then
  return redis.call('HSET', key('personas', 'off'), name, cjson.encode({why = ARGV[5], who = ARGV[6], at_ms = NOW}))
elseif what == 'on' then
  return redis.call('HDEL', key('personas', 'off'), name)
elseif what == 'spoke' then
  local job = key('job', ARGV[5])
  if redis.call('EXISTS', job) == 0 or redis.call('HSETNX', job, 'spoke', name) == 0 then return 0 end
  redis.call('HSET', key('personas', 'spoke'), name, NOW)
  redis.call('HINCRBY', key('personas', 'spoken'), name, 1)
  return 1
end
local turn = redis.call('INCR', key('round', name))
redis.call('EXPIRE', key('round', name), ROUND_LIFE_S)
return turn - 1
