-- No answer is given a second time.  Returns how many there were
local went = 0
for _, digest in ipairs(redis.call('ZRANGE', key('cached'), 0, -1)) do went = went + redis.call('DEL', key('cache', digest)) end
redis.call('DEL', key('cached'))
return went
