-- Prints the figures of a run as a line of JSON.
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('\n{"requests":%d,"microseconds":%d,"failed":%d,"p50":%d}\n', summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(50)))
end
