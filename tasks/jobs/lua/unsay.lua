-- What came of some messages leaves a session's window, and so does what was made of it in short.
-- ARGV: 3 session · 4 the lane of what sums it up · 5… the first jobs of those messages.  Returns how many turns went
local session, gone, went = key('session', ARGV[3]), {}, 0
for i = 5, #ARGV do gone[ARGV[i]] = true end
for _, turn in ipairs(redis.call('LRANGE', session, 0, -1)) do
  if gone[cjson.decode(turn).job] then went = went + redis.call('LREM', session, 1, turn) end
end
sum_up_no_more(ARGV[3], ARGV[4])
return went
