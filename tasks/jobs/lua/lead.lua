-- Take or keep an office that one process at a time may have. ARGV: 3 office · 4 who asks · 5 lease_ms.  Returns 1 | 0
local office = key('lead', ARGV[3])
local holder = redis.call('GET', office)
if holder and holder ~= ARGV[4] then return 0 end
redis.call('SET', office, ARGV[4], 'PX', ARGV[5])
return 1
