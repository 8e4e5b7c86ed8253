-- One chunk has arrived on the platform: remember its id before the next one goes out.
-- ARGV: 3 id · 4 fence · 5 chunk · 6 platform's id · 7 lease_ms.  Returns 'held' | 'lost'
local job = load_job(ARGV[3])
if not job or job.state ~= 'delivering' or job.fence ~= tonumber(ARGV[4]) then return 'lost' end
local sent = cjson.decode(job.sent or '{}')
sent[ARGV[5]] = ARGV[6]
local lease = NOW + tonumber(ARGV[7])
redis.call('HSET', key('job', job.id), 'sent', cjson.encode(sent), 'lease_ms', lease)
look_at(job, lease)
return 'held'
