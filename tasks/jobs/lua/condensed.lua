-- ARGV: 3 session.  Returns what stands for its older messages (JSON), '' = nothing
return redis.call('GET', key('condensed', ARGV[3])) or ''
