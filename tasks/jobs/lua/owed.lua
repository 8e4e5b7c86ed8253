-- What waits to be archived. Returns {entries, for how many ms the oldest has waited}
local oldest = redis.call('XRANGE', key('archive'), '-', '+', 'COUNT', 1)[1]
if not oldest then return {0, 0} end
return {redis.call('XLEN', key('archive')), math.max(0, NOW - tonumber(oldest[1]:match('^(%d+)')))}
