-- ARGV: 3 bot · 4… names (none: all).  Returns {name, value, …}
local marks = key('bookmark', ARGV[3])
if not ARGV[4] then return redis.call('HGETALL', marks) end
local found = {}
for i = 4, #ARGV do
  local value = redis.call('HGET', marks, ARGV[i])
  if value then found[#found + 1], found[#found + 2] = ARGV[i], value end
end
return found
