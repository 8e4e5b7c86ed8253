-- Of a session that is forgotten, in whole or in part, no summary is to be made any more. Prepended to what forgets.

-- `lane` is that of the jobs which sum the session up; their words are those of the session.
local function sum_up_no_more(session, lane)
  redis.call('DEL', key('condensed', session))
  for _, id in ipairs(redis.call('LRANGE', key('lane', lane), 0, -1)) do
    local job = load_job(id)
    if job then
      take_out(job)
      finish_off(job, 'withdrawn', '', 'what it was to sum up was forgotten')
      leave_lane(job)
    end
    redis.call('DEL', key('text', id))
  end
end
