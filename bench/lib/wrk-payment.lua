-- Takes a payment with every request. The arguments are the form's body, with UUIDUUID where a new id belongs, and the ids of customers, of
-- whom the next one pays each time.
require("wrk-report")
local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("thread", threads)
end

local body, customers, count = nil, {}, 0

function init(args)
    body = args[1]
    for i = 2, #args do customers[#customers + 1] = args[i] end
    math.randomseed(os.time() + thread)
    -- Each thread begins elsewhere.
    count = thread * math.floor(#customers / 8)
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

-- A UUIDv7, as the form has it: ascending, since it begins with the time.
local function uuid()
    local milliseconds = os.time() * 1000 + count % 1000
    return string.format("%08x-%04x-7%03x-8%03x-%06x%06x", math.floor(milliseconds / 65536), milliseconds % 65536, thread,
        math.random(0, 0xfff), math.random(0, 0xffffff), count)
end

function request()
    count = count + 1
    local customer = customers[count % #customers + 1]
    return wrk.format("POST", "/payments/new/" .. customer, nil, (body:gsub("UUIDUUID", uuid(), 1)))
end
