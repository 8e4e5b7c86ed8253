-- ARGV: 3 name.  Returns the value, '' where there is none any more
return redis.call('GET', key('pocket', ARGV[3])) or ''
