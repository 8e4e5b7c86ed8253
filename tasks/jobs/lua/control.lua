-- What a host is told to do: run | pause | drain; '' only asks. ARGV: 3 host · 4 word.  Returns the word, '' for no such host
local host = key('host', ARGV[3])
if redis.call('EXISTS', host) == 0 then return '' end
if ARGV[4] ~= '' then
  if word_of(ARGV[3]) ~= ARGV[4] then chronicle(ARGV[4], ARGV[3], '') end
  redis.call('HSET', host, 'word', ARGV[4])
  wake_hosts('host ' .. ARGV[3])
end
return word_of(ARGV[3])
