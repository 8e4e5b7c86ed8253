-- The owner of the fleet file says what it holds; a change is a version of its own, and those who follow hear of it.
-- Every machine may write here: what another one has put in the owner's place is put right.
-- ARGV: 3 digest, the beginning of the text's SHA-1 · 4 text, '' where it was said before · 5 owner
--       6 why the file as it stands is not used · 7 seals, one for each machine
-- Returns the version; 0: the text is wanted
local file = key('fleet')
local before = redis.call('HMGET', file, 'digest', 'text', 'seals')
if before[1] ~= ARGV[3] or not before[2] or redis.sha1hex(before[2]):sub(1, #ARGV[3]) ~= ARGV[3] then
  if ARGV[4] == '' then return 0 end
  redis.call('HSET', file, 'digest', ARGV[3], 'text', ARGV[4], 'seals', ARGV[7])
  redis.call('PUBLISH', key('fleet'), redis.call('HINCRBY', file, 'version', 1))
elseif before[3] ~= ARGV[7] then
  redis.call('HSET', file, 'seals', ARGV[7])
end
redis.call('HSET', file, 'owner', ARGV[5], 'problem', ARGV[6], 'seen_ms', NOW)
return tonumber(redis.call('HGET', file, 'version'))
