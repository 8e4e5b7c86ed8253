-- A host stops on purpose. ARGV: 3 host · 4 fence · 5… slugs that it served.  Returns 'gone' | 'fenced'
local name = ARGV[3]
if redis.call('HGET', key('host', name), 'fence') ~= ARGV[4] then return 'fenced' end
redis.call('ZREM', key('hosts'), name)
redis.call('SREM', key('lost'), name)
chronicle('left', name, '')
for i = 5, #ARGV do stop_serving(ARGV[i], name) end
for _, slug in ipairs(redis.call('SMEMBERS', key('may', name))) do
  stop_serving(slug, name)
  redis.call('SREM', key('able', slug), name)
  if redis.call('EXISTS', key('waiting', slug)) == 1 then wake_hosts('model ' .. slug) end
end
redis.call('DEL', key('may', name), key('loads', name), key('draining', name), key('open', name), key('probation', name), key('used', name))
return 'gone'
