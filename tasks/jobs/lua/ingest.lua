-- What was said elsewhere joins a session and the archive; the same message of the same ingest does so once.
-- ARGV: 3 the ingest (owner and id) · 4 session · 5 turns of a window · 6 for how long the ingest is known, s
--       7 whose it is and what it becomes (JSON, opaque; '' = nothing to say of it)
--       then for each message: id, turn (JSON), when it was said (ms, '' = now)
-- Returns {how many are new, how many were known}
local known_by, session = key('ingested', ARGV[3]), ARGV[4]
local fresh, known = 0, 0
-- A window that Redis has forgotten and the archive has not is read again from there, with this in it.
local held = redis.call('EXISTS', key('session', session)) == 1 or not redis.call('ZSCORE', key('sessions'), session)
for i = 8, #ARGV, 3 do
  if redis.call('SADD', known_by, ARGV[i]) == 1 then
    fresh = fresh + 1
    if held then redis.call('RPUSH', key('session', session), ARGV[i + 1]) end
    note('ingest', 'session', session, 'message', ARGV[i], 'turn', ARGV[i + 1], 'place', ARGV[7],
      'at_ms', ARGV[i + 2] ~= '' and ARGV[i + 2] or NOW)
  else known = known + 1 end
end
redis.call('EXPIRE', known_by, ARGV[6])
if fresh > 0 then
  redis.call('LTRIM', key('session', session), -tonumber(ARGV[5]), -1)
  redis.call('EXPIRE', key('session', session), SESSION_LIFE_S)
  redis.call('ZADD', key('sessions'), NOW, session)
end
return {fresh, known}
