-- What the leading sweeper does after its look: jobs that wait for hosts which are gone go on to who is there.
-- ARGV: 3 most jobs a look · 4 how soon to look at the same one again, ms.  Returns the ids of those that went on
local most, again_ms = tonumber(ARGV[3]), tonumber(ARGV[4])

local function go_on(job, changes, flagged, why)
  leave_room(job)
  flag(job, flagged)
  local flat = {}
  for field, value in pairs(changes) do
    job[field] = value
    flat[#flat + 1], flat[#flat + 2] = field, value
  end
  if job.deadline_s then     -- it was given a longer life for want of a host; with one it has that of everybody
    job.deadline_ms = math.min(job.deadline_ms, NOW + math.floor(tonumber(job.deadline_s) * 1000))
    flat[#flat + 1], flat[#flat + 2] = 'deadline_ms', job.deadline_ms
  end
  job.not_on, job.not_before_ms, job.attempts = '', '0', 0
  redis.call('HSET', key('job', job.id), 'not_on', '', 'not_before_ms', '0', 'attempts', 0, unpack(flat))
  job.fence = job.fence + 1
  queue_up(job, 'sweeper', why, false)
end

local went = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('movable'), '-inf', NOW, 'LIMIT', 0, most)) do
  local job = load_job(id)
  if not job or job.outcome or job.ended_ms then
    redis.call('ZREM', key('movable'), id)
  else
    redis.call('ZADD', key('movable'), NOW + again_ms, id)
    local changes, flagged, why
    if job.state == 'queued' then changes, flagged, why = other_way(job) end
    if changes then
      go_on(job, changes, flagged, why)
      went[#went + 1] = id
    end
  end
end
return went
