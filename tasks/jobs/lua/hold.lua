-- A host gives models up, or goes on holding what it was about to give up.
-- ARGV: 3 host · 4 fence · 5 '1' = it holds them · 6 why it gives them up · 7 ms that loading them took, 8 MiB that they
--       take ('0' = they were there) · then slug, slots, slug, slots, …
-- Returns 'done' | 'fenced'
local host, holds_on = ARGV[3], ARGV[5] == '1'
if not host_is_live(host, ARGV[4]) then return 'fenced' end
for i = 9, #ARGV, 2 do
  local slug = ARGV[i]
  if holds_on then
    local was_leaving = redis.call('HDEL', key('draining', host), slug) == 1
    local is_new = begin_serving(slug, host, ARGV[i + 1], redis.call('ZSCORE', key('hosts'), host))
    if was_leaving then chronicle('kept', host, slug)
    elseif is_new and ARGV[7] ~= '0' then chronicle('loaded', host, slug, 'ms', ARGV[7], 'mib', ARGV[8])
    elseif is_new then chronicle('ready', host, slug) end
  elseif redis.call('HEXISTS', key('draining', host), slug) == 0 then
    drain(slug, host, '', ARGV[6])
  end
end
return 'done'
