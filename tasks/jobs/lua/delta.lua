-- Add streamed text to the record and tell the watchers. The first one says that the engine has begun.
-- ARGV: 3 id · 4 fence · 5 byte offset · 6 text.  Returns 'held' | 'lost'
local job = load_job(ARGV[3])
if not holds(job, ARGV[4]) then return 'lost' end
local texts = key('text', job.id)
local partial = redis.call('HGET', texts, 'partial') or ''
local written = #partial - tonumber(ARGV[5])   -- some of it is there when an earlier call's answer got lost
if written < 0 then return 'held' end
local fresh = ARGV[6]:sub(written + 1)
if fresh == '' then return 'held' end
redis.call('HSET', texts, 'partial', partial .. fresh)
if job.state == 'claimed' then enter(job, 'generating', job.host, '', {first_ms = NOW}) end
tell(job, cjson.encode({fence = job.fence, offset = #partial, text = fresh}))
return 'held'
