-- The last hour of the flock, a sample every few seconds. ARGV: 3 at most · 4 a sample ('' = only read) · 5 what all counts
-- came to at it (JSON) · 6 least ms since the one before
-- Returns {now_ms, what all counts came to at the last one ('' = there is none), {entry, {'sample', sample}} …}, the latest
-- first; while there is one to keep, none of them
local SAMPLES_MAX, LIFE_S = 360, 7200
local history, counts = key('history'), key('history', 'counts')
if ARGV[4] ~= '' then
  local last = redis.call('XREVRANGE', history, '+', '-', 'COUNT', 1)[1]
  if last and NOW - tonumber(last[1]:match('^%d+')) < tonumber(ARGV[6]) then return {NOW, '', {}} end
  redis.call('XADD', history, 'MAXLEN', SAMPLES_MAX, '*', 'sample', ARGV[4])
  redis.call('SET', counts, ARGV[5], 'EX', LIFE_S)
  redis.call('EXPIRE', history, LIFE_S)
  return {NOW, '', {}}
end
local found = ARGV[3] == '0' and {} or redis.call('XREVRANGE', history, '+', '-', 'COUNT', ARGV[3])
return {NOW, redis.call('GET', counts) or '', found}
