-- What is known of personas beside the files.  ARGV: 3 whether only those that take no messages are wanted
-- Returns {{name, JSON of why, …}, {name, ms when it spoke last, …}, {name, how often, …}}
local off = redis.call('HGETALL', key('personas', 'off'))
if ARGV[3] == '1' then return {off, {}, {}} end
return {off, redis.call('HGETALL', key('personas', 'spoke')), redis.call('HGETALL', key('personas', 'spoken'))}
