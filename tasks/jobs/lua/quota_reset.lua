-- A scope begins anew. ARGV: 3 scope · 4… periods.  Returns how many entries were forgotten
local forgotten = 0
for i = 4, #ARGV do
  local entries = key('quota', ARGV[i], ARGV[3])
  forgotten = forgotten + redis.call('ZCARD', entries)
  redis.call('DEL', entries)
end
return forgotten
