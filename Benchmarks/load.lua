-- What wrk runs: one fixed request, and every answer checked.
-- Arguments after `--`: request body file, expected answer file, "exact" or "members", then headers as "Name: value".
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

function init(args)
    wrk.method = "POST"
    wrk.body = contents(args[1])
    expected = contents(args[2])
    exact = args[3] == "exact"
    for i = 4, #args do
        local name, value = args[i]:match("^([^:]+): (.*)$")
        wrk.headers[name] = value
    end
end

local function is_right(status, body)
    if status ~= 201 then return false end
    if exact then return body == expected end
    return #body > #expected / 2
        and body:find('"id":"227"', 1, true) ~= nil
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
