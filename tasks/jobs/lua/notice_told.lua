-- Note by which channels a notice was told, and when to go on with the others.
-- ARGV: 3 id · 4 ms until the next try ('' = there will be none) · 5… channels.  Returns 'kept' | 'gone'
local id, wait_ms = ARGV[3], tonumber(ARGV[4])
if redis.call('EXISTS', key('notice', id)) == 0 then return 'gone' end
for i = 5, #ARGV do redis.call('HSET', key('notice', id), 'by:' .. ARGV[i], NOW) end
if wait_ms then redis.call('ZADD', key('notices'), NOW + wait_ms, id)
else redis.call('ZREM', key('notices'), id) end
return 'kept'
