-- The front of the nginx + Lua peer: who calls, what is asked, the call upstream over a kept connection, the answer.
-- A cosocket that takes the vendor's answer in one read; `ngx.location.capture` through `proxy_pass`, and body filters
-- around a plain `proxy_pass`, cost the same or a little more.

local mapping = require("mapping")

local ngx, req, var, tcp = ngx, ngx.req, ngx.var, ngx.socket.tcp
local find, lower, match, sub = string.find, string.lower, string.match, string.sub
local tonumber = tonumber

local M = {}

--- `settings`: `keys` (header value → set of connections), `upstream_port`, `token`, `organization`.
local settings, request_head
local pool = { pool = "vendor" }

function M.configure(given)
    settings = given
    request_head = "POST /api/v2/time_entries HTTP/1.1\r\nHost: 127.0.0.1:" .. given.upstream_port
        .. "\r\nX-Auth-Token: " .. given.token
        .. "\r\nX-Organization-Id: " .. given.organization
        .. "\r\nContent-Type: application/vnd.api+json\r\nContent-Length: "
end

local function answer(status, content_type, body, location)
    ngx.status = status
    local header = ngx.header
    header["Content-Type"] = content_type
    header["Content-Length"] = #body
    if location then header["Location"] = location end
    ngx.print(body)
end

local function refuse(problem)
    answer(problem.status, "application/problem+json", mapping.problem_body(problem))
end

local function broken(detail)
    refuse { status = 502, code = "vendor_unreachable", detail = "The call upstream failed: " .. detail }
end

--- Status and body of the vendor's answer, or nil and what went wrong.
local function call_vendor(body)
    local socket = tcp()
    local ok, err = socket:connect("127.0.0.1", settings.upstream_port, pool)
    if not ok then return nil, err end
    ok, err = socket:send(request_head .. #body .. "\r\n\r\n" .. body)
    if not ok then return nil, err end

    local got, more
    got, err = socket:receiveany(65536)
    local head_end = got and find(got, "\r\n\r\n", 1, true)
    while got and not head_end do
        more, err = socket:receiveany(65536)
        got = more and got .. more
        head_end = got and find(got, "\r\n\r\n", 1, true)
    end
    if not got then return nil, err end

    local head = lower(sub(got, 1, head_end + 1))
    local status = tonumber(sub(head, 10, 12))
    local length = tonumber(match(head, "\r\ncontent%-length: *(%d+)\r\n"))
    if not status or not length then return nil, "an answer without status or length" end

    local content = sub(got, head_end + 4)
    if #content < length then
        more, err = socket:receive(length - #content)
        if not more then return nil, err end
        content = content .. more
    end
    if find(head, "\r\nconnection: close\r\n", 1, true) then
        socket:close()
    else
        socket:setkeepalive()
    end
    return status, content
end

--- Unified create on one connection.
function M.create(connection, location)
    if req.get_method() ~= "POST" then
        return refuse { status = 405, code = "method_not_allowed", detail = "Only POST is served here." }
    end
    local key = settings.keys[var.http_authorization or ""]
    if not key then
        return refuse { status = 401, code = "unauthenticated", detail = "The gateway key is not known." }
    end
    if not key[connection] then
        return refuse { status = 403, code = "forbidden", detail = "This key may not use the connection." }
    end
    local content_type = var.content_type
    if not content_type or sub(content_type, 1, 16) ~= "application/json" then
        return refuse { status = 415, code = "unsupported_media_type", detail = "The body must be application/json." }
    end

    req.read_body()
    local entry, problem = mapping.read_entry(req.get_body_data() or "")
    if not entry then return refuse(problem) end

    local status, content = call_vendor(mapping.to_vendor(entry))
    if not status then return broken(content) end
    if status ~= 201 then
        return refuse { status = status < 500 and 422 or 502, code = "vendor_refused", detail = content }
    end

    local body, id_or_problem = mapping.from_vendor(content, entry, connection)
    if not body then return refuse(id_or_problem) end
    answer(201, "application/json", body, location .. id_or_problem)
end

return M
