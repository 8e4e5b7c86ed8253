-- What a host must know to decide what to hold: who waits for what it holds, and for what it may hold and does not.
-- ARGV: 3 host (JSON, as for a claim) · 4… slugs that it holds
-- Returns {'fenced'} | {'seen', now_ms, word, version of the fleet file, residents, candidates, GiB that are claimed}
-- resident: {slug, answers in hand, last used_ms, demand} · demand (JSON): {slug, people, patient, turn_ms, pace_ms, holders
-- {host, slots, ready 0|1 …}, reserved by} · people, patient: {how many wait, how many were looked at, times of those
-- that this host may serve {'queued_ms deadline_ms' …}}
-- Where there are many hosts, what one found out about a model is good for the others for a moment, unless jobs wait for
-- it that only some of them may serve: so a look costs less the more there are. Nothing of that is logged on disk.
-- Bounded: so many candidates, so many models that people wait for gone through, so many jobs of each; and after so many
-- jobs in all only a few of each.
local CANDIDATES, MODELS, PAGE, JOBS, PAGES, JOBS_IN_ALL, A_FEW = 32, 256, 64, 64, 8, 512, 16
local ALONE, SHARED_MS, SHARED_MOST_MS = 16, 2, 400   -- hosts; for how long what was found out holds, for each host
local host = cjson.decode(ARGV[3])
if not host_is_live(host.name, host.fence) then return {'fenced'} end
local suits, looked, special_waits = suitor(host), 0, false
local hosts_up = redis.call('ZCARD', key('hosts'))
local shares = hosts_up > ALONE and not host.cloud
if shares then redis.set_repl(redis.REPL_NONE) end  -- for all that a look writes: even an empty entry would be an fsync
local open = pairs_of(redis.call('HGETALL', key('open', host.name)))

-- Jobs that only other hosts may serve are no demand here. `asks` is what the record says in short; see note_asks.
local function suits_me(asks, elsewhere)
  local cloud, pin, adapter, not_on, labels = asks:match('|([^|]*)|([^|]*)|([^|]*)|([^|]*)|(.*)$')
  local allows = cloud == '1'
  return suits({pin = pin, adapter = adapter, not_on = not_on, labels = labels,
    private = allows and '0' or '1', allow_cloud = allows and '1' or '0'}, elsewhere)
end

-- The ids of at most so many jobs of a room, the oldest among them, spread evenly over it.
local function spread(room, total, most)
  if total <= most then return redis.call('ZRANGE', room, 0, -1) end
  local ids, pages = {}, math.min(PAGES, most)
  for page = 0, pages - 1 do
    local from = math.floor(page * total / pages)
    for _, id in ipairs(redis.call('ZRANGE', room, from, from + math.floor(most / pages) - 1)) do ids[#ids + 1] = id end
  end
  return ids
end

-- Returns {how many wait in a room, how many of them were looked at, the times of those that this host may serve}
local function look_into(room, total, most, slug, elsewhere)
  local ids, times = spread(room, total, most), {}
  if not ids[1] then return {0, 0, times} end
  for _, asks in ipairs(redis.call('HMGET', key('asks', slug), unpack(ids))) do
    local special = asks and asks:find('|', 1, true)
    special_waits = special_waits or special
    if asks and not special and not host.cloud then times[#times + 1] = asks
    elseif special and suits_me(asks, elsewhere) then times[#times + 1] = asks:sub(1, special - 1) end
  end
  looked = looked + #ids
  return {total, #ids, times}
end

local function waiting_for(slug, elsewhere)
  local most = looked < JOBS_IN_ALL and JOBS or A_FEW
  local people, patient = key('room', slug, 'people'), key('room', slug, 'patient')
  local persons, others = redis.call('ZCARD', people), redis.call('ZCARD', patient)
  local kept = math.min(others, math.floor(most / 4))
  return look_into(people, persons, most - kept, slug, elsewhere),
    look_into(patient, others, most - math.min(persons, most - kept), slug, elsewhere)
end

local function holders(slug, hosts)
  local slots, found = hosts[1] and redis.call('HMGET', key('slots', slug), unpack(hosts)) or {}, {}
  for i, name in ipairs(hosts) do
    found[#found + 1], found[#found + 2], found[#found + 3] = name, tonumber(slots[i] or '1'), 1
  end
  local load = load_of(slug)
  if load then found[#found + 1], found[#found + 2], found[#found + 3] = load.host, tonumber(load.slots), 0 end
  return found
end

-- Returns whether anybody waits whom this host may serve, and the demand.
local function found_out(slug)
  local hosts = holders_of(slug)
  local elsewhere = #hosts > 1 or (hosts[1] and hosts[1] ~= host.name)
  special_waits = false
  local people, patient = waiting_for(slug, elsewhere)
  local kept = not hosts[1] and reservation_of(slug)
  local demand = {slug, people, patient, redis.call('ZSCORE', key('turn'), slug) or '',
    redis.call('HGET', key('pace'), slug) or '', holders(slug, hosts), kept and kept[1] or ''}
  return (people[3][1] or patient[3][1]) and '1' or '0', cjson.encode(demand)
end

-- Returns the demand for a model, nil where there is none and the host does not hold it.
local function demand_of(slug, is_mine)
  local until_ms, wanted, demand
  local shared = shares and redis.call('HGET', key('glances'), slug)
  if shared then until_ms, wanted, demand = shared:match('^(%d+) (%d) (.*)$') end
  if not demand or tonumber(until_ms) <= NOW then
    wanted, demand = found_out(slug)
    if shares and not special_waits then
      local lasts_ms = math.min(SHARED_MOST_MS, SHARED_MS * hosts_up)
      redis.call('HSET', key('glances'), slug, string.format('%.0f %s %s', NOW + lasts_ms, wanted, demand))
      redis.call('EXPIRE', key('glances'), FORGET_S)
    end
  end
  return (is_mine or wanted == '1') and demand or nil
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
      if tonumber(open[slug] or '0') <= NOW then candidates[#candidates + 1] = demand_of(slug) end
    end
  end
end

-- First those that had no turn for longest, then those whose oldest job has waited longest.
consider(redis.call('ZRANGE', key('turn'), 0, PAGE - 1), CANDIDATES / 2)
for from = 0, MODELS - 1, PAGE do
  if #candidates >= CANDIDATES then break end
  consider(redis.call('ZRANGE', key('models'), from, from + PAGE - 1), CANDIDATES)
end
return {'seen', NOW, word_of(host.name), redis.call('HGET', key('fleet'), 'version') or '', residents, candidates,
  redis.call('GET', key('pocket', 'claim:' .. host.name)) or ''}
