-- Of a session that is forgotten, in whole or in part, no summary is to be made any more. Prepended to what forgets.

-- `lane` is that of the jobs which sum the session up; their words are those of the session. A mark stays that is no
-- summary, so that nobody writes one who read the session before: it is not what they build upon.
local function sum_up_no_more(session, lane)
  local mark, was = 'forgotten ' .. NOW, redis.call('GET', key('condensed', session))
  if was and was:sub(1, #mark) == mark then mark = was .. '+' end
  redis.call('SET', key('condensed', session), mark, 'EX', SESSION_LIFE_S)
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
