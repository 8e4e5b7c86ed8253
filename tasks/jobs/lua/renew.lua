-- Say that the holder is still at work. ARGV: 3 slots of this worker · then id, fence, id, fence, …
-- Returns one word per job: 'held' | 'lost' | 'yield' (a batch job on the only slot while a person waits)
local slots = tonumber(ARGV[3])
local words = {}
for i = 4, #ARGV, 2 do
  local job = load_job(ARGV[i])
  if not holds(job, ARGV[i + 1]) then
    words[#words + 1] = 'lost'
  else
    local lease = NOW + tonumber(job.claim_lease_ms)
    redis.call('HSET', key('job', job.id), 'lease_ms', lease)
    look_at(job, math.min(job.deadline_ms, lease))
    local crowded = slots == 1 and job.class == 'batch' and (
      redis.call('EXISTS', key('fair', job.slug, 'interactive')) == 1)
    words[#words + 1] = crowded and 'yield' or 'held'
  end
end
return words
