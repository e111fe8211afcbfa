-- Sends one request again and again; prints the results as one line of JSON.

function init(args)
   wrk.method = args[1]
end

function done(summary, latency, requests)
   local errors, failed = summary.errors, 0
   for _, kind in ipairs({"connect", "read", "write", "status", "timeout"}) do
      failed = failed + errors[kind]
   end
   io.write(string.format(
      '{"requests": %d, "microseconds": %d, "failed": %d, "median": %d}\n',
      summary.requests, summary.duration, failed, latency:percentile(50)
   ))
end
