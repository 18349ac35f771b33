-- Edits a customer with every request, each thread its own. The arguments are the bodies of their forms, with VERSION, BEFORE and AFTER for
-- the version that the edit starts from and for the values of the field that it changes.
require("wrk-report")
require("wrk-form")
local body, version = nil, 1

function init(args)
    body = args[thread]
    sends_forms()
    wrk.headers["Accept"] = "application/json"
end

function request()
    local form = body:gsub("VERSION", version, 1):gsub("BEFORE", version - 1, 1):gsub("AFTER", version, 1)
    return wrk.format("POST", "/api/customers/save", nil, form)
end

-- wrk asks for one request that it does not send, so the version follows the responses.
function response()
    version = version + 1
end
