-- The words of jobs that have ended go before their time. One that lives keeps them, as it needs them.
-- ARGV: 3… jobs.  Returns how many had any
local went = 0
for i = 3, #ARGV do
  local state = redis.call('HGET', key('job', ARGV[i]), 'state')
  if not state or state == 'delivered' or state == 'undeliverable' or state == 'withdrawn' then
    went = went + redis.call('DEL', key('text', ARGV[i]))
  end
end
return went
