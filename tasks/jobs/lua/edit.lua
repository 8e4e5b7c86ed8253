-- An edited message replaces the words of its job as long as nobody has claimed it; a wish about memories stays as it was. The settings stay those of the submit.
-- ARGV: 3 id · 4 text.  Returns 'replaced' | 'too late' | ''
local job = load_job(ARGV[3])
if not job then return '' end
if not is_waiting(job) or is_wish(job) then return 'too late' end
redis.call('HSET', key('text', job.id), 'edited', ARGV[4])
return 'replaced'
