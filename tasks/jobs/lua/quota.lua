-- Bounds in sliding windows of a minute, an hour, a day, counted exactly: one entry for each job that was let through.
-- ARGV: 3 take | look · 4 job ('' = none) · then for each bound: scope, period, its length in ms, how many
-- Returns {1 | 0, scope, period, how many are left, ms until there is room}: of the bound that is left least of, or, where
-- one is reached, of that which lets go last; and {1, '', '', '', 0} where nothing is bounded
-- All or nothing: what one bound refuses counts for none. A job that is known to the ledger was let through before.
local taking, job = ARGV[3] == 'take', ARGV[4]
if taking and redis.call('EXISTS', key('job', job)) == 1 then return {1, '', '', '', 0} end

local bounds, least, refused = {}, nil, nil
for i = 5, #ARGV, 4 do
  local bound = {scope = ARGV[i], period = ARGV[i + 1], ms = tonumber(ARGV[i + 2]), most = tonumber(ARGV[i + 3])}
  bound.key = key('quota', bound.period, bound.scope)
  local after = '(' .. NOW - bound.ms
  local used = redis.call('ZCOUNT', bound.key, after, '+inf')
  local since = job ~= '' and redis.call('ZSCORE', bound.key, job)
  bound.counted = since and tonumber(since) > NOW - bound.ms
  bound.adds = taking and not bound.counted and 1 or 0
  local refuses = used >= bound.most and not bound.counted
  local here = refuses and used or used + bound.adds   -- what counts when this is over
  bound.left = math.max(0, bound.most - here)
  bound.next_ms = 0
  if bound.left == 0 then
    -- As many of the oldest must end as are too many for one more: this one's own among them, where there is no other.
    local ends = redis.call('ZRANGEBYSCORE', bound.key, after, '+inf', 'WITHSCORES', 'LIMIT', here - bound.most, 1)
    bound.next_ms = ends[2] and tonumber(ends[2]) + bound.ms - NOW or bound.ms
  end
  bounds[#bounds + 1] = bound
  if refuses and not (refused and refused.next_ms >= bound.next_ms) then refused = bound end
  local less = not least or bound.left < least.left or (bound.left == least.left and bound.next_ms > least.next_ms)
  if less then least = bound end
end
if refused then return {0, refused.scope, refused.period, 0, refused.next_ms} end
if not least then return {1, '', '', '', 0} end

for _, bound in ipairs(bounds) do
  if bound.adds == 1 then
    redis.call('ZREMRANGEBYSCORE', bound.key, '-inf', NOW - bound.ms)
    redis.call('ZADD', bound.key, NOW, job)
    redis.call('PEXPIRE', bound.key, bound.ms)
  end
end
return {1, least.scope, least.period, least.left, least.next_ms}
