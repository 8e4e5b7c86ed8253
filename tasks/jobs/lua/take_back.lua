-- A host does not know whether its claim of a load, or its giving a model up, was heard: now it was not.
-- ARGV: 3 host · 4 fence · 5 slug.  Returns 'done' | 'fenced'
local host, slug = ARGV[3], ARGV[5]
if not host_is_live(host, ARGV[4]) then return 'fenced' end
local load = load_of(slug)
if load and load.host == host then redis.call('DEL', key('loading', slug)) end
redis.call('SREM', key('loads', host), slug)
for given_up, why in pairs(pairs_of(redis.call('HGETALL', key('draining', host)))) do
  if why == slug or (why == '' and given_up == slug) then
    redis.call('HDEL', key('draining', host), given_up)
    chronicle('kept', host, given_up)
  end
end
if redis.call('EXISTS', key('waiting', slug)) == 1 then wake_hosts('model ' .. slug) end
return 'done'
