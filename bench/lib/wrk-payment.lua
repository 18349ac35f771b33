-- Takes a payment with every request. The arguments are the form's body, with UUIDUUID where a new id belongs, and the ids of customers, of
-- whom the next one pays each time.
require("wrk-report")
require("wrk-form")
local body, customers, count = nil, {}, 0

function init(args)
    body = args[1]
    for i = 2, #args do customers[#customers + 1] = args[i] end
    -- Each thread begins elsewhere.
    count = thread * math.floor(#customers / 8)
    sends_forms()
end

function request()
    count = count + 1
    local form = body:gsub("UUIDUUID", uuid(count), 1)
    return wrk.format("POST", "/payments/new/" .. customers[count % #customers + 1], nil, form)
end
