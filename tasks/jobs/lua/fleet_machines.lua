-- Returns {now_ms, machine, {field, value …}, machine, {…} …}
local found = {NOW}
for _, machine in ipairs(redis.call('ZRANGE', key('fleet', 'machines'), 0, -1)) do
  found[#found + 1] = machine
  found[#found + 1] = redis.call('HGETALL', key('fleet', 'machine', machine))
end
return found
