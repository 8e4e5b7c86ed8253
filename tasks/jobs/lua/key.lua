-- Keys of the HTTP API: of each there is a record (JSON, opaque) and the digest of the key.
-- ARGV: 3 what · then, by what it is:
--   new 4 id 5 digest 6 name 7 record 8 life_ms ('0' = for ever).  Returns 1; 0: that name or id is taken
--   list.                                     Returns {now_ms, {id, record, expires_ms, used_ms}, …}
--   revoke 4 id or name.                      Returns the id; '': there is none
--   find 4 digest 5 how coarse a use is noted, ms.  Returns {id, record, expires_ms, used_ms}; {}: none, or it has expired
local what = ARGV[3]
local records, digests = key('keys'), key('keys', 'digests')
local names, ends, used = key('keys', 'names'), key('keys', 'ends'), key('keys', 'used')

local function told(id)
  local since = redis.call('HGET', ends, id) or '0'
  return {id, redis.call('HGET', records, id), since, redis.call('HGET', used, id) or '0'}
end

local function has_ended(id)
  local at_ms = tonumber(redis.call('HGET', ends, id) or '0')
  return at_ms > 0 and at_ms <= NOW
end

local function drop(id)
  for digest, of in pairs(pairs_of(redis.call('HGETALL', digests))) do
    if of == id then redis.call('HDEL', digests, digest) end
  end
  for name, of in pairs(pairs_of(redis.call('HGETALL', names))) do
    if of == id then redis.call('HDEL', names, name) end
  end
  for _, where in ipairs({records, ends, used}) do redis.call('HDEL', where, id) end
end

if what == 'new' then
  local id, name = ARGV[4], ARGV[6]
  local former = redis.call('HGET', names, name)
  if former and has_ended(former) then drop(former)
  elseif former or redis.call('HEXISTS', records, id) == 1 then return 0 end
  local record = cjson.decode(ARGV[7])
  record.created_ms = NOW
  redis.call('HSET', records, id, cjson.encode(record))
  redis.call('HSET', digests, ARGV[5], id)
  redis.call('HSET', names, name, id)
  if ARGV[8] ~= '0' then redis.call('HSET', ends, id, NOW + tonumber(ARGV[8])) end
  return 1
elseif what == 'list' then
  local all = {NOW}
  for _, id in ipairs(redis.call('HKEYS', records)) do all[#all + 1] = told(id) end
  return all
elseif what == 'revoke' then
  local id = redis.call('HEXISTS', records, ARGV[4]) == 1 and ARGV[4] or redis.call('HGET', names, ARGV[4])
  if not id then return '' end
  drop(id)
  return id
end
local id = redis.call('HGET', digests, ARGV[4])
if not id or has_ended(id) then return {} end
local before = told(id)
-- A Redis without room does not note it; whoever only looks is let in all the same.
if NOW - tonumber(before[4]) >= tonumber(ARGV[5]) then redis.pcall('HSET', used, id, NOW) end
return before
