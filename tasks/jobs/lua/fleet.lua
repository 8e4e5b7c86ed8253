-- Who is up, who holds what, and what a host may be given. Prepended to each script, last.

-- What hosts did, for those who look at the flock: bounded, and nothing that a move goes by. Who listens hears of it.
local TIMELINE_MAX = 2000
local function chronicle(kind, host, slug, ...)
  local told = {'kind', kind, 'host', host, 'model', slug, ...}
  local id = redis.call('XADD', key('timeline'), 'MAXLEN', '~', TIMELINE_MAX, '*', unpack(told))
  redis.call('PUBLISH', key('happened'), cjson.encode({id, told}))
end

-- Without a fence any agent of that name counts.
local function host_is_live(host, fence)
  local expiry = tonumber(redis.call('ZSCORE', key('hosts'), host) or '0')
  return expiry > NOW and (not fence or redis.call('HGET', key('host', host), 'fence') == tostring(fence))
end

-- What a host was told to do: run | pause | drain.
local function word_of(host) return redis.call('HGET', key('host', host), 'word') or 'run' end

local function holders_of(slug) return redis.call('ZRANGEBYSCORE', key('serves', slug), '(' .. NOW, '+inf') end

local function others_hold(slug, host)
  local mine = tonumber(redis.call('ZSCORE', key('serves', slug), host) or '0') > NOW and 1 or 0
  return redis.call('ZCOUNT', key('serves', slug), '(' .. NOW, '+inf') > mine
end

-- Returns whether the host did not before.
local function begin_serving(slug, host, slots, until_ms)
  local is_new = redis.call('ZADD', key('serves', slug), until_ms, host) == 1
  redis.call('HSET', key('slots', slug), host, slots)
  redis.call('EXPIRE', key('serves', slug), FORGET_S)
  redis.call('EXPIRE', key('slots', slug), FORGET_S)
  redis.call('HDEL', key('unloadable'), slug)
  return is_new
end

local function stop_serving(slug, host)
  redis.call('ZREM', key('serves', slug), host)
  redis.call('HDEL', key('slots', slug), host)
end

-- How many answers of a model the fleet can be at, all its holders together.
local function slots_of(slug)
  local hosts, slots = holders_of(slug), 0
  if not hosts[1] then return 0 end
  for _, each in ipairs(redis.call('HMGET', key('slots', slug), unpack(hosts))) do slots = slots + tonumber(each or '1') end
  return slots
end

-- Whether a host is up that could load the model.
local function somebody_may_hold(slug)
  for _, host in ipairs(redis.call('SMEMBERS', key('able', slug))) do
    if host_is_live(host) and redis.call('SISMEMBER', key('may', host), slug) == 1 then return true end
  end
  return false
end

-- The load of a model that is under way: one in the whole fleet. It is void once its host is gone.
local function load_of(slug)
  local load = pairs_of(redis.call('HGETALL', key('loading', slug)))
  return load.host and host_is_live(load.host, load.fence) and load or nil
end

-- What a job may go by that has so many ahead of it: {ahead, in hand, slots of who holds its model, pace_ms or '', slots
-- of who loads it, loading for ms, what a load takes in ms or ''}
local function prospects_of(slug, ahead)
  local busy, load = 0, load_of(slug)
  for _, host in ipairs(holders_of(slug)) do busy = busy + redis.call('SCARD', held_key(host, slug)) end
  return {ahead, busy, slots_of(slug), redis.call('HGET', key('pace'), slug) or '', load and tonumber(load.slots) or 0,
    load and NOW - load.since_ms or 0, redis.call('HGET', key('load_pace'), slug) or ''}
end

-- The host that keeps its next load for a model, as {host, fence}.
local function reservation_of(slug)
  local kept = redis.call('HMGET', key('reserved', slug), 'host', 'fence')
  return kept[1] and host_is_live(kept[1], kept[2]) and kept or nil
end

-- A host gives a model up, for another one or for reasons of its own: it holds it no more for anybody, and its beats do
-- not say otherwise until the load of that other one is over.
local function drain(slug, host, for_slug, reason)
  stop_serving(slug, host)
  redis.call('HSET', key('draining', host), slug, for_slug)
  count(slug, host, 'unloads', 1)
  chronicle('evicted', host, slug, 'for', for_slug, 'why', reason)
end

-- 'open': nothing. 'probation': one job at a time; so too after the breaker's time, until a probe mends it.
local function health_of(host, slug)
  local open_ms = tonumber(redis.call('HGET', key('open', host), slug) or '0')
  if open_ms > NOW then return 'open' end
  local probation = open_ms > 0 or redis.call('HEXISTS', key('probation', host), slug) == 1
  return probation and 'probation' or 'well'
end

-- Return how to tell whether this host may ever serve a job, by what the job asks of its host. `elsewhere`: another host
-- holds the model.
local function suitor(host)
  local labels, adapters = {}, {}
  for _, label in ipairs(host.labels) do labels[label] = true end
  for _, adapter in ipairs(host.adapters) do adapters[adapter] = true end
  return function(job, elsewhere)
    if job.pin ~= '' and job.pin ~= host.name then return false end
    if host.cloud and (job.private ~= '0' or job.allow_cloud ~= '1') then return false end
    if job.adapter ~= '' and not adapters[job.adapter] then return false end
    if job.not_on == host.name and elsewhere then return false end
    for label in job.labels:gmatch('[^,]+') do
      if not labels[label] then return false end
    end
    return true
  end
end

-- ================================================================ the move itself follows
