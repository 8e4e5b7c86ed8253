-- What stands for the older messages of a session is written, unless somebody else did so meanwhile, or the session was
-- forgotten. Never in the move that ends a job: who dies before it has the next answer of the session do it.
-- ARGV: 3 session · 4 what it is built upon ('' = nothing) · 5 what it is now ('' = nothing any more)
--       6 the first job of the newest message in it ('' = nothing is new in it) · 7 for how long it is kept, s
-- Returns 1 | 0
local kept, session = key('condensed', ARGV[3]), key('session', ARGV[3])
if (redis.call('GET', kept) or '') ~= ARGV[4] then return 0 end
local there = ARGV[6] == ''
for _, turn in ipairs(there and {} or redis.call('LRANGE', session, 0, -1)) do
  there = there or cjson.decode(turn).job == ARGV[6]
end
if not there then return 0 end
if ARGV[5] == '' then redis.call('DEL', kept)
else redis.call('SET', kept, ARGV[5], 'EX', ARGV[7]) end
return 1
