-- A host gives models up, or goes on holding what it was about to give up.
-- ARGV: 3 host · 4 fence · 5 '1' = it holds them · then slug, slots, slug, slots, …  Returns 'done' | 'fenced'
local host, holds_on = ARGV[3], ARGV[5] == '1'
if not host_is_live(host, ARGV[4]) then return 'fenced' end
for i = 6, #ARGV, 2 do
  local slug = ARGV[i]
  if holds_on then
    redis.call('HDEL', key('draining', host), slug)
    begin_serving(slug, host, ARGV[i + 1], redis.call('ZSCORE', key('hosts'), host))
  elseif redis.call('HEXISTS', key('draining', host), slug) == 0 then
    drain(slug, host, '')
  end
end
return 'done'
