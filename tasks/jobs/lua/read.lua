-- A job as it stands. ARGV: 3 id.  Returns {record, texts}, both empty when there is none
return {redis.call('HGETALL', key('job', ARGV[3])), redis.call('HGETALL', key('text', ARGV[3]))}
