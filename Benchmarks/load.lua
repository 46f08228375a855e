-- What wrk runs: one fixed request, some that differ in their values, or one to several connections of the gateway in turn;
-- and every answer checked.
-- Arguments after `--`: request body file, expected answer file, "exact" or "members", "fixed", "varied" or how many connections
-- (the second is named after the first, with "-1"), the milliseconds that each caller pauses after an answer, then headers as
-- "Name: value".
-- The last line on stdout is one JSON object.

local threads = {}
local expected, exact

wrong = 0
first_wrong = ""

local function contents(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read("*a")
    file:close()
    return text
end

function setup(thread)
    threads[#threads + 1] = thread
end

-- With so many digits, none of them a zero in front.
local function number_of(i, length)
    local first = 10 ^ (length - 1)
    return ("%d"):format(first + i * 7 % (9 * first))
end

-- What stands in the body for a value, and others of the same length in its place: the upstream goes by the length.
local places = {
    { '("note"%s*:%s*")([^"]+)', function(i, length) return ("n%0" .. length - 1 .. "d"):format(i) end },
    { '("work_date"%s*:%s*"%d+%-%d+%-)(%d%d)', function(i) return ("%02d"):format(i % 28 + 1) end },
    { '("service"%s*:%s*{%s*"id"%s*:%s*")(%d+)', number_of },
    { '("task"%s*:%s*{%s*"id"%s*:%s*")(%d+)', number_of },
}
local variants = 997

local function varied(body, i)
    for _, place in ipairs(places) do
        local count
        body, count = body:gsub(place[1], function(before, value) return before .. place[2](i, #value) end)
        assert(count == 1, "the body has no such value: " .. place[1])
    end
    assert(#body == #wrk.body, "the length differs")
    return body
end

local function path_of(i)
    if i == 0 then return wrk.path end
    local path, count = wrk.path:gsub("^/v1/[^/]+", function(start) return start .. "-" .. i end)
    assert(count == 1, "the path names no connection")
    return path
end

-- wrk pauses for whole milliseconds: the rest is a share of the requests that have one more.
local function pause_after_answers(milliseconds)
    local whole = math.floor(milliseconds)
    local rest, sum = milliseconds - whole, 0
    function delay()
        sum = sum + rest
        if sum < 1 then return whole end
        sum = sum - 1
        return whole + 1
    end
end

function init(args)
    wrk.method = "POST"
    wrk.body = contents(args[1])
    expected = contents(args[2])
    -- Answers to different requests differ.
    exact = args[3] == "exact" and args[4] == "fixed"
    if tonumber(args[5]) > 0 then pause_after_answers(tonumber(args[5])) end
    for i = 6, #args do
        local name, value = args[i]:match("^([^:]+): (.*)$")
        wrk.headers[name] = value
    end
    if args[4] == "fixed" then return end
    local requests = {}
    if args[4] == "varied" then
        for i = 1, variants do requests[i] = wrk.format(nil, nil, nil, varied(wrk.body, i)) end
    else
        for i = 1, tonumber(args[4]) do requests[i] = wrk.format(nil, path_of(i - 1)) end
    end
    local number = 0
    function request()
        number = number % #requests + 1
        return requests[number]
    end
end

local function is_right(status, body)
    if status ~= 201 then return false end
    -- The number behind the id is another in each answer.
    if exact then return (body:gsub('"id":"227%-[%d%.%-]+"', '"id":"227"', 1)) == expected end
    return #body > #expected / 2
        and body:find('"id":"227', 1, true) ~= nil
        and body:find('"duration_seconds":28800', 1, true) ~= nil
end

function response(status, headers, body)
    if not is_right(status, body) then
        wrong = wrong + 1
        if first_wrong == "" then first_wrong = status .. " " .. body:sub(1, 400) end
    end
end

local function quoted(text)
    return '"' .. text:gsub('[%c"\\\127-\255]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

function done(summary, latency, requests)
    local all_wrong, first = 0, ""
    for _, thread in ipairs(threads) do
        all_wrong = all_wrong + thread:get("wrong")
        if first == "" then first = thread:get("first_wrong") end
    end
    local errors = summary.errors
    io.write(("\n{\"requests\":%d,\"duration_us\":%d,\"p50_us\":%d,\"p99_us\":%d,\"max_us\":%d,"):format(
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max))
    io.write(("\"connect_errors\":%d,\"read_errors\":%d,\"write_errors\":%d,\"timeouts\":%d,"):format(
        errors.connect, errors.read, errors.write, errors.timeout))
    io.write(("\"status_errors\":%d,"):format(errors.status))
    io.write(("\"wrong\":%d,\"first_wrong\":%s}\n"):format(all_wrong, quoted(first)))
end
