-- The answer is whole. Only its holder may say so.
-- ARGV: 3 id · 4 fence · 5 reply · 6 result (JSON of strings) · 7 turn of the person (JSON) · 8 turn of the model (JSON)
--       9 the first job of the message, where it is answered anew ('' = it is not): the turns that came of it go
--       10 what was thought aloud before the reply, where that is shown · 11 calls that the model asks for (JSON, '' = none)
-- Returns 'done' | 'lost'
local job = load_job(ARGV[3])
if not holds(job, ARGV[4]) then return 'lost' end
if job.deadline_ms <= NOW then
  give_notice(job, 'expired', job.host)
  return 'done'
end
local changed = cjson.decode(ARGV[6])
if changed.cached then   -- no engine was asked, so it says nothing about the pace
  changed.cached = nil
  flag(job, 'cached')
else keep_pace(job) end
if changed.no_adapter then   -- one is served for its persona, and the base answered
  changed.no_adapter = nil
  flag(job, 'no adapter')
end
redis.call('HSET', key('text', job.id), 'reply', ARGV[5])
redis.call('HDEL', key('text', job.id), 'partial')
if ARGV[10] ~= '' then redis.call('HSET', key('text', job.id), 'thoughts', ARGV[10]) end
if ARGV[11] ~= '' then redis.call('HSET', key('text', job.id), 'calls', ARGV[11]) end
if tonumber(job.window) > 0 then
  local session = key('session', job.session)
  for _, turn in ipairs(ARGV[9] ~= '' and redis.call('LRANGE', session, 0, -1) or {}) do
    if cjson.decode(turn).job == ARGV[9] then redis.call('LREM', session, 1, turn) end
  end
  redis.call('RPUSH', session, ARGV[7], ARGV[8])
  redis.call('LTRIM', session, -tonumber(job.window), -1)
  redis.call('EXPIRE', session, SESSION_LIFE_S)
  if job.archive == '1' then redis.call('ZADD', key('sessions'), NOW, job.session) end
  redis.call('HSET', key('warm', job.session), 'host', job.host)   -- of a session that nobody goes on with, it is no use
  redis.call('EXPIRE', key('warm', job.session), SESSION_LIFE_S)
end
changed.outcome = 'reply'
count(job.slug, job.host, 'served', 1)
count(job.slug, job.host, 'prompt_tokens', changed.prompt_tokens)
count(job.slug, job.host, 'completion_tokens', changed.completion_tokens)
if job.state == 'claimed' then changed.first_ms = NOW end
conclude(job, job.host, '', changed)
return 'done'
