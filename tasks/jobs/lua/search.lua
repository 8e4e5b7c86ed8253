-- Jobs that are as somebody wants them, the latest first. Bounded: so many are gone through, so many are found, and so
-- many bytes of words are read; who wants more goes on where this ended.
-- ARGV: 3 jobs | dead: in which list · 4 where to begin ('' = the latest) · 5 how many to go through · 6 how many to find
--   7 what they are to be (JSON: states, models, session, persona, user, text, the same quoted as JSON has it, words_of:
--     platforms whose words are looked through; each may be missing)
-- Returns {where to go on ('' = nowhere), how many were gone through, {id, {field, value …}, beginning of the question …}}
local LONGEST, BYTES_IN_ALL, BEGINNING = 65536, 2 * 1024 * 1024, 600
local which, from, most, enough, wanted = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), cjson.decode(ARGV[7])
local bytes = 0

local function is_one_of(list, value)
  for _, each in ipairs(list or {value}) do
    if each == value then return true end
  end
  return false
end

local function is_wanted(job)
  for _, field in ipairs({'session', 'persona', 'user'}) do
    if wanted[field] and wanted[field] ~= (job[field] or '') then return false end
  end
  return is_one_of(wanted.states, job.state) and is_one_of(wanted.models, job.model)
end

-- What is longer would hold up everybody who waits for Redis, for the sake of somebody who looks around.
local function read(id, field)
  local size = redis.call('HSTRLEN', key('text', id), field)
  if size == 0 or size > LONGEST then return '' end
  bytes = bytes + size
  return redis.call('HGET', key('text', id), field)
end

local function holds_one(words, needles)
  if words == '' then return false end
  local low = words:lower()
  for _, needle in ipairs(needles) do
    if low:find(needle, 1, true) or words:find(needle, 1, true) then return true end
  end
  return false
end

-- The request in JSON is looked through first: mostly that is the end of it.
local function question_of(id, needles)
  local edited = read(id, 'edited')
  if edited ~= '' then return edited end
  local request = read(id, 'request')
  if request == '' or (needles and not holds_one(request, needles)) then return '' end
  local told, asked = pcall(cjson.decode, request)
  return told and type(asked.text) == 'string' and asked.text or ''
end

-- Ids are searched, then words as they stand; in JSON the needles are as they are there.
local function says_it(id, job)
  local plain, quoted = wanted.text, wanted.quoted
  if holds_one(table.concat({id, job.user or '', job.session or ''}, '\n'), plain) then return true end
  if not is_one_of(wanted.words_of, (job.session or ''):match('^[^:]*')) then return false end
  return holds_one(question_of(id, quoted), plain) or holds_one(read(id, 'reply'), plain)
    or holds_one(read(id, 'partial'), plain)
end

local function beginning(words)
  if #words <= BEGINNING then return words end
  return (words:sub(1, BEGINNING):gsub('[\192-\247]?[\128-\191]*$', ''))   -- no character in halves
end

local entries = {}   -- {where it stands, id}
if which == 'dead' then
  local at = math.min(tonumber(from) or 0, DEAD_MAX)
  for i, id in ipairs(redis.call('ZREVRANGE', key('dead'), at, at + most - 1)) do entries[i] = {tostring(at + i), id} end
else
  for i, entry in ipairs(redis.call('XREVRANGE', key('jobs'), from == '' and '+' or '(' .. from, '-', 'COUNT', most)) do
    entries[i] = {entry[1], entry[2][2]}
  end
end

local found, went, ended = {}, 0, #entries < most
for i, entry in ipairs(entries) do
  local id = entry[2]
  local flat = redis.call('HGETALL', key('job', id))
  local job = pairs_of(flat)
  went = i
  if job.state and is_wanted(job) and (not wanted.text or says_it(id, job)) then
    found[#found + 1], found[#found + 2], found[#found + 3] = id, flat, beginning(question_of(id))
  end
  if #found >= 3 * enough or bytes > BYTES_IN_ALL then
    ended = ended and i == #entries
    break
  end
end
return {ended and '' or entries[went][1], went, found}
