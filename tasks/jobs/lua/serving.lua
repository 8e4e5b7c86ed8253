-- Who could answer a job, and where it may go on to while nobody can. Prepended to the moves that ask.

local STAYS_MS = 10000      -- for jobs whose record says nothing of how long hosts may be gone
local NOBODY_EVER = math.huge
local hosts_read = {}
local function host_read(name)
  if not hosts_read[name] then
    local about = cjson.decode(redis.call('HGET', key('host', name), 'about') or '{}')
    local host = {labels = {}, models = {}, cloud = about.cloud == true, failed = {}, gave_up = {}}
    for _, label in ipairs(about.labels or {}) do host.labels[label] = true end
    for _, model in ipairs(about.models or {}) do if model.slug then host.models[model.slug] = model end end
    -- Since when it can load nothing, or one model not: its agent is there, and its engine is not, or does not want to.
    local memory = type(about.memory) == 'table' and about.memory or {}
    if type(memory.trouble) == 'string' and memory.trouble ~= '' then
      host.lost_ms = NOW - 1000 * (tonumber(memory.troubled_for_s) or 0)
    end
    for _, failure in ipairs(memory.failures or {}) do
      host.failed[failure.slug] = NOW - 1000 * (tonumber(failure.ago_s) or 0)
      if failure.gave_up == true and (tonumber(failure.again_in_s) or 1) > 0 then   -- after its rest it tries once more
        host.gave_up[failure.slug] = tostring(failure.reason or '')
      end
    end
    for _, slug in ipairs(memory.too_large or {}) do host.failed[slug] = 0 end
    hosts_read[name] = host
  end
  return hosts_read[name]
end

-- Neither what it belongs to nor what the job asks for may stand against it; the claim checks the same once more.
local function suits(name, job)
  local host = host_read(name)
  if job.pin ~= '' and job.pin ~= name then return false end
  if host.cloud and (job.private ~= '0' or job.allow_cloud ~= '1') then return false end
  for label in job.labels:gmatch('[^,]+') do
    if not host.labels[label] then return false end
  end
  return true
end

-- A host that was told to take no work, or whose breaker is open for the model, is as good as gone.
local function at_work(name, slug) return word_of(name) == 'run' and health_of(name, slug) ~= 'open' end

local function may_have(name, slug)
  return redis.call('SISMEMBER', key('able', slug), name) == 1 or host_read(name).models[slug] ~= nil
    or redis.call('ZSCORE', key('serves', slug), name) ~= false
end

-- Until when a host was there for a job: its presence lapses, its engine fails, its loads fail. One that failed this
-- very job was there until the job's rest was over, so that one which claims nothing more holds nobody up.
local function there_until_ms(name, expiry, job, slug)
  local host = host_read(name)
  local until_ms = math.min(expiry, host.lost_ms or expiry)
  if host.failed[slug] and not redis.call('ZSCORE', key('serves', slug), name) then
    until_ms = math.min(until_ms, host.failed[slug])
  end
  return name == job.not_on and math.min(until_ms, tonumber(job.not_before_ms or '0')) or until_ms
end

-- For how long nobody could have answered the job: 0 when somebody could. Holders are looked at first: mostly one will do.
local function look_for_hosts(job, slug)
  local last = -NOBODY_EVER
  local function is_there(name, expiry)
    if not (suits(name, job) and at_work(name, slug)) then return false end
    last = math.max(last, there_until_ms(name, expiry, job, slug))
    return last > NOW
  end
  for _, name in ipairs(holders_of(slug)) do
    if is_there(name, math.huge) then return 0 end
  end
  local hosts = redis.call('ZRANGE', key('hosts'), 0, -1, 'WITHSCORES')
  for i = 1, #hosts, 2 do
    if may_have(hosts[i], slug) and is_there(hosts[i], tonumber(hosts[i + 1])) then return 0 end
  end
  return math.max(0, NOW - last)
end

-- Many who wait ask for the same, and each look goes through all hosts where nobody is there.
local known_gone = {}
local function gone_ms(job, slug)
  local not_on = (job.not_on or '') ~= '' and job.not_on .. '|' .. (job.not_before_ms or '') or ''
  local asks = table.concat({slug, job.pin, not_on, job.private, job.allow_cloud or '', job.labels}, '|')
  if not known_gone[asks] then known_gone[asks] = look_for_hosts(job, slug) end
  return known_gone[asks]
end

-- Why nobody will load a model: hosts that are up gave it up for now, which takes it off what they may hold, and no
-- other one may. Nil while one may still, or none has tried.
local reasons = nil   -- by slug, of all hosts that are up; read once, where it is needed at all
local function given_up(slug)
  if #holders_of(slug) > 0 or load_of(slug) then return nil end
  for _, name in ipairs(redis.call('SMEMBERS', key('able', slug))) do
    local may = host_is_live(name) and redis.call('SISMEMBER', key('may', name), slug) == 1
    if may and not host_read(name).gave_up[slug] then return nil end
  end
  if not reasons then
    reasons = {}
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', key('hosts'), '(' .. NOW, '+inf')) do
      for given, reason in pairs(host_read(name).gave_up) do reasons[given] = name .. ' gave up loading it: ' .. reason end
    end
  end
  return reasons[slug]
end

-- The fallbacks of a job's model, in order, as {slug, name}; those that it has come past are no more among them.
local function further(job)
  local chain, passed = {}, job.slug == job.asked_slug or not job.asked_slug or job.asked_slug == ''
  for slug, name in (job.fallback or ''):gmatch('([^|,]+)|([^,]+)') do
    if passed then chain[#chain + 1] = {slug, name} end
    if slug == job.slug then passed = true end
  end
  return chain
end

local function with(job, changes)
  return setmetatable(changes, {__index = job})
end

-- What changes about a job that nobody has been there for long enough, and why; nil while it is better off waiting.
local function other_way(job)
  local stays = tonumber(job.fallback_ms or STAYS_MS)   -- a model that failed all tries is not waited for
  if job.spent ~= job.slug and gone_ms(job, job.slug) < stays then return nil end
  if job.pin ~= '' and gone_ms(with(job, {pin = ''}), job.slug) == 0 then
    return {pin = ''}, 'failover', job.pin .. ' is gone, which it was meant for'
  end
  for _, next_one in ipairs(further(job)) do
    local slug, name = next_one[1], next_one[2]
    for _, pin in ipairs(job.pin ~= '' and {job.pin, ''} or {''}) do
      if gone_ms(with(job, {pin = pin, not_on = ''}), slug) == 0 then
        local asked, asked_slug = job.asked or '', job.asked_slug or ''
        return {slug = slug, model = name, pin = pin, adapter = '', asked = asked ~= '' and asked or job.model,
          asked_slug = asked_slug ~= '' and asked_slug or job.slug}, 'fallback', 'nobody is there for ' .. job.model
      end
    end
  end
end
