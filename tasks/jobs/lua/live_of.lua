-- The jobs of a bot that are not over, the oldest first, and those taken back whose messages it has yet to tidy up.
-- ARGV: 3 bot.  Returns ids
local ids = redis.call('ZRANGE', key('pushed', ARGV[3]), 0, -1)
for _, id in ipairs(redis.call('ZRANGE', key('untidy', ARGV[3]), 0, -1)) do ids[#ids + 1] = id end
return ids
