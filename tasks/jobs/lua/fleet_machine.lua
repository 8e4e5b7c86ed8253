-- The machines of the flock: who was invited, who asks to be let in for good, who was.
-- ARGV: 3 word · 4 machine · 5 value · 6 proof.  Fields of a machine: until_ms (of its invitation), asks (the hash that it
-- asks for, masked) and proof (that it was invited), joined_ms.  Returns 0 where the word does not fit how it stands, else 1
local word, machine = ARGV[3], ARGV[4]
local list, one = key('fleet', 'machines'), key('fleet', 'machine', machine)
if word == 'invite' then
  redis.call('DEL', one)
  redis.call('HSET', one, 'invited_ms', NOW, 'until_ms', NOW + tonumber(ARGV[5]))
  redis.call('ZADD', list, NOW, machine)
elseif redis.call('EXISTS', one) == 0 then
  return 0
elseif word == 'ask' then
  if redis.call('HEXISTS', one, 'joined_ms') == 1 then return 0 end
  redis.call('HSET', one, 'asks', ARGV[5], 'proof', ARGV[6])
  redis.call('PUBLISH', key('fleet'), machine)
elseif word == 'joined' then
  if redis.call('HGET', one, 'asks') ~= ARGV[5] then return 0 end   -- it was invited anew meanwhile
  redis.call('HDEL', one, 'asks', 'proof', 'until_ms')
  redis.call('HSET', one, 'joined_ms', NOW)
elseif word == 'gone' then
  redis.call('DEL', one)
  redis.call('ZREM', list, machine)
end
return 1
