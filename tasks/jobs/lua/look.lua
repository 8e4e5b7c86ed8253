-- What a host must know to decide what to hold: who waits for what it holds, and for what it may hold and does not.
-- ARGV: 3 host (JSON, as for a claim) · 4… slugs that it holds
-- Returns {'fenced'} | {'seen', now_ms, word, version of the fleet file, residents, candidates}
-- resident: {slug, answers in hand, last used_ms, demand} · demand: {slug, count, queued_ms …, deadline_ms …, turn_ms,
-- pace_ms, holders {host, slots, ready 0|1 …}, reserved by}
-- Bounded: at most so many candidates, so many jobs of each, and so many models that people wait for looked at.
local CANDIDATES, JOBS, MODELS, PAGE = 32, 64, 256, 64
local host = cjson.decode(ARGV[3])
if not host_is_live(host.name, host.fence) then return {'fenced'} end

-- Jobs that only other hosts may serve are no demand here; beyond the look the rest counts by its share.
local function waiting_for(slug)
  local first = redis.call('ZRANGE', key('waiting', slug), 0, JOBS - 1, 'WITHSCORES')
  local suits, queued, deadlines = suitor(host, slug), {}, {}
  for i = 1, #first, 2 do
    local found = redis.call('HMGET', key('job', first[i]), 'deadline_ms', 'pin', 'private', 'allow_cloud', 'adapter', 'not_on', 'labels')
    local job = {pin = found[2], private = found[3], allow_cloud = found[4], adapter = found[5], not_on = found[6], labels = found[7]}
    if found[1] and suits(job) then queued[#queued + 1], deadlines[#deadlines + 1] = first[i + 1], found[1] end
  end
  local beyond = math.max(0, redis.call('ZCARD', key('waiting', slug)) - #first / 2)
  local count = #queued == 0 and 0 or #queued + math.floor(beyond * #queued * 2 / #first)
  return count, queued, deadlines
end

local function holders(slug)
  local found, hosts = {}, holders_of(slug)
  local slots = hosts[1] and redis.call('HMGET', key('slots', slug), unpack(hosts)) or {}
  for i, name in ipairs(hosts) do
    found[#found + 1], found[#found + 2], found[#found + 3] = name, tonumber(slots[i] or '1'), 1
  end
  local load = load_of(slug)
  if load then found[#found + 1], found[#found + 2], found[#found + 3] = load.host, tonumber(load.slots), 0 end
  return found
end

local function demand_of(slug, all)
  local count, queued, deadlines = waiting_for(slug)
  if count == 0 and not all then return nil end
  local kept = reservation_of(slug)
  return {slug, count, queued, deadlines, redis.call('ZSCORE', key('turn'), slug) or '',
    redis.call('HGET', key('pace'), slug) or '', holders(slug), kept and kept[1] or ''}
end

local residents, candidates, seen = {}, {}, {}
for i = 4, #ARGV do
  local slug = ARGV[i]
  seen[slug] = true
  residents[#residents + 1] = {slug, redis.call('SCARD', held_key(host.name, slug)),
    redis.call('HGET', key('used', host.name), slug) or '', demand_of(slug, true)}
end

local function consider(slugs, most)
  if not slugs[1] then return end
  local may = redis.call('SMISMEMBER', key('may', host.name), unpack(slugs))
  for i, slug in ipairs(slugs) do
    if #candidates >= most then return end
    if may[i] == 1 and not seen[slug] then
      seen[slug] = true
      if health_of(host.name, slug) ~= 'open' then candidates[#candidates + 1] = demand_of(slug) end
    end
  end
end

-- First those that had no turn for longest, then those whose oldest job has waited longest.
local clocks = redis.call('ZRANGE', key('turn'), 0, PAGE - 1)
consider(clocks, CANDIDATES / 2)
for from = 0, MODELS - 1, PAGE do
  consider(redis.call('ZRANGE', key('models'), from, from + PAGE - 1), CANDIDATES)
end
return {'seen', NOW, word_of(host.name), redis.call('HGET', key('fleet'), 'version') or '', residents, candidates}
