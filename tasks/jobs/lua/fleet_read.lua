-- What the owner of the fleet file said last; the text only for whom it is news. Every machine may have written there.
-- ARGV: 3 the digest that is known
-- Returns {} | {version, digest, text or '', owner, problem, ms since the owner spoke, seals or ''}
local said = pairs_of(redis.call('HGETALL', key('fleet')))
local version = tonumber(said.version)
if not version then return {} end
local news = said.digest ~= ARGV[3]
return {version, said.digest or '', news and said.text or '', said.owner or '', said.problem or '',
  NOW - (tonumber(said.seen_ms) or 0), news and said.seals or ''}
