-- What the owner of the fleet file said last; the text only for whom it is news.
-- ARGV: 3 the digest that is known.  Returns {} | {version, digest, text or '', owner, problem, ms since the owner spoke}
local said = pairs_of(redis.call('HGETALL', key('fleet')))
if not said.version then return {} end
local text = said.digest ~= ARGV[3] and said.text or ''
return {tonumber(said.version), said.digest, text, said.owner, said.problem, NOW - tonumber(said.seen_ms)}
