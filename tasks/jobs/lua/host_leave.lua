-- A host stops on purpose. ARGV: 3 host · 4 fence · 5… slugs that it served.  Returns 'gone' | 'fenced'
local name = ARGV[3]
if redis.call('HGET', key('host', name), 'fence') ~= ARGV[4] then return 'fenced' end
redis.call('ZREM', key('hosts'), name)
for i = 5, #ARGV do redis.call('ZREM', key('serves', ARGV[i]), name) end
return 'gone'
