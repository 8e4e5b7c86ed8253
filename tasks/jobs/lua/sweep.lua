-- What the one leading sweeper does every second: look at every job whose time has come, and ring by deficit.
-- ARGV: 3 sweeper · 4 lead_ms · 5 most jobs a look
-- Returns {0} when another one leads, else {1, jobs moved, bells rung, ids of those that got their notice}
local me, most = ARGV[3], tonumber(ARGV[5])
local leader = redis.call('GET', key('sweeper'))
if leader and leader ~= me then return {0} end
redis.call('SET', key('sweeper'), me, 'PX', ARGV[4])

local function go_on_without(job)
  job.refill = '0'
  redis.call('HSET', key('job', job.id), 'refill', '0')
  flag(job, 'no history')
  go_on(job)
end

-- Nobody has taken it yet, or whoever did died over it: what a person wants of their memories is seen to until its deadline.
local function see_to_wish(job)
  if redis.call('ZSCORE', key('wishing'), job.id) then
    ring('recall', job.id)
    return look_at(job, math.min(job.deadline_ms, NOW + tonumber(job.recall_ms)))
  end
  job.fence = job.fence + 1
  ask_memory(job, 'sweeper', (job.error or '') ~= '' and job.error or 'nobody came back with it')
end

local function look(job)
  if job.state == 'recalling' then
    if job.deadline_ms <= NOW then return give_notice(job, 'expired', 'sweeper') end
    if is_wish(job) then return see_to_wish(job) end
    take_out(job)
    job.fence = job.fence + 1
    if job.refill == '1' then return go_on_without(job) end
    flag(job, 'no memory')
    queue_up(job, 'sweeper', 'memory took too long', false)
  elseif is_waiting(job) or (is_held(job) and job.deadline_ms <= NOW) then
    if job.deadline_ms <= NOW then return give_notice(job, 'expired', 'sweeper') end
    if job.state == 'queued' then
      if LIFT[job.class] and NOW - tonumber(job.queued_ms) >= AGES_UP_MS[job.class] then
        leave_room(job)
        job.class = LIFT[job.class]
        redis.call('HSET', key('job', job.id), 'class', job.class)
        join_room(job, false)
      end
      ring('model.' .. job.slug, job.id)
    end
    job.not_before_ms = '0'
    look_while_waiting(job)
  elseif is_held(job) then
    if job.lease_ms > NOW then return look_at(job, math.min(job.lease_ms, job.deadline_ms)) end
    try_again(job, 'sweeper', 'the lease of ' .. job.host .. ' lapsed', '', 0)
  elseif job.state == 'delivering' then
    if job.lease_ms > NOW then return look_at(job, job.lease_ms) end
    job.fence = job.fence + 1
    enter(job, 'done', 'sweeper', 'the delivery stalled', {lease_ms = 0})
    announce(job)
  elseif job.state == 'done' then
    if NOW - tonumber(job.done_ms) >= tonumber(job.life_s) * 1000 then
      return finish_off(job, 'undeliverable', 'sweeper', 'nobody came for it')
    end
    announce(job)
  else
    redis.call('ZREM', key('live'), job.id)
  end
end

local moved, told = 0, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('live'), '-inf', NOW, 'LIMIT', 0, most)) do
  local job = load_job(id)
  if job then
    look(job)
    if job.done_ms == NOW then told[#told + 1] = job.id end
  else
    redis.call('ZREM', key('live'), id)
  end
  moved = moved + 1
end

-- Who waits for what nobody will load need not wait until the deadline to be told; whoever has a fallback goes on to it.
local looks = most
for _, slug in ipairs(redis.call('ZRANGE', key('models'), 0, -1)) do
  local why = looks > 0 and given_up(slug)
  for _, id in ipairs(why and redis.call('ZRANGE', key('waiting', slug), 0, looks - 1) or {}) do
    looks = looks - 1
    local job = load_job(id)
    if job and job.state == 'queued' and (job.fallback or '') == '' then
      give_notice(job, 'not_loaded', 'sweeper', why)
      moved, told[#told + 1] = moved + 1, id
    end
  end
end

-- A host that falls silent says nothing of it.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', key('hosts'), '-inf', NOW)) do
  if redis.call('SADD', key('lost'), name) == 1 then chronicle('lost', name, '') end
end

-- Bells get lost. A model is owed `queued - bells` when that is positive on two looks; claimed jobs do not count.
local rung = 0
local before = pairs_of(redis.call('HGETALL', key('owed')))
redis.call('DEL', key('owed'))
for _, slug in ipairs(redis.call('ZRANGE', key('models'), 0, -1)) do
  local queue = 'model.' .. slug
  local owed = redis.call('ZCARD', key('waiting', slug)) - redis.call('LLEN', queue)
  for _ = 1, math.min(owed, tonumber(before[slug] or '0')) do
    ring(queue, 'sweep')
    owed, rung = owed - 1, rung + 1
  end
  if owed > 0 then redis.call('HSET', key('owed'), slug, owed) end
end
return {1, moved, rung, told}
