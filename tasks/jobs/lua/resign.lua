-- Leave an office to whoever comes next. ARGV: 3 office · 4 who.  Returns 1 | 0
local office = key('lead', ARGV[3])
if redis.call('GET', office) ~= ARGV[4] then return 0 end
return redis.call('DEL', office)
