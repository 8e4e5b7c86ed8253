-- Where jobs wait and who holds them: the waiting room of a model, the lane of a session, the hands of a host.
-- Prepended to each script, after lib.lua.

local function refresh_index(slug)
  local oldest = redis.call('ZRANGE', key('waiting', slug), 0, 0, 'WITHSCORES')
  if oldest[1] then redis.call('ZADD', key('models'), oldest[2], slug)
  else redis.call('ZREM', key('models'), slug) end
end

-- What a job asks of its host, in short, beside when it was queued and must be answered: what hosts look at.
local function note_asks(job)
  local asks = job.queued_ms .. ' ' .. job.deadline_ms
  local cloud = job.private == '0' and job.allow_cloud == '1'
  local special = {cloud and '1' or '0', job.pin, job.adapter, job.not_on or '', job.labels}
  if cloud or job.pin ~= '' or job.adapter ~= '' or job.labels ~= '' or (job.not_on or '') ~= '' then
    asks = asks .. '|' .. table.concat(special, '|')
  end
  redis.call('HSET', key('asks', job.slug), job.id, asks)
  redis.call('ZADD', key('room', job.slug, job.class == 'interactive' and 'people' or 'patient'), job.queued_ms, job.id)
end

-- Start-time fair queueing: a user's next job starts at max(virtual time, the end of their last one).
local function join_room(job, at_front)
  local fair = key('fair', job.slug, job.class)
  if not redis.call('ZSCORE', fair, job.user) then
    local virtual = tonumber(redis.call('GET', fair .. ':virtual') or '0')
    local served = tonumber(redis.call('ZSCORE', fair .. ':served', job.user) or '0')
    redis.call('ZADD', fair, math.max(virtual, served), job.user)
  end
  redis.call(at_front and 'LPUSH' or 'RPUSH', key('fifo', job.slug, job.class, job.user), job.id)
  redis.call('ZADD', key('waiting', job.slug), job.queued_ms, job.id)
  note_asks(job)
  redis.call('ZADD', key('turn'), 'NX', NOW, job.slug)
  refresh_index(job.slug)
end

-- The clock of a model: when its demand began, or its last start. What expires or is withdrawn leaves it alone, so that
-- a model that never gets its turn is told from one in use.
local function note_turn(slug)
  if redis.call('EXISTS', key('waiting', slug)) == 1 then redis.call('ZADD', key('turn'), NOW, slug)
  else redis.call('ZREM', key('turn'), slug) end
end

-- `tag` is given when the job leaves to be served: then the user's clock moves on. A user whose jobs no host could
-- serve for a while is served from now on, not from then: virtual time never runs backwards.
local function leave_room(job, tag)
  local fair, fifo = key('fair', job.slug, job.class), key('fifo', job.slug, job.class, job.user)
  redis.call('LREM', fifo, 1, job.id)
  redis.call('ZREM', key('waiting', job.slug), job.id)
  redis.call('ZREM', key('room', job.slug, 'people'), job.id)
  redis.call('ZREM', key('room', job.slug, 'patient'), job.id)
  redis.call('HDEL', key('asks', job.slug), job.id)
  local more = redis.call('EXISTS', fifo) == 1
  if tag then
    tag = math.max(tag, tonumber(redis.call('GET', fair .. ':virtual') or '0'))
    redis.call('SET', fair .. ':virtual', tag)
    redis.call('ZREMRANGEBYSCORE', fair .. ':served', '-inf', tag)
    if more then redis.call('ZADD', fair, tag + 1, job.user)
    else redis.call('ZADD', fair .. ':served', tag + 1, job.user) end
  end
  if not more then redis.call('ZREM', fair, job.user) end
  if redis.call('EXISTS', fair) == 0 then redis.call('DEL', fair .. ':virtual', fair .. ':served') end
  if tag then note_turn(job.slug) end
  refresh_index(job.slug)
end

local function look_while_waiting(job)
  local at = job.deadline_ms
  local not_before = tonumber(job.not_before_ms or '0')
  if not_before > NOW then at = math.min(at, not_before) end
  if AGES_UP_MS[job.class] then at = math.min(at, NOW + AGES_UP_MS[job.class]) end
  look_at(job, at)
end

local function queue_up(job, who, why, at_front)
  enter(job, 'queued', who, why, {queued_ms = job.queued_ms ~= '' and job.queued_ms or NOW, lease_ms = 0, host = ''})
  join_room(job, at_front)
  look_while_waiting(job)
  if tonumber(job.not_before_ms or '0') <= NOW then ring('model.' .. job.slug, job.id) end
  if redis.call('ZCOUNT', key('serves', job.slug), '(' .. NOW, '+inf') == 0 then wake_hosts('model ' .. job.slug) end
end

-- Whether Redis has forgotten what was said before in a session, and the archive has not.
local function is_forgotten(job)
  return job.archive == '1' and job.window ~= '0' and redis.call('EXISTS', key('session', job.session)) == 0
    and redis.call('ZSCORE', key('sessions'), job.session) ~= false
end

-- What a person wants of their memories is a job as well: no host, who keeps the memories sees to it, and there it ends.
local function is_wish(job) return job.work == 'memory' end

-- Have whoever keeps the memories look: for what there is about a question, or at a wish.
local function ask_memory(job, who, why)
  enter(job, 'recalling', who, why, {})
  redis.call('ZADD', key(is_wish(job) and 'wishing' or 'recalling'), NOW, job.id)
  look_at(job, math.min(job.deadline_ms, NOW + tonumber(job.recall_ms)))
  ring('recall', job.id)
end

-- Memories first where they are wanted and somebody is up who has them, else straight into the waiting room.
local function go_on(job)
  if job.recall_ms == '0' then return queue_up(job, '', '', false) end
  if is_wish(job) then return ask_memory(job, '', '') end   -- it waits until somebody is up
  if redis.call('EXISTS', key('pocket', 'up:memory')) == 0 then
    flag(job, 'no memory')
    return queue_up(job, '', 'nobody remembers', false)
  end
  ask_memory(job, '', '')
end

-- The head of a session's lane starts.
local function start_turn(job)
  if not is_forgotten(job) then return go_on(job) end
  enter(job, 'recalling', '', 'the session is read again', {refill = '1'})
  redis.call('ZADD', key('refilling'), NOW, job.id)
  look_at(job, math.min(job.deadline_ms, NOW + REFILL_MS))
  ring('upkeep', job.id)
end

local function leave_lane(job)
  local lane = key('lane', job.session)
  local was_head = redis.call('LINDEX', lane, 0) == job.id
  redis.call('LREM', lane, 1, job.id)
  if not was_head then return end
  local next_id = redis.call('LINDEX', lane, 0)
  local next_job = next_id and load_job(next_id)
  if next_job and next_job.state == 'received' then start_turn(next_job) end
end

local function held_key(host, slug) return key('claims', host, slug) end

local function hold(job, host)
  local held = held_key(host, job.slug)
  redis.call('SADD', held, job.id)
  redis.call('SADD', key('claims', host), job.slug)
  if job.class == 'batch' then
    redis.call('SADD', held .. ':batch', job.id)
    redis.call('SADD', key('batch', job.slug), job.id)   -- on all hosts together
  end
  if job.crashes >= SUSPECT_AFTER then redis.call('SADD', held .. ':suspect', job.id) end
end

local function let_go(job)
  if not job.host or job.host == '' then return end
  local held = held_key(job.host, job.slug)
  redis.call('SREM', held, job.id)
  redis.call('SREM', held .. ':batch', job.id)
  redis.call('SREM', key('batch', job.slug), job.id)
  redis.call('SREM', held .. ':suspect', job.id)
  if redis.call('EXISTS', held) == 0 then redis.call('SREM', key('claims', job.host), job.slug) end
  if redis.call('HSET', key('used', job.host), job.slug, NOW) == 1 then   -- its beats renew that, if it still has any
    redis.call('EXPIRE', key('used', job.host), FORGET_S)
  end
end

local function is_held(job) return job.state == 'claimed' or job.state == 'generating' end

local function is_waiting(job)
  return job.state == 'received' or job.state == 'recalling' or job.state == 'queued'
end

local function holds(job, fence) return job and is_held(job) and job.fence == tonumber(fence) end

-- Take a job out of wherever it stands: the waiting room, the recall list, a worker's hands.
local function take_out(job)
  if job.state == 'queued' then leave_room(job)
  elseif job.state == 'recalling' then
    redis.call('ZREM', key(is_wish(job) and 'wishing' or 'recalling'), job.id)
    redis.call('ZREM', key('refilling'), job.id)
  elseif is_held(job) then let_go(job) end
end

-- How long answers of a model take, from claim to end: a moving average, for the claim to tell who is beyond help.
local function keep_pace(job)
  local took = NOW - tonumber(job.claimed_ms or NOW)
  local before = tonumber(redis.call('HGET', key('pace'), job.slug) or took)
  redis.call('HSET', key('pace'), job.slug, math.floor(before + (took - before) / PACE_SHARE))
end
