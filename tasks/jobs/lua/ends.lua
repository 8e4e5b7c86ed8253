-- How a try and a job come to their end. Prepended to each script, after measuring.lua.

-- Fields that nobody asks for after the end. A text, as each script is read anew and few come here.
local FLEETING = ' labels pin not_on not_before_ms recall_ms window lease_ms claim_lease_ms tries worker private '
  .. 'allow_cloud fallback fallback_ms deadline_s asked_slug spent queued_ms claimed_ms life_s text_life_s marks entry '
  .. 'generation slug sums then_queue done_ms ear archive refill channel v '

local function drop_entry(bot, entry)
  redis.call('XACK', key('outbox', bot), 'bot', entry)
  redis.call('XDEL', key('outbox', bot), entry)
end

local SHOWN = {'reply', 'partial', 'thoughts', 'calls', 'memories'}   -- of a job's texts, to whoever asked
-- What is left is a tombstone, small enough for Redis to pack. The words and the trail go first.
local function shrink(job)
  local record, text, kept = key('job', job.id), key('text', job.id), {}
  for field, value in pairs(pairs_of(redis.call('HGETALL', record))) do
    local told = value ~= '' and value ~= '0' and not (field == 'class' and value == CLASSES[1])
    if told and not FLEETING:find(' ' .. field .. ' ', 1, true) then kept[#kept + 1], kept[#kept + 2] = field, value end
  end
  redis.call('DEL', record)
  redis.call('HSET', record, unpack(kept))
  redis.call('HSET', text, 'marks', job.marks)
  redis.call('EXPIRE', record, job.life_s)
  redis.call('EXPIRE', text, job.text_life_s)
  return kept
end

-- All there is to keep of a job that has ended: what its watchers are told, and what was asked.
local function archive(job, told)
  local asked = redis.call('HMGET', key('text', job.id), 'request', 'edited')
  note('job', 'told', told, 'request', asked[1], 'edited', asked[2] or '')
end

-- What a job that is taken back left before people is its bot's to tidy up, whenever it is there again.
local function leave_bot(job, state)
  redis.call('ZREM', key('pushed', job.bot), job.id)
  if state ~= 'withdrawn' or not job.placed then return end
  local untidy = key('untidy', job.bot)
  redis.call('ZADD', untidy, NOW, job.id)
  redis.call('ZREMRANGEBYSCORE', untidy, '-inf', NOW - job.life_s * 1000)   -- each goes with its record
  redis.call('EXPIRE', untidy, job.life_s)
end

-- Nothing more will happen. The wake-up carries the record, so that nobody has to read it.
local function finish_off(job, state, who, why)
  measure_end(job, state)
  job.fence = job.fence + 1
  enter(job, state, who, why, {ended_ms = NOW}, true)
  redis.call('ZREM', key('live'), job.id)
  if job.fallback_ms then redis.call('ZREM', key('movable'), job.id) end
  redis.call('SREM', key('user', job.user), job.id)
  if job.bot ~= '' then leave_bot(job, state) end
  if job.channel then redis.call('SREM', key('channel', job.channel), job.id) end
  if job.entry then drop_entry(job.bot, job.entry) end
  local record, texts = shrink(job), {'marks', job.marks}
  for i, words in ipairs(redis.call('HMGET', key('text', job.id), unpack(SHOWN))) do
    if words then texts[#texts + 1], texts[#texts + 2] = SHOWN[i], words end
  end
  local told = cjson.encode({state = state, job = job.id, record = record, texts = texts})
  tell(job, told)
  if job.archive == '1' then archive(job, told) end
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
  if not is_wish(job) then measure(job, changed) end   -- which says nothing about a model
  take_out(job)
  job.fence = job.fence + 1
  changed.done_ms = NOW
  local pushed = job.bot ~= '' or job.then_queue ~= ''
  enter(job, 'done', who, why, changed, not pushed)
  if pushed then announce(job)
  else finish_off(job, 'delivered', who, '') end
  leave_lane(job)
end

-- Whether a job waited in vain because nobody could take its model into memory: so it is told, not that it came too late.
local function found_no_memory(job)
  local error = job.error or ''
  local failed = error:find('^ModelLoadFailed') or error:find('^OutOfMemory')
  return not is_held(job) and (failed or redis.call('HEXISTS', key('unloadable'), job.slug) == 1)
end

local function give_notice(job, cause, who, error)
  if is_wish(job) then cause = 'not_granted'
  elseif cause ~= 'expired' then count(job.slug, job.host or '', 'failed', 1)
  else count(job.slug, is_held(job) and job.host or '', is_held(job) and 'late' or 'shed', 1) end
  if cause == 'expired' and found_no_memory(job) then cause = 'not_loaded' end
  if cause == 'failed' or cause == 'crashed' or cause == 'not_loaded' or cause == 'not_granted' then
    redis.call('ZADD', key('dead'), NOW, job.id)
    redis.call('ZREMRANGEBYRANK', key('dead'), 0, -DEAD_MAX - 1)
    redis.call('ZREMRANGEBYSCORE', key('dead'), '-inf', NOW - DEAD_LIFE_MS)
  end
  conclude(job, who, cause, {outcome = 'notice', cause = cause, error = error or job.error or ''})
end

-- Whether a job whose every try failed may still go on to a fallback of its model, which the sweeper sees to; until then
-- it gets one more try. What takes its workers down would do so there too.
local function has_other_way(job)
  return job.crashes == 0 and (job.fallback or '') ~= '' and job.spent ~= job.slug
end

-- A try has come to nothing: another one, or the notice; `cause` says of what kind, where the last try was the last one.
local function try_again(job, who, error, not_on, wait_ms, cause)
  measure_try(job, error)
  redis.call('HSET', key('job', job.id), 'attempts', job.attempts, 'crashes', job.crashes)
  if job.deadline_ms <= NOW then return give_notice(job, 'expired', who, error) end
  if job.attempts >= tonumber(job.tries) then
    if not has_other_way(job) then
      return give_notice(job, job.crashes >= tonumber(job.tries) and 'crashed' or cause or 'failed', who, error)
    end
    job.spent = job.slug
    redis.call('HSET', key('job', job.id), 'spent', job.spent)
  end
  let_go(job)
  job.fence = job.fence + 1
  redis.call('HSET', key('job', job.id), 'not_on', not_on, 'not_before_ms', NOW + wait_ms, 'error', error)
  job.not_on, job.not_before_ms = not_on, NOW + wait_ms
  redis.call('HDEL', key('text', job.id), 'partial')
  queue_up(job, who, error, true)
end
