-- What scripts that send forms share: each thread has a number, `thread`, from 1 on; `uuid` makes an id as a page's form has it.
local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("thread", threads)
end

function sends_forms()
    math.randomseed(os.time() + thread)
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

-- A UUIDv7 for the nth request of this thread: ascending, since it begins with the time.
function uuid(count)
    local milliseconds = os.time() * 1000 + count % 1000
    return string.format("%08x-%04x-7%03x-8%03x-%06x%06x", math.floor(milliseconds / 65536), milliseconds % 65536, thread,
        math.random(0, 0xfff), math.random(0, 0xffffff), count)
end
