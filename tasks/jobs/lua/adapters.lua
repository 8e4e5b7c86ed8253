-- Which adapter is served for each persona, as the registry says; a serial tells the older from the newer.
-- ARGV: 3 what · then, by what it is:
--   put 4 persona 5 serial 6 JSON: notes it, unless what is there is as new.  Returns 1 | 0
--   instead 4 persona 5 serial 6 JSON, '' for nothing: notes it where what is there has this very serial.  Returns 1 | 0
--   get 4 persona · all.  Returns {persona, JSON, …}
local what, persona, served = ARGV[3], ARGV[4], key('adapters')
if what == 'all' then return redis.call('HGETALL', served) end
local there = redis.call('HGET', served, persona)
if what == 'get' then return there and {persona, there} or {} end
local serial, before = tonumber(ARGV[5]), there and cjson.decode(there).serial or 0
if what == 'put' then
  if serial <= before then return 0 end
elseif serial ~= before then
  return 0
end
if ARGV[6] == '' then
  redis.call('HDEL', served, persona)
else
  redis.call('HSET', served, persona, ARGV[6])
end
return 1
