-- What is counted of how jobs and loads go, for whoever measures: one hash a model, one read and one write for each job
-- that is over. Prepended to each script, before ends.lua.

-- Upper bounds of what is counted together, in ms. A text, as each script is read anew and few come here.
local BOUNDS_MS = '50 100 250 500 1000 2500 5000 10000 20000 30000 60000 120000 300000 900000 3600000'
local BEYOND = 'more'

local function bound_of(ms)
  for bound in BOUNDS_MS:gmatch('%d+') do
    if ms <= tonumber(bound) then return bound end
  end
  return BEYOND
end

-- Have one duration counted: in the first bound that is not below it, and in what all of its kind come to.
local function observe(counted, kind, ms)
  ms = math.max(0, ms)
  counted[kind .. '|' .. bound_of(ms)] = 1
  counted[kind .. '|ms'] = ms
end

-- So many fields, read and written at once: on disk that is one line, where each HINCRBY would be one of its own.
local function add_up(slug, counted)
  local measures, fields, flat = key('measures', slug), {}, {}
  for field in pairs(counted) do fields[#fields + 1] = field end
  for i, before in ipairs(redis.call('HMGET', measures, unpack(fields))) do
    flat[#flat + 1], flat[#flat + 2] = fields[i], (tonumber(before or '0')) + counted[fields[i]]
  end
  redis.call('HSET', measures, unpack(flat))
end

-- A job is about to have its outcome: how long it waited for its host, for the first word and in all, and what went wrong.
local function measure(job, changed)
  local counted, received = {}, tonumber(job.received_ms)
  local queued, claimed = tonumber(job.queued_ms), tonumber(job.claimed_ms)
  observe(counted, 'response|' .. changed.outcome, NOW - received)
  if queued then observe(counted, 'wait', (is_held(job) and claimed or NOW) - queued) end
  if changed.outcome == 'notice' then counted['error|' .. changed.cause] = 1
  else observe(counted, 'first', tonumber(changed.first_ms or job.first_ms) - received) end
  if (',' .. (job.flags or '') .. ','):find(',cached,', 1, true) then counted.cached = 1 end
  add_up(job.slug, counted)
end

-- A try came to nothing: why, as the worker named its error, and where. Who was not heard of again named none.
local function measure_try(job, error)
  add_up(job.slug, {['try|' .. (error:match('^(%a+):') or 'WorkerLost') .. '|' .. (job.host or '')] = 1})
end

-- Nothing more will happen to a job: who was to deliver it, and whether they did.
local function measure_end(job, state)
  local by = job.bot ~= '' and job.bot or job.then_queue ~= '' and 'task' or 'pull'
  redis.call('HINCRBY', key('deliveries'), state .. '|' .. by, 1)
end
