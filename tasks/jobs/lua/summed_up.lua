-- A summary was seen to: its job is over, and the words that it was made of, which are a session's, go with it.
-- ARGV: 3 id.  Returns the state it is in afterwards, or '' when there is no such job
local job = load_job(ARGV[3])
if job and job.state == 'done' and job.then_queue ~= '' then finish_off(job, 'delivered', '', '') end
redis.call('HDEL', key('text', ARGV[3]), 'request', 'reply', 'partial', 'thoughts', 'then')
return job and job.state or ''
