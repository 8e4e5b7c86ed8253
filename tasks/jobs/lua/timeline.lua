-- What hosts did. ARGV: 3 before which entry, the latest of them first ('' = from the latest) · 4 at most
--   5 after which entry, the oldest of them first, in the place of that ('' = no)
-- Returns {id, {field, value …}} of each
if ARGV[5] ~= '' then return redis.call('XRANGE', key('timeline'), '(' .. ARGV[5], '+', 'COUNT', ARGV[4]) end
return redis.call('XREVRANGE', key('timeline'), ARGV[3] == '' and '+' or '(' .. ARGV[3], '-', 'COUNT', ARGV[4])
