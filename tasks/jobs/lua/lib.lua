-- What every move shares. Prepended to each script, with fleet.lua, so that one EVALSHA is one atomic move.
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
local FORGET_S = 3600                        -- what hosts said of themselves, once they say it no more
local AGES_UP_MS = {batch = 900000, ambient = 300000}   -- waiting this long lifts a job one class
local LIFT = {batch = 'ambient', ambient = 'interactive'}
local MARKS_BYTES = 4096                      -- a trail longer than this forgets its middle
local FLEETING = {}                          -- fields that nobody asks for after the end
for field in ('labels pin not_on not_before_ms recall_ms window lease_ms claim_lease_ms tries worker private '
    .. 'allow_cloud fallback fallback_ms deadline_s asked_slug queued_ms claimed_ms life_s text_life_s marks entry generation slug then_queue done_ms ear'):gmatch('%S+') do FLEETING[field] = true end
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

local function load_job(id)
  local job = pairs_of(redis.call('HGETALL', key('job', id)))
  if not job.state then return nil end
  job.id, job.fence = id, tonumber(job.fence)
  job.attempts, job.crashes = tonumber(job.attempts), tonumber(job.crashes)
  job.deadline_ms, job.lease_ms = tonumber(job.deadline_ms), tonumber(job.lease_ms)
  return job
end

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
local function ring(queue, id)
  rung_here = rung_here + 1
  local bell_id = id:gsub('[^%w-]', '_') .. '-' .. NOW .. '-' .. rung_here
  local bell = BELL:gsub('@TASK@', queue == 'recall' and 'memory.recall' or 'generation.answer')
  redis.call('LPUSH', queue, (bell:gsub('@QUEUE@', queue):gsub('@ID@', bell_id)))
end

-- Agents that have nothing to do hear at once that something is wanted of them.
local function wake_hosts(what) redis.call('PUBLISH', key('demand'), what) end

-- What happened to a model on a host ('' = nowhere), added up for ever.
local function count(slug, host, field, by)
  by = tonumber(by) or 0
  if by ~= 0 and redis.call('HINCRBY', key('tally', slug, host), field, by) == by then
    redis.call('SADD', key('tallies'), slug .. ':' .. host)
  end
end

-- ---------------------------------------------------------------- the waiting room of a model
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

-- The head of a session's lane starts: memories first where they are wanted, else straight into the waiting room.
local function start_turn(job)
  if job.recall_ms ~= '0' then
    enter(job, 'recalling', '', '', {})
    redis.call('ZADD', key('recalling'), NOW, job.id)
    look_at(job, math.min(job.deadline_ms, NOW + tonumber(job.recall_ms)))
    ring('recall', job.id)
  else
    queue_up(job, '', '', false)
  end
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

-- ---------------------------------------------------------------- holding
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
  redis.call('HSET', key('used', job.host), job.slug, NOW)
end

local function is_held(job) return job.state == 'claimed' or job.state == 'generating' end

local function is_waiting(job)
  return job.state == 'received' or job.state == 'recalling' or job.state == 'queued'
end

local function holds(job, fence) return job and is_held(job) and job.fence == tonumber(fence) end

-- Take a job out of wherever it stands: the waiting room, the recall list, a worker's hands.
local function take_out(job)
  if job.state == 'queued' then leave_room(job)
  elseif job.state == 'recalling' then redis.call('ZREM', key('recalling'), job.id)
  elseif is_held(job) then let_go(job) end
end

-- How long answers of a model take, from claim to end: a moving average, for the claim to tell who is beyond help.
local function keep_pace(job)
  local took = NOW - tonumber(job.claimed_ms or NOW)
  local before = tonumber(redis.call('HGET', key('pace'), job.slug) or took)
  redis.call('HSET', key('pace'), job.slug, math.floor(before + (took - before) / PACE_SHARE))
end

-- ---------------------------------------------------------------- ends
local function drop_entry(bot, entry)
  redis.call('XACK', key('outbox', bot), 'bot', entry)
  redis.call('XDEL', key('outbox', bot), entry)
end

-- What is left is a tombstone, small enough for Redis to pack. The words and the trail go first.
local function shrink(job)
  local record, text, kept = key('job', job.id), key('text', job.id), {}
  for field, value in pairs(pairs_of(redis.call('HGETALL', record))) do
    local told = value ~= '' and value ~= '0' and not (field == 'class' and value == CLASSES[1])
    if told and not FLEETING[field] then kept[#kept + 1], kept[#kept + 2] = field, value end
  end
  redis.call('DEL', record)
  redis.call('HSET', record, unpack(kept))
  redis.call('HSET', text, 'marks', job.marks)
  redis.call('EXPIRE', record, job.life_s)
  redis.call('EXPIRE', text, job.text_life_s)
end

-- Nothing more will happen. The wake-up carries the record, so that nobody has to read it.
local function finish_off(job, state, who, why)
  job.fence = job.fence + 1
  enter(job, state, who, why, {ended_ms = NOW}, true)
  redis.call('ZREM', key('live'), job.id)
  redis.call('SREM', key('user', job.user), job.id)
  if job.entry then drop_entry(job.bot, job.entry) end
  shrink(job)
  tell(job, cjson.encode({state = state, job = job.id, record = redis.call('HGETALL', key('job', job.id)),
    texts = redis.call('HGETALL', key('text', job.id))}))
end

-- What still stands there unread is not put there again; an entry that was read and led nowhere is replaced.
local function announce(job)
  look_at(job, NOW + LOOK_AGAIN_MS)
  if job.bot == '' then
    local bell = redis.call('HGET', key('text', job.id), 'then')
    if not redis.call('LPOS', job.then_queue, bell) then redis.call('LPUSH', job.then_queue, bell) end
    return
  end
  local outbox = key('outbox', job.bot)
  if job.entry then
    local read = redis.pcall('XPENDING', outbox, 'bot', job.entry, job.entry, 1)   -- an error while there is no group
    if #read == 0 and #redis.call('XRANGE', outbox, job.entry, job.entry) > 0 then return end
    drop_entry(job.bot, job.entry)
  end
  redis.call('HSET', key('job', job.id), 'entry', redis.call('XADD', outbox, '*', 'job', job.id))
end

-- The outcome stands, a reply or a notice; who asked by id has it, everybody else is told.
local function conclude(job, who, why, changed)
  take_out(job)
  job.fence = job.fence + 1
  changed.done_ms = NOW
  local pushed = job.bot ~= '' or job.then_queue ~= ''
  enter(job, 'done', who, why, changed, not pushed)
  if pushed then announce(job)
  else finish_off(job, 'delivered', who, '') end
  leave_lane(job)
end

local function give_notice(job, cause, who, error)
  if cause ~= 'expired' then count(job.slug, job.host or '', 'failed', 1)
  else count(job.slug, is_held(job) and job.host or '', is_held(job) and 'late' or 'shed', 1) end
  if cause == 'failed' or cause == 'crashed' or cause == 'not_loaded' then
    redis.call('ZADD', key('dead'), NOW, job.id)
    redis.call('ZREMRANGEBYRANK', key('dead'), 0, -DEAD_MAX - 1)
    redis.call('ZREMRANGEBYSCORE', key('dead'), '-inf', NOW - DEAD_LIFE_MS)
  end
  conclude(job, who, cause, {outcome = 'notice', cause = cause, error = error or job.error or ''})
end

-- A try has come to nothing: another one, or the notice; `cause` says of what kind, where the last try was the last one.
local function try_again(job, who, error, not_on, wait_ms, cause)
  redis.call('HSET', key('job', job.id), 'attempts', job.attempts, 'crashes', job.crashes)
  if job.deadline_ms <= NOW then return give_notice(job, 'expired', who, error) end
  if job.attempts >= tonumber(job.tries) then
    return give_notice(job, job.crashes >= tonumber(job.tries) and 'crashed' or cause or 'failed', who, error)
  end
  let_go(job)
  job.fence = job.fence + 1
  redis.call('HSET', key('job', job.id), 'not_on', not_on, 'not_before_ms', NOW + wait_ms, 'error', error)
  job.not_on, job.not_before_ms = not_on, NOW + wait_ms
  redis.call('HDEL', key('text', job.id), 'partial')
  queue_up(job, who, error, true)
end

