-- Creates a customer with every request. The arguments are the form's body, with UUIDUUID and WORDWORD where a new id and a new word belong,
-- and a word of this run.
require("wrk-report")
require("wrk-form")
local body, run, count = nil, nil, 0

function init(args)
    body, run = args[1], args[2]
    sends_forms()
    wrk.headers["Accept"] = "application/json"
end

function request()
    count = count + 1
    local form = body:gsub("UUIDUUID", uuid(count), 1):gsub("WORDWORD", run .. "." .. thread .. "." .. count, 1)
    return wrk.format("POST", "/api/customers/save", nil, form)
end
