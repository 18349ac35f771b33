-- Creates a customer with every request. The arguments are the form's body, with UUIDUUID and WORDWORD where a new id and a new word belong,
-- and a word of this run.
require("wrk-report")
local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("thread", threads)
end

local body, run, count = nil, nil, 0

function init(args)
    body, run = args[1], args[2]
    math.randomseed(os.time() + thread)
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    wrk.headers["Accept"] = "application/json"
end

-- A UUIDv7, as the form of a new customer has it: ascending, since it begins with the time.
local function uuid()
    local milliseconds = os.time() * 1000 + count % 1000
    return string.format("%08x-%04x-7%03x-8%03x-%06x%06x", math.floor(milliseconds / 65536), milliseconds % 65536, thread,
        math.random(0, 0xfff), math.random(0, 0xffffff), count)
end

function request()
    count = count + 1
    local form = body:gsub("UUIDUUID", uuid(), 1):gsub("WORDWORD", run .. "." .. thread .. "." .. count, 1)
    return wrk.format("POST", "/api/customers/save", nil, form)
end
