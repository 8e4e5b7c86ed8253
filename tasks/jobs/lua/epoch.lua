-- Which conversation of a chat is the present one: 0 for the first, else when it was begun (seconds).
-- ARGV: 3 session · 4 anew | ''.  Returns the epoch
local epoch = tonumber(redis.call('HGET', key('epochs'), ARGV[3]) or '0')
if ARGV[4] ~= 'anew' then return epoch end
-- By the clock, not by a count: a Redis that forgot everything must not lead back into an old conversation.
epoch = math.max(math.floor(NOW / 1000), epoch + 1)
redis.call('HSET', key('epochs'), ARGV[3], epoch)
note('reset', 'session', ARGV[3], 'epoch', epoch)
return epoch
