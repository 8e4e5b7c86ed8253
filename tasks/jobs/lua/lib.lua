-- What every move shares. Prepended to each script, with rooms.lua, measuring.lua, ends.lua and fleet.lua, so that one
-- EVALSHA is one atomic move.
-- ARGV[1] namespace · ARGV[2] bell template ('' where a move never rings) · the rest belongs to the move.
-- Time is Redis TIME, never a client's clock. `fence` grows with every change of owner and every end.

local NS, BELL = ARGV[1], ARGV[2]
local SCAN_USERS, SCAN_JOBS = 64, 16         -- how far a claim looks past work that its host may not serve
local WARM_LOOKS = 8                         -- how many it looks at beyond the first, for a warm session
local PACE_SHARE = 8                         -- one answer counts for this part of the average
local SUSPECT_AFTER = 1                      -- crashes after which a job runs beside no other suspect
local LOOK_AGAIN_MS = 15000                  -- how soon an announced job is announced again
local DEAD_MAX, DEAD_LIFE_MS = 10000, 14 * 24 * 3600 * 1000
local SESSION_LIFE_S = 7 * 24 * 3600
local REFILL_MS = 1500                       -- how long a job waits for what was said before
local FORGET_S = 3600                        -- what hosts said of themselves, once they say it no more
local AGES_UP_MS = {batch = 900000, ambient = 300000}   -- waiting this long lifts a job one class
local LIFT = {batch = 'ambient', ambient = 'interactive'}
local MARKS_BYTES = 4096                      -- a trail longer than this forgets its middle
local CLASSES = {'interactive', 'ambient', 'batch'}

local function key(...) return NS .. ':' .. table.concat({...}, ':') end

local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local NOW = now_ms()

local function pairs_of(flat)
  local map = {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end

local function job_of(id, flat)
  local job = pairs_of(flat)
  if not job.state then return nil end
  job.id, job.fence = id, tonumber(job.fence)
  job.attempts, job.crashes = tonumber(job.attempts), tonumber(job.crashes)
  job.deadline_ms, job.lease_ms = tonumber(job.deadline_ms), tonumber(job.lease_ms)
  return job
end

local function load_job(id) return job_of(id, redis.call('HGETALL', key('job', id))) end

-- Whoever watches is told, and the ear that whoever asked named beforehand: on it one hears of many jobs.
local function tell(job, text)
  redis.call('PUBLISH', key('watch', job.id), text)
  if (job.ear or '') ~= '' then redis.call('PUBLISH', key('watch', job.ear), job.id .. '\n' .. text) end
end

-- Put a job into a state, with the fields that change; the record, the trail and the wake-up are one. `silent` where
-- another wake-up follows at once.
local function enter(job, state, who, why, changed, silent)
  job.state = state
  job.marks = job.marks .. NOW .. '|' .. state .. '|' .. who:gsub('[|\n]', ' ') .. '|' .. why:gsub('\n', ' ') .. '\n'
  if #job.marks > MARKS_BYTES then job.marks = job.marks:gsub('^([^\n]*\n)[^\n]*\n', '%1', 1) end
  local flat = {'state', state, 'fence', job.fence, 'marks', job.marks}
  for field, value in pairs(changed or {}) do
    job[field] = value
    flat[#flat + 1], flat[#flat + 2] = field, value
  end
  redis.call('HSET', key('job', job.id), unpack(flat))
  if not silent then tell(job, cjson.encode({state = state, fence = job.fence})) end
  redis.call('PUBLISH', key('events'), cjson.encode({job = job.id, state = state, model = job.slug, who = who}))
end

-- What people are told beside the answer.
local function flag(job, word)
  if (',' .. (job.flags or '') .. ','):find(',' .. word .. ',', 1, true) then return end
  job.flags = (job.flags or '') == '' and word or job.flags .. ',' .. word
  redis.call('HSET', key('job', job.id), 'flags', job.flags)
end

local function look_at(job, at_ms) redis.call('ZADD', key('live'), at_ms, job.id) end

-- No two bells share an id: brokers and workers keep what they hold by it.
local rung_here = 0
local RINGS = {recall = 'memory.recall', upkeep = 'transcript.refill'}   -- other queues carry bells of models
local function ring(queue, id)
  rung_here = rung_here + 1
  local bell_id = id:gsub('[^%w-]', '_') .. '-' .. NOW .. '-' .. rung_here
  local bell = BELL:gsub('@TASK@', RINGS[queue] or 'generation.answer')
  redis.call('LPUSH', queue, (bell:gsub('@QUEUE@', queue):gsub('@ID@', bell_id)))
end

-- For the archive: it is taken from the stream once it is written down, and never before.
local function note(kind, ...) return redis.call('XADD', key('archive'), '*', 'kind', kind, ...) end

-- Agents that have nothing to do hear at once that something is wanted of them.
local function wake_hosts(what)
  local slug = what:match('^model (.*)$')
  if slug then redis.call('HDEL', key('glances'), slug) end  -- what hosts found out about it is out of date
  redis.call('PUBLISH', key('demand'), what)
end

-- What happened to a model on a host ('' = nowhere), added up for ever.
local function count(slug, host, field, by)
  by = tonumber(by) or 0
  if by ~= 0 and redis.call('HINCRBY', key('tally', slug, host), field, by) == by then
    redis.call('SADD', key('tallies'), slug .. ':' .. host)
  end
end
