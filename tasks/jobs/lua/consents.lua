-- Who agreed that is learned from what they say, and in which channels nobody wants that.
-- ARGV: 3 what · then, by what it is:
--   agree 4 person 5 id: who agreed before keeps that id.     Returns what stands there now
--   withdraw 4 person.                                        Returns 1; 0: they never agreed
--   close 4 channel 5 who: nobody's words of there.           Returns 1; 0: so it was
--   open 4 channel.                                           Returns 1; 0: so it was
--   look 4 person 5 channel.                                  Returns {what the person said, what the channel did}
--   all.                                                      Returns {people, channels}, each name, value, …
local what, name = ARGV[3], ARGV[4]
local people, channels = key('consents', 'people'), key('consents', 'channels')
if what == 'agree' then
  redis.call('HSETNX', people, name, ARGV[5] .. ' ' .. NOW)
  return redis.call('HGET', people, name)
elseif what == 'withdraw' then
  return redis.call('HDEL', people, name)
elseif what == 'close' then
  return redis.call('HSETNX', channels, name, ARGV[5] .. ' ' .. NOW)
elseif what == 'open' then
  return redis.call('HDEL', channels, name)
elseif what == 'look' then
  return {redis.call('HGET', people, name) or '', redis.call('HGET', channels, ARGV[5]) or ''}
end
return {redis.call('HGETALL', people), redis.call('HGETALL', channels)}
