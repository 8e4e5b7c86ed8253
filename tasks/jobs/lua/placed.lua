-- A bot has put a chunk of a job's words before people while the job was not over: remember the platform's id of it.
-- ARGV: 3 id · 4 bot · 5 generation of the bot's process · 6 chunk · 7 platform's id
-- Returns 'replaced' when a newer process of this bot is up, 'over' when the job has ended, else 'held'
local bot, generation = ARGV[4], tonumber(ARGV[5])
if tonumber(redis.call('GET', key('bot', bot)) or '0') > generation then return 'replaced' end
local job = load_job(ARGV[3])
if not job or job.bot ~= bot or job.ended_ms then return 'over' end
local placed = cjson.decode(job.placed or '{}')
placed[ARGV[6]] = ARGV[7]
redis.call('HSET', key('job', job.id), 'placed', cjson.encode(placed))
return 'held'
