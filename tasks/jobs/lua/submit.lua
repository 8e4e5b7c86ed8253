-- Accept a job: record, index, lane and bell in one call, so that none can exist without the others.
-- ARGV: 3 id · 4 record (JSON of strings) · 5 request (JSON, opaque) · 6 continuation bell ('' = none)
--       7 most live jobs of this user (0 = no bound) · 8 deadline_ms from now · 9 life without any host, ms
--       10 most live jobs of its channel · 11 of everybody (both: 0 = no bound)
-- Returns {'fresh'|'known', state, hosted 0|1, live jobs of the user}
--      or {'busy', user | channel | all, 1, live jobs of those, hopes}: {ms left} of a job at work, prospects of one that waits
local id = ARGV[3]
local known = redis.call('HGET', key('job', id), 'state')
if known then return {'known', known, 1, 0} end

local record = cjson.decode(ARGV[4])
local LOOKS = 8   -- at jobs, for what a refusal says of how long it takes until there is room
local LISTED = 10000   -- jobs that can be looked for, whatever became of them

local function hopes_of(ids)
  local hopes = {}
  for i = 1, math.min(#ids, LOOKS) do
    local job = load_job(ids[i])
    local pace = job and is_held(job) and redis.call('HGET', key('pace'), job.slug)
    if pace then hopes[#hopes + 1] = {math.max(0, tonumber(pace) - (NOW - tonumber(job.claimed_ms)))}
    elseif job and job.state == 'queued' then
      hopes[#hopes + 1] = prospects_of(job.slug, redis.call('ZRANK', key('waiting', job.slug), job.id) or 0)
    end
  end
  return hopes
end

local live = redis.call('SCARD', key('user', record.user))
local most, most_there, most_in_all = tonumber(ARGV[7]), tonumber(ARGV[10]), tonumber(ARGV[11])
if most > 0 and live >= most then
  return {'busy', 'user', 1, live, hopes_of(redis.call('SMEMBERS', key('user', record.user)))}
end
local there = most_there > 0 and redis.call('SCARD', key('channel', record.channel)) or 0
if most_there > 0 and there >= most_there then
  return {'busy', 'channel', 1, there, hopes_of(redis.call('SMEMBERS', key('channel', record.channel)))}
end
local in_all = most_in_all > 0 and redis.call('ZCARD', key('live')) or 0
if most_in_all > 0 and in_all >= most_in_all then
  return {'busy', 'all', 1, in_all, hopes_of(redis.call('ZRANGE', key('live'), 0, LOOKS - 1))}
end

-- Who is there for nobody at the moment may be there for somebody else.
local movable, why = record.fallback or record.pin ~= '', nil
if movable then
  local changes, flagged, reason = other_way(record)
  for field, value in pairs(changes or {}) do record[field] = value end
  record.flags, why = flagged, reason
  redis.call('ZADD', key('movable'), NOW, id)
end

local resident = redis.call('ZCOUNT', key('serves', record.slug), '(' .. NOW, '+inf') > 0
local wish = record.work == 'memory'   -- for whoever keeps memories: no host is needed, and none is counted
local hosted = wish or resident or somebody_may_hold(record.slug)
local life = tonumber(ARGV[8])
if not hosted then life = math.max(life, tonumber(ARGV[9])) end

local flat = {'v', 1, 'fence', 1, 'attempts', 0, 'crashes', 0, 'lease_ms', 0, 'received_ms', NOW,
  'deadline_ms', NOW + life, 'queued_ms', '', 'host', '', 'marks', '', 'state', 'received'}
for field, value in pairs(record) do flat[#flat + 1], flat[#flat + 2] = field, value end
redis.call('HSET', key('job', id), unpack(flat))
redis.call('HSET', key('text', id), 'request', ARGV[5])
if ARGV[6] ~= '' then redis.call('HSET', key('text', id), 'then', ARGV[6]) end

local job = job_of(id, flat)
local next_up = redis.call('RPUSH', key('lane', job.session), id) == 1
enter(job, 'received', '', why or (hosted and '' or 'no host is up'), {}, next_up)
redis.call('SADD', key('user', job.user), id)
if job.bot ~= '' then redis.call('ZADD', key('pushed', job.bot), NOW, id) end
if job.channel then redis.call('SADD', key('channel', job.channel), id) end
redis.call('XADD', key('jobs'), 'MAXLEN', '~', LISTED, '*', 'job', id)   -- for those who look around
if not wish then
  count(job.slug, '', 'submitted', 1)
  if resident then count(job.slug, '', 'hits', 1) end
end
if next_up then start_turn(job) else look_at(job, job.deadline_ms) end
return {'fresh', job.state, hosted and 1 or 0, live + 1}
