-- The person takes it back. What is being sent can no longer be taken back.
-- ARGV: 3 id · 4 who.  Returns the state it is in afterwards, or '' when there is no such job
local job = load_job(ARGV[3])
if not job then return '' end
if is_waiting(job) or is_held(job) or job.state == 'done' then
  take_out(job)
  finish_off(job, 'withdrawn', ARGV[4], '')
  leave_lane(job)
end
return job.state
