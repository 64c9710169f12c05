-- For wrk: the requests of a row, and its figures as one line of JSON. Without an argument it gets the URL as it is.

local count = 1000

function init(args)
  if args[1] ~= "set" then return end

  local requests, last = {}, 0
  for i = 1, count do
    local body = string.format('{"key":"%s-%d","value":"12345"}', args[2], i)
    requests[i] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
  end

  request = function()
    last = last % count + 1
    return requests[last]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'figures {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"longest":%d,'
      .. '"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
