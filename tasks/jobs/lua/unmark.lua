-- ARGV: 3 bot · 4 name.  Returns 1 | 0
return redis.call('HDEL', key('bookmark', ARGV[3]), ARGV[4])
