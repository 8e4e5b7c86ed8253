-- What is shown of training.
-- ARGV: 3 what · then, by what it is:
--   run 4 name 5 began_ms 6 card (JSON) 7 report (JSON) 8 samples (JSON, '' = none) 9 most: keep them, in the place of
--     what was told before.  Returns 1
--   adapters 4 persona 5 cards (JSON): the same of a persona's adapters.  Returns 1
--   hush: take all samples away.  Returns 1
--   runs: returns the cards, the latest first · one 4 name: returns {report | false, samples | false}
--   kept: returns {persona, cards, …}
local what, name = ARGV[3], ARGV[4]
if what == 'run' then
  redis.call('ZADD', key('learned', 'order'), ARGV[5], name)
  redis.call('HSET', key('learned', 'cards'), name, ARGV[6])
  redis.call('HSET', key('learned', 'reports'), name, ARGV[7])
  if ARGV[8] == '' then
    redis.call('HDEL', key('learned', 'samples'), name)  -- they may be gone because somebody was forgotten
  else
    redis.call('HSET', key('learned', 'samples'), name, ARGV[8])
  end
  for _, gone in ipairs(redis.call('ZRANGE', key('learned', 'order'), 0, -tonumber(ARGV[9]) - 1)) do
    redis.call('ZREM', key('learned', 'order'), gone)
    for _, part in ipairs({'cards', 'reports', 'samples'}) do redis.call('HDEL', key('learned', part), gone) end
  end
  return 1
elseif what == 'hush' then
  redis.call('DEL', key('learned', 'samples'))
  return 1
elseif what == 'adapters' then
  redis.call('HSET', key('learned', 'adapters'), name, ARGV[5])
  return 1
elseif what == 'one' then
  return {redis.call('HGET', key('learned', 'reports'), name), redis.call('HGET', key('learned', 'samples'), name)}
elseif what == 'kept' then
  return redis.call('HGETALL', key('learned', 'adapters'))
end
local names = redis.call('ZREVRANGE', key('learned', 'order'), 0, -1)
if #names == 0 then return {} end
return redis.call('HMGET', key('learned', 'cards'), unpack(names))
