-- Toggl Track: API v9, engineering.toggl.com. What this is written from is in README.md; [?] marks what it does not say.

-- Seconds since 0000-03-01 of an RFC 3339 instant, in UTC: an entry keeps the offset that it was asked for with.
local function seconds(instant)
  local year, month, day, hour, minute, second, zone = instant:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)[%d%.]*(.+)$")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 3 then year, month = year - 1, month + 12 end
  local days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day
  local sign, hours, minutes = zone:match("^([+-])(%d+):(%d+)$")
  local offset = sign and tonumber(sign .. "1") * (tonumber(hours) * 60 + tonumber(minutes)) or 0
  return ((days * 24 + tonumber(hour)) * 60 + tonumber(minute) - offset) * 60 + tonumber(second)
end

---@type timegate.Plugin
return {
  api = 1,
  id = "toggl",
  title = "Toggl Track",
  docs = "https://engineering.toggl.com/docs",
  origin = "https://api.track.toggl.com", -- [?]

  secrets = {
    credentials = { help = "What HTTP basic authentication sends: user:password in base64." },
  },
  settings = {
    workspace_id = { type = "integer", required = true, help = "The number of the workspace that time is recorded in." },
    user_id = { help = "The user that the credentials belong to. An entry for this user passes; any other is refused." },
  },
  headers = { Authorization = "Basic ${secret.credentials}" },

  -- How long until the quota is counted anew; how large it is differs by plan, so no window is kept.
  limits = { reset = "x-toggl-quota-resets-in", reset_is = "seconds" }, -- [?]: seconds

  -- A start and a length; a negative length is a timer that runs.
  times = { accepts = { "start_duration" }, running = { duration_seconds = -1 } },
  user = { implied = "settings.user_id" },

  fields = {
    { "start", "started_at", "rfc3339_utc" },
    { "duration", "duration_seconds", "seconds" },
    { "created_with", "constant", value = "Timegate" },
    { "workspace_id", "vendor_fields", only = "answer" },
    { "id", "id", "integer_id", only = "answer" }, -- [?]
  },

  operations = {
    create = { "POST /api/v9/workspaces/{settings.workspace_id}/time_entries" },
    list = { "GET /api/v9/me/time_entries", paging = false }, -- [?]: one answer holds the whole list
  },

  -- The workspace stands in the path and in the body: a setting is no member of the entry, so this takes a function.
  to_vendor = function(request, _, call)
    request.workspace_id = call.settings.workspace_id
    return request
  end,

  -- An entry whose answer was lost. The list has no filter that would find it, so this takes a function. [?]: how far back the
  -- list goes, and how soon it shows what was recorded; so none is no proof.
  reconcile = function(entry, call)
    local answer = call.get({ path = "/api/v9/me/time_entries" })
    local found = {}
    for _, item in ipairs(answer.body or {}) do
      local same = item.duration < 0
      if entry.duration_seconds then same = item.duration == entry.duration_seconds end
      if same and item.workspace_id == call.settings.workspace_id and seconds(item.start) == seconds(entry.started_at) then
        table.insert(found, tostring(item.id))
      end
    end
    if #found == 1 then return { id = found[1] } end
    if #found == 0 then return nil, { message = "The list shows no such entry, and may be late or too short to." } end
    return nil, { message = "The list shows " .. #found .. " such entries: " .. table.concat(found, ", ") .. "." }
  end,
}
