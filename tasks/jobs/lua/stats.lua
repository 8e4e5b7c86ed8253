-- What happened since the ledger began, by model and host. Returns {slug, host, {field, number …}, …}
local found = {}
for _, member in ipairs(redis.call('SMEMBERS', key('tallies'))) do
  local slug, host = member:match('^([^:]*):(.*)$')
  found[#found + 1], found[#found + 2] = slug, host
  found[#found + 1] = redis.call('HGETALL', key('tally', slug, host))
end
return found
