-- awork: the page "Create a time entry" of developers.awork.com, and where a line says [V], its other pages.

local PAGE = "awork API: create a time entry, permissions"

-- The page says 'write'; the permissions page [V] calls the same thing "manage".
local function may_write(permissions, feature)
  local level = permissions[feature]
  return level == "write" or level == "manage"
end

-- The page names no level for the planning data: any permission on them will do.
local function may_plan(permissions)
  local level = permissions["project-planning-data"]
  return level ~= nil and level ~= "none"
end

-- A subject may be null, which is none.
local function id_of(subject) return type(subject) == "table" and subject.id or nil end

-- UUIDs are the same in either case.
local function same(a, b) return a:lower() == b:lower() end

local function is_assignee(tasks, id)
  for task in pairs(tasks) do
    if same(task, id) then return true end
  end
  return false
end

return {
  api = 1,
  id = "awork",
  title = "awork",
  docs = "https://developers.awork.com/api-reference/time-entries/create-time-entry",
  origin = "https://api.awork.com",

  secrets = {
    token = { help = "An API key or an OAuth access token of the workspace." },
  },
  settings = {
    type_of_work_id = { format = "uuid", help = "The type of work of entries that name no activity." },
  },
  headers = { Authorization = "Bearer ${secret.token}" },

  times = {
    accepts = { "interval", "start_duration", "end_duration", "date_duration" },
    running = { duration_seconds = 0 }, -- [V]: a running entry has the duration 0
  },

  fields = {
    {
      "timezone", "time_zone", "time_zone",
      required = true,
      why = "Set time_zone on the entry or on the connection; it is never guessed.",
    },
    {
      "typeOfWorkId", "activity.id", "uuid",
      required = true,
      fallback = { "settings.type_of_work_id" },
    },
    { "userId", "user.id", "uuid", required = true },
    { "isBillable", "billable", "boolean" },
    { "isBilled", "billing.state", "enum", values = { { true, "billed" }, { false, "none" } } },
    { "taskId", "subjects.task.id", "uuid", null = "clears" },
    { "projectId", "subjects.project.id", "uuid", null = "clears" },
    { "note", "note", "text", null = "clears", joins = { "title" } },
    { { "startDateUtc", "startTimeUtc" }, "started_at", "utc_date_and_time" },
    { { "endDateUtc", "endTimeUtc" }, "ended_at", "utc_date_and_time" },
    -- Read, compared with the pair in UTC, never written: the time zone says the rest.
    { { "startDateLocal", "startTimeLocal" }, "started_at", "local_date_and_time", written = false },
    { { "endDateLocal", "endTimeLocal" }, "ended_at", "local_date_and_time", written = false },
    -- A day without a time of day [V]. Both dates are sent, so that no zone can move it to another day; the local one
    -- is read first, because it is the day that the work counts for.
    { "startDateLocal", "work_date", "midnight", forms = { "date_duration" } },
    { "startDateUtc", "work_date", "midnight_utc", forms = { "date_duration" } },
    {
      "duration", "duration_seconds", "seconds",
      min = 1,
      why = "A duration of 0 is a running timer at awork; to start one, say timer_state: running.",
    },
    { "breakDuration", "break_seconds", "seconds", only = "answer", why = "awork: cannot be set via API." },
    { "breakDuration", "break_seconds", "seconds", only = "request", written = false }, -- native clients may name it

    { "id", "id", "uuid", only = "answer" },
    { "createdBy", "created_by.id", "uuid", only = "answer" },
    { "createdOn", "created_at", "rfc3339", only = "answer" },
    { "updatedBy", "updated_by.id", "uuid", only = "answer" },
    { "updatedOn", "updated_at", "rfc3339", only = "answer" },
    { "typeOfWork", "vendor_fields", only = "answer" },
    { "user", "vendor_fields", only = "answer" },
    { "task", "vendor_fields", only = "answer" },
    { "project", "vendor_fields", only = "answer" },
    { "breaks", "vendor_fields", only = "answer" },
    { "resourceVersion", "version", "integer_as_text", only = "answer" }, -- exceeds 2^53
    { "isExternal", "vendor_fields", only = "answer" },
  },

  operations = {
    create = { "POST /api/v1/timeentries", success = { 200, 201 } },
  },

  errors = {
    code = "code",
    message = { "description" },
    fields = { list = "validationErrors", name = "property", message = "message", case = "pascal" },
    kinds = {
      ["unauthorized"] = "permission", -- [V]: with this code, 401 means a missing permission
      ["validation-failed"] = "invalid",
      ["invalid-model"] = "invalid",
      ["date-out-of-range"] = "invalid",
      ["value-out-of-range"] = "invalid",
      ["illegal-property-transition"] = "conflict",
      ["not-found"] = "not_found",
      ["entity-archived"] = "conflict",
      ["concurrency-violation"] = "conflict",
      ["deactivated-user"] = "permission",
      ["insufficient-subscription-level"] = "plan",
      ["insufficient-seats"] = "plan",
      ["workspaceid-missing"] = "vendor_auth",
    },
    statuses = { [400] = "invalid", [401] = "vendor_auth", [429] = "limit" },
    keep = { trace_id = "traceId" },
  },

  -- The page: "No permissions are required if the calling user is owner of this time entry. If the calling user is
  -- not the creator of the time entry and the time entry is connected to a project, 'write' permissions on the
  -- 'project-timetracking' feature are necessary. If the time entry is connected to a task, the user needs to be
  -- assignee of this task or the user needs permissions on: 'project-planning-data' if it is a project task."
  authorize = function(entry, call)
    local me = call.caller.identity
    if not me or not me.user_id then
      return nil, {
        code = "no_identity",
        field = "user.id",
        message = "awork decides by who is calling, and this key has no user_id at this connection.",
        rule = "owner",
        source = PAGE,
      }
    end
    if same(entry.user.id, me.user_id) then return true end

    local subjects = entry.subjects or {}
    local project = id_of(subjects.project)
    local task = id_of(subjects.task)
    if project and not may_write(me.permissions, "project-timetracking") then
      return nil, {
        code = "permission_denied",
        field = "subjects.project.id",
        message = "Booking on a project for somebody else needs 'write' on project-timetracking.",
        rule = "write on project-timetracking",
        source = PAGE,
      }
    end
    if task and not is_assignee(me.tasks, task) and not may_plan(me.permissions) then
      return nil, {
        code = "permission_denied",
        field = "subjects.task.id",
        message = "Booking on a task for somebody else needs its assignee, or permissions on project-planning-data.",
        rule = "assignee of the task, or project-planning-data",
        source = PAGE,
      }
    end
    if not project and not task then
      return nil, {
        code = "permission_denied",
        field = "user.id",
        message = "Only its owner can book an entry that is on neither a project nor a task.",
        rule = "owner",
        source = PAGE,
      }
    end
    return true
  end,
}
