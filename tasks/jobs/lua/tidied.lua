-- What a job that was taken back left before people is tidied up. ARGV: 3 bot · 4 id.  Returns 1 | 0
return redis.call('ZREM', key('untidy', ARGV[3]), ARGV[4])
