-- A host registers which models it may hold, in the place of what it said before.
-- ARGV: 3 host · 4 fence · 5… slugs.  Returns 'known' | 'fenced'
local name = ARGV[3]
if not host_is_live(name, ARGV[4]) then return 'fenced' end
for _, slug in ipairs(redis.call('SMEMBERS', key('may', name))) do redis.call('SREM', key('able', slug), name) end
redis.call('DEL', key('may', name))
for i = 5, #ARGV do
  redis.call('SADD', key('may', name), ARGV[i])
  redis.call('SADD', key('able', ARGV[i]), name)
end
redis.call('EXPIRE', key('may', name), FORGET_S)
return 'known'
