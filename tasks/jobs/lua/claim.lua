-- Take the best job that this host may serve: by class, then by fair queueing over users.
-- ARGV: 3 host (JSON: name, fence, slots, labels, adapters, cloud) · 4 model slug · 5 worker · 6 lease_ms
-- Returns {'fenced'} | {'paused'} | {'passed'} | {'none'} | {'job', id, fence, record, texts, session window, how many more wait}
-- 'paused': the host was told to take no work, or gives the model up · 'passed': only others may serve who waits
local host = cjson.decode(ARGV[3])
local PASSES, PASSES_BLIND = 20, 2   -- bells a second: to a host that is known to be there; to whom it may concern
local slug, worker, lease_ms = ARGV[4], ARGV[5], tonumber(ARGV[6])
if not host_is_live(host.name, host.fence) then return {'fenced'} end
if word_of(host.name) ~= 'run' or redis.call('HEXISTS', key('draining', host.name), slug) == 1 then return {'paused'} end

local held = held_key(host.name, slug)
local health = health_of(host.name, slug)
if health == 'open' or (health == 'probation' and redis.call('EXISTS', held) == 1) then return {'none'} end

-- Batch holds a quarter of the slots at most, here and on all hosts together.
local function quarter(slots) return math.max(1, math.floor(slots / 4)) end
local function batch_is_full()
  if redis.call('SCARD', held .. ':batch') >= quarter(host.slots) then return true end
  return redis.call('SCARD', key('batch', slug)) >= quarter(math.max(host.slots, slots_of(slug)))
end

local suits, elsewhere, batch_full = suitor(host), others_hold(slug, host.name), nil
local suspect_held = redis.call('EXISTS', held .. ':suspect') == 1

local function may_serve(job)
  if tonumber(job.not_before_ms or '0') > NOW then return false end
  if job.crashes >= SUSPECT_AFTER and suspect_held then return false end
  if job.class == 'batch' then
    if batch_full == nil then batch_full = batch_is_full() end
    if batch_full then return false end
  end
  return suits(job, elsewhere)
end

-- A job that has less time left than answers take, or than half of its life where they take longer, is beyond help: to
-- begin it would take the slot from one that can still make it, until nobody is answered in time. Where nobody else
-- waits, nobody loses the slot.
local pace = tonumber(redis.call('HGET', key('pace'), slug) or '0')
local function is_beyond_help(job)
  local left = job.deadline_ms - NOW
  if left <= 0 then return true end
  local half_life = (job.deadline_ms - tonumber(job.queued_ms)) / 2
  return left <= math.min(pace, half_life) and redis.call('ZCARD', key('waiting', slug)) > 1
end

-- The first job of this user that the host may serve; what can no longer make it is shed on the way.
local passes = 0              -- bells a second to pass on, where one was passed over whom only other hosts may serve
local function pass_over(job)
  local known = job.not_on == host.name
    or (job.pin ~= '' and tonumber(redis.call('ZSCORE', key('serves', slug), job.pin) or '0') > NOW)
  passes = math.max(passes, known and PASSES or PASSES_BLIND)
end
local function first_of(class, user)
  for _, id in ipairs(redis.call('LRANGE', key('fifo', slug, class, user), 0, SCAN_JOBS - 1)) do
    local job = load_job(id)
    if not job or job.state ~= 'queued' then
      redis.call('LREM', key('fifo', slug, class, user), 1, id)
    elseif is_beyond_help(job) then
      give_notice(job, 'expired', host.name)
    elseif may_serve(job) then
      return job
    elseif elsewhere and not suits(job, true) then
      pass_over(job)
    end
  end
end

-- Bells that nobody waits for any more (a worker went on without one, a job got its notice) would each cost a worker a
-- look. Returns how many jobs wait.
local function spare_bells()
  local waiting, queue = redis.call('ZCARD', key('waiting', slug)), 'model.' .. slug
  if waiting == 0 then redis.call('DEL', queue)
  elseif redis.call('LLEN', queue) > waiting then redis.call('LTRIM', queue, 0, waiting - 1) end
  return waiting
end

local function warm(job) return redis.call('HGET', key('warm', job.session), 'host') == host.name end

-- Among users whose turn it equally is, a session that this host answered last goes first: its prefix is cached. Only
-- so many are looked at: each look costs all who wait for Redis more than a warm prefix gains one of them.
local function best_in(class)
  local users = redis.call('ZRANGE', key('fair', slug, class), 0, SCAN_USERS - 1, 'WITHSCORES')
  local best, best_tag, rivals = nil, nil, 0
  for i = 1, #users, 2 do
    local tag = tonumber(users[i + 1])
    if best and (tag > best_tag or rivals >= WARM_LOOKS) then break end
    local job = first_of(class, users[i])
    if best then rivals = rivals + 1 end
    if job and (not best or warm(job)) then
      best, best_tag = job, tag
      if warm(job) then break end
    end
  end
  return best, best_tag
end

-- For `explain`; that it was simply its turn needs no words.
local function why_here(job)
  if job.not_on and job.not_on ~= '' then
    return job.not_on == host.name and 'nobody else is there' or job.not_on .. ' had failed'
  end
  return warm(job) and 'it answered this session last' or ''
end

for _, class in ipairs(CLASSES) do
  local job, tag = best_in(class)
  if job then
    leave_room(job, tag)
    job.fence = job.fence + 1
    enter(job, 'claimed', host.name, why_here(job), {host = host.name, worker = worker, lease_ms = NOW + lease_ms,
      attempts = job.attempts + 1, claim_lease_ms = lease_ms, claimed_ms = NOW})
    hold(job, host.name)
    look_at(job, math.min(job.deadline_ms, NOW + lease_ms))
    -- What stands for the older part of the session stays beside the words of the job: it is part of its prompt.
    local condensed = job.sums == '1' and redis.call('GET', key('condensed', job.session))
    if condensed then redis.call('HSET', key('text', job.id), 'condensed', condensed)
    elseif job.sums == '1' and job.attempts > 1 then redis.call('HDEL', key('text', job.id), 'condensed') end
    return {'job', job.id, job.fence, {'model', job.model, 'adapter', job.adapter, 'pin', job.pin, 'attempts',
      job.attempts, 'deadline_ms', job.deadline_ms, 'received_ms', job.received_ms, 'lease_ms', job.lease_ms,
      'window', job.window},
      redis.call('HGETALL', key('text', job.id)), redis.call('LRANGE', key('session', job.session), 0, -1), spare_bells()}
  end
end
spare_bells()
if passes == 0 then return {'none'} end
-- Who waits has spent a bell here: the others hear another one, though not without end.
local passed = redis.call('INCR', key('passed', slug))
if passed == 1 then redis.call('PEXPIRE', key('passed', slug), 1000) end
if passed <= passes then ring('model.' .. slug, 'passed-on') end
return {'passed'}
