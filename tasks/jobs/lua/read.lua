-- A job as it stands. ARGV: 3 id.
-- Returns {record, texts, jobs for its model that have waited longer, prospects}, the first two empty when there is none
-- prospects: {} where it does not wait for a host, else as prospects_of says
local record = redis.call('HGETALL', key('job', ARGV[3]))
local job, ahead, prospects = pairs_of(record), 0, {}
if job.state == 'queued' then
  ahead = redis.call('ZRANK', key('waiting', job.slug), ARGV[3]) or 0
  prospects = prospects_of(job.slug, ahead)
end
return {record, redis.call('HGETALL', key('text', ARGV[3])), ahead, prospects}
