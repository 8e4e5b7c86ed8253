-- Have a bot say something unasked: a job that has its words from the start, so that they arrive as any answer does.
-- ARGV: 3 id · 4 record (JSON of strings) · 5 request (JSON, opaque) · 6 the words · 7 deadline_ms from now
-- Returns 'fresh' | 'known'
local id = ARGV[3]
if redis.call('EXISTS', key('job', id)) == 1 then return 'known' end
local flat = {'v', 1, 'fence', 1, 'attempts', 0, 'crashes', 0, 'lease_ms', 0, 'received_ms', NOW,
  'deadline_ms', NOW + tonumber(ARGV[7]), 'queued_ms', '', 'host', '', 'marks', '', 'state', 'received'}
for field, value in pairs(cjson.decode(ARGV[4])) do flat[#flat + 1], flat[#flat + 2] = field, value end
redis.call('HSET', key('job', id), unpack(flat))
redis.call('HSET', key('text', id), 'request', ARGV[5], 'reply', ARGV[6])
local job = job_of(id, flat)
redis.call('SADD', key('user', job.user), id)
redis.call('ZADD', key('pushed', job.bot), NOW, id)
flag(job, 'unasked')
enter(job, 'done', '', 'said unasked', {outcome = 'reply', done_ms = NOW})   -- no model took part, so none is measured
announce(job)
return 'fresh'
