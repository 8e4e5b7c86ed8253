-- Beat rang, and a worker heard it. Returns Redis TIME in ms
redis.call('SET', key('heartbeat'), NOW)
return NOW
