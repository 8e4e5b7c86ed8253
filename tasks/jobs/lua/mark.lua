-- How far a bot has come, by name: numbers only grow, however long they are; other values take each other's place.
-- ARGV: 3 bot · then name, value, …  Returns how many moved
local marks, moved = key('bookmark', ARGV[3]), 0
local function digits(text) return text and text:match('^%d+$') and text:gsub('^0+(%d)', '%1') end
for i = 4, #ARGV, 2 do
  local before = redis.call('HGET', marks, ARGV[i])
  local old, new = digits(before), digits(ARGV[i + 1])
  -- Ids of platforms have more digits than a double holds, so they are compared as they are written.
  local behind = old and new and (#new < #old or (#new == #old and new <= old))
  if not behind and before ~= ARGV[i + 1] then
    redis.call('HSET', marks, ARGV[i], ARGV[i + 1])
    moved = moved + 1
  end
end
return moved
