-- A host gives models up, or goes on holding what it was about to give up.
-- ARGV: 3 host · 4 fence · 5 '1' = it holds them · 6 why it gives them up · then slug, slots, slug, slots, …
-- Returns 'done' | 'fenced'
local host, holds_on = ARGV[3], ARGV[5] == '1'
if not host_is_live(host, ARGV[4]) then return 'fenced' end
for i = 7, #ARGV, 2 do
  local slug = ARGV[i]
  if holds_on then
    local was_leaving = redis.call('HDEL', key('draining', host), slug) == 1
    local is_new = begin_serving(slug, host, ARGV[i + 1], redis.call('ZSCORE', key('hosts'), host))
    if was_leaving or is_new then chronicle(was_leaving and 'kept' or 'ready', host, slug) end
  elseif redis.call('HEXISTS', key('draining', host), slug) == 0 then
    drain(slug, host, '', ARGV[6])
  end
end
return 'done'
