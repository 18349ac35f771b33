-- Requests the paths in the arguments in turn.
require("wrk-report")
local requests, at = {}, 0

function init(paths)
    for _, path in ipairs(paths) do requests[#requests + 1] = wrk.format("GET", path) end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
