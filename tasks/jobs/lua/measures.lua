-- What was counted of how jobs and loads went, since the ledger began.
-- Returns {bounds, {slug, {field, number …}, …}, {state|bot, number …}}
local bounds, found, seen = {}, {}, {}
for bound in BOUNDS_MS:gmatch('%d+') do bounds[#bounds + 1] = tonumber(bound) end
for _, member in ipairs(redis.call('SMEMBERS', key('tallies'))) do
  local slug = member:match('^[^:]*')
  if not seen[slug] then
    seen[slug] = true
    found[#found + 1], found[#found + 2] = slug, redis.call('HGETALL', key('measures', slug))
  end
end
return {bounds, found, redis.call('HGETALL', key('deliveries'))}
