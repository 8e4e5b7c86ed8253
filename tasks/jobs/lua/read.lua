-- A job as it stands. ARGV: 3 id.
-- Returns {record, texts, jobs for its model that have waited longer}, the first two empty when there is none
local slug = redis.call('HGET', key('job', ARGV[3]), 'slug')
local ahead = slug and redis.call('ZRANK', key('waiting', slug), ARGV[3]) or 0
return {redis.call('HGETALL', key('job', ARGV[3])), redis.call('HGETALL', key('text', ARGV[3])), ahead}
