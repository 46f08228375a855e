-- The job of the benchmark, written by hand for nginx + Lua: one connection's unified create, checked, mapped to the
-- vendor's JSON:API document, and the vendor's answer mapped back with its report. No table that the next request
-- could see is kept across a yield: the two reused tables are filled and encoded in one go.

local cjson = require("cjson").new()
cjson.decode_invalid_numbers(false)
local decode, encode, null = cjson.decode, cjson.encode, cjson.null
local byte, find, gsub = string.byte, string.find, string.gsub
local floor, next, pcall, type = math.floor, next, pcall, type

local M = {}

local function problem(status, code, detail, field)
    return { status = status, code = code, detail = detail, field = field }
end

--- The body and status of a refusal, as RFC 9457 has it.
function M.problem_body(p)
    local body = { type = "about:blank", status = p.status, code = p.code, detail = p.detail }
    if p.field then body.errors = { { field = p.field, code = p.code, message = p.detail } } end
    return encode(body)
end

local entry_members = {
    user = true, subjects = true, work_date = true, duration_seconds = true, note = true,
}
local subject_types = { service = true, task = true }

local month_days = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_date(text)
    if #text ~= 10 then return false end
    local y1, y2, y3, y4, dash1, m1, m2, dash2, d1, d2 = byte(text, 1, 10)
    if dash1 ~= 45 or dash2 ~= 45 then return false end
    y1, y2, y3, y4, m1, m2, d1, d2 = y1 - 48, y2 - 48, y3 - 48, y4 - 48, m1 - 48, m2 - 48, d1 - 48, d2 - 48
    if y1 < 0 or y1 > 9 or y2 < 0 or y2 > 9 or y3 < 0 or y3 > 9 or y4 < 0 or y4 > 9 then return false end
    if m1 < 0 or m1 > 1 or m2 < 0 or m2 > 9 or d1 < 0 or d1 > 3 or d2 < 0 or d2 > 9 then return false end
    local year, month, day = y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2
    local days = month_days[month]
    if not days then return false end
    if month == 2 and year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) then days = 29 end
    return day >= 1 and day <= days
end

--- A reference `{id = "…"}`: its id, or nil and the problem.
local function reference(value, field)
    if value == nil then return nil, problem(422, "required", field .. " is required.", field) end
    if type(value) ~= "table" then return nil, problem(422, "wrong_type", field .. " must be an object.", field) end
    local id = value.id
    if type(id) ~= "string" or id == "" then
        return nil, problem(422, "wrong_type", field .. ".id must be a string that is not empty.", field .. ".id")
    end
    if next(value) ~= "id" or next(value, "id") ~= nil then
        return nil, problem(422, "unknown_member", field .. " may hold an id only.", field)
    end
    return id
end

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["\n"] = "<br>" }
local unescapes = { ["&amp;"] = "&", ["&lt;"] = "<", ["&gt;"] = ">", ["&quot;"] = '"', ["&#39;"] = "'" }

local function html_from_text(text)
    if not find(text, "[&<>\n]") then return text end
    return (gsub(text, "[&<>\n]", escapes))
end

local function text_from_html(html)
    if not find(html, "[&<]") then return html end
    html = gsub(gsub(html, "<br ?/?>", "\n"), "<[^>]*>", "")
    return (gsub(html, "&#?%w+;", unescapes))
end

--- The unified entry of a request's body, or nil and the problem.
function M.read_entry(text)
    local ok, entry = pcall(decode, text)
    if not ok or type(entry) ~= "table" then return nil, problem(400, "malformed", "The body is not a JSON object.") end

    for name in next, entry do
        if not entry_members[name] then
            return nil, problem(422, "unknown_member", "There is no such member.", name)
        end
    end

    local user_id, refused = reference(entry.user, "user")
    if not user_id then return nil, refused end

    local subjects = entry.subjects
    if type(subjects) ~= "table" then
        return nil, problem(422, "required", "subjects.service is required.", "subjects.service")
    end
    for name in next, subjects do
        if not subject_types[name] then
            return nil, problem(422, "unknown_member", "Productive takes a service and a task.", "subjects." .. name)
        end
    end
    local service_id, task_id
    service_id, refused = reference(subjects.service, "subjects.service")
    if not service_id then return nil, refused end
    if subjects.task ~= nil then
        task_id, refused = reference(subjects.task, "subjects.task")
        if not task_id then return nil, refused end
    end

    local work_date = entry.work_date
    if type(work_date) ~= "string" or not is_date(work_date) then
        return nil, problem(422, "invalid", "work_date must be a day, YYYY-MM-DD.", "work_date")
    end

    local duration = entry.duration_seconds
    if type(duration) ~= "number" or duration < 0 or floor(duration) ~= duration then
        return nil, problem(422, "invalid", "duration_seconds must be a whole number from 0.", "duration_seconds")
    end
    if duration % 60 ~= 0 then
        return nil, problem(422, "unrepresentable", "Productive counts whole minutes.", "duration_seconds")
    end

    local note = entry.note
    if note ~= nil and type(note) ~= "string" then
        return nil, problem(422, "wrong_type", "note must be a string.", "note")
    end

    return entry
end

local sent_attributes = { note = "", date = "", time = 0 }
local sent_person = { type = "people", id = "" }
local sent_service = { type = "services", id = "" }
local sent_task = { type = "tasks", id = "" }
local sent_task_link = { data = sent_task }
local sent_relationships = { person = { data = sent_person }, service = { data = sent_service } }
local sent = {
    data = { type = "time_entries", attributes = sent_attributes, relationships = sent_relationships },
}

--- The vendor's create document.
function M.to_vendor(entry)
    local subjects = entry.subjects
    sent_attributes.note = entry.note and html_from_text(entry.note)
    sent_attributes.date = entry.work_date
    sent_attributes.time = entry.duration_seconds / 60
    sent_person.id = entry.user.id
    sent_service.id = subjects.service.id
    if subjects.task then
        sent_task.id = subjects.task.id
        sent_relationships.task = sent_task_link
    else
        sent_relationships.task = nil
    end
    return encode(sent)
end

local tracked_by = { "manual", "timer", "generated", "other", "generated", "generated" }

local function value(v)
    if v ~= null then return v end
end

local function related_id(relationships, name)
    local link = relationships[name]
    local data = link and link.data
    if type(data) == "table" then return data.id end
end

local minutes_why = "Productive counts whole minutes."
local echoed_why = "The vendor's answer does not hold it: filled in from the request."
local user_echoed = { field = "user.id", vendor_field = "relationships.person.data.id", why = echoed_why }
local service_echoed = {
    field = "subjects.service.id", vendor_field = "relationships.service.data.id", why = echoed_why,
}
local task_echoed = { field = "subjects.task.id", vendor_field = "relationships.task.data.id", why = echoed_why }

--- The unified answer of the vendor's created entry and its id, or nil and the problem.
function M.from_vendor(text, entry, connection)
    local ok, document = pcall(decode, text)
    local data = ok and type(document) == "table" and document.data
    local a = type(data) == "table" and data.attributes
    if type(a) ~= "table" or type(data.id) ~= "string" or type(a.time) ~= "number" then
        return nil, problem(502, "vendor_answer", "The vendor's answer is not a time entry.")
    end
    local relationships = data.relationships or {}

    local echoed, missing, count = {}, {}, 0
    local user_id = related_id(relationships, "person")
    if not user_id then
        user_id = entry.user.id
        count = count + 1
        missing[count] = "user"
        echoed[count] = user_echoed
    end
    local subjects = {}
    local service_id = related_id(relationships, "service")
    if not service_id then
        service_id = entry.subjects.service.id
        count = count + 1
        missing[count] = "subjects.service"
        echoed[count] = service_echoed
    end
    subjects.service = { id = service_id }
    local task_id = related_id(relationships, "task")
    if not task_id and entry.subjects.task then
        task_id = entry.subjects.task.id
        count = count + 1
        missing[count] = "subjects.task"
        echoed[count] = task_echoed
    end
    if task_id then subjects.task = { id = task_id } end

    local state, at, reason = "unapproved", nil, nil
    if a.approved == true then
        state, at = "approved", value(a.approved_at)
    elseif a.rejected == true then
        state, at, reason = "rejected", value(a.rejected_at), value(a.rejected_reason)
    elseif a.submitted == true then
        state = "submitted"
    end

    local seconds = a.time * 60
    local billable = value(a.billable_time)
    local note = value(a.note)
    return encode {
        data = {
            id = data.id,
            connection = connection,
            vendor = "productive",
            work_date = a.date,
            started_at = value(a.started_at),
            duration_seconds = seconds,
            shape = "date_duration",
            user = { id = user_id },
            subjects = subjects,
            note = note and text_from_html(note),
            billable_seconds = billable and billable * 60,
            billing = { state = a.invoiced == true and "billed" or "none" },
            approval = { state = state, at = at, reason = reason },
            tracked_by = tracked_by[a.track_method_id] or "other",
            calendar_event_id = value(a.calendar_event_id),
            created_at = a.created_at,
            updated_at = a.updated_at,
            vendor_fields = {
                timer_started_at = a.timer_started_at,
                timer_stopped_at = a.timer_stopped_at,
                invoice_attribution_id = a.invoice_attribution_id,
                overhead = a.overhead,
                last_activity_at = a.last_activity_at,
            },
            completeness = count > 0 and "partial" or "full",
            missing = count > 0 and missing or nil,
        },
        mapping = {
            converted = {
                {
                    field = "duration_seconds",
                    vendor_field = "attributes.time",
                    asked = entry.duration_seconds,
                    sent = entry.duration_seconds / 60,
                    why = minutes_why,
                },
            },
            echoed = count > 0 and echoed or nil,
        },
    }, data.id
end

return M
