-- The owner of the fleet file says what it holds; a change is a version of its own, and those who follow hear of it.
-- ARGV: 3 digest · 4 text, '' where it was said before · 5 owner · 6 why the file as it stands is not used.
-- Returns the version; 0: the text is wanted
local file = key('fleet')
if redis.call('HGET', file, 'digest') ~= ARGV[3] then
  if ARGV[4] == '' then return 0 end
  redis.call('HSET', file, 'digest', ARGV[3], 'text', ARGV[4])
  redis.call('PUBLISH', key('fleet'), redis.call('HINCRBY', file, 'version', 1))
end
redis.call('HSET', file, 'owner', ARGV[5], 'problem', ARGV[6], 'seen_ms', NOW)
return tonumber(redis.call('HGET', file, 'version'))
