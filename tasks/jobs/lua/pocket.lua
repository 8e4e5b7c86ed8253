-- Keep a value for so long. ARGV: 3 name · 4 value · 5 life_ms ('0' = take it away).  Returns 1
local pocket = key('pocket', ARGV[3])
if ARGV[5] == '0' then return redis.call('DEL', pocket) end
redis.call('SET', pocket, ARGV[4], 'PX', ARGV[5])
return 1
