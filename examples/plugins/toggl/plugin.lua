-- Toggl Track: API v9, engineering.toggl.com. What this is written from is in README.md; [?] marks what it does not say.

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
}
