-- A bot starts to send an outcome. A newer process of the same bot takes over from an older one at once.
-- ARGV: 3 id · 4 bot · 5 its generation · 6 outbox entry · 7 lease_ms · 8 grace_ms past the deadline
-- Returns {} when there is nothing to send, {0} when a newer process of this bot is up, else {fence, record, texts}
local bot, generation, lease = ARGV[4], tonumber(ARGV[5]), NOW + tonumber(ARGV[7])
local job = load_job(ARGV[3])
if tonumber(redis.call('GET', key('bot', bot)) or '0') > generation then
  if job and job.state == 'done' then announce(job) end   -- this one has read it, so the newer one would wait for it
  return {0}
end
if not job or (job.state ~= 'done' and job.state ~= 'delivering') then
  drop_entry(bot, ARGV[6])   -- nothing is owed any more
  return {}
end
local takes_over = job.state == 'delivering'
if takes_over and tonumber(job.generation) >= generation then return {} end
local too_late = job.outcome == 'reply' and job.deadline_ms + tonumber(ARGV[8]) <= NOW and not job.sent
if too_late and (',' .. (job.flags or '') .. ','):find(',unasked,', 1, true) then   -- nobody waits for it, so nobody is told either
  drop_entry(bot, ARGV[6])
  finish_off(job, 'undeliverable', bot, 'it came too late to be said')
  return {}
end
job.fence = job.fence + 1
local changed = {lease_ms = lease, generation = generation}
if too_late then changed.outcome, changed.cause = 'notice', 'expired' end
enter(job, 'delivering', job.bot, takes_over and 'taken over' or '', changed)
look_at(job, lease)
return {job.fence, redis.call('HGETALL', key('job', job.id)), redis.call('HGETALL', key('text', job.id))}
