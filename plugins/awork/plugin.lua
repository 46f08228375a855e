-- awork: the page "Create a time entry" of developers.awork.com, and where a line says [V], its other pages.

-- What each operation rests on, as refusals name it.
local SOURCES = {
  create = "awork API: create a time entry, permissions",
  update = "awork API: update a time entry, permissions",
  replace = "awork API: update a time entry, permissions",
  delete = "awork API: delete a time entry, permissions",
  stop = "awork API: stop the time tracking of a user",
  pause = "awork API: pause the time tracking of a user",
}
local DOING = {
  create = "Booking an entry",
  update = "Changing an entry",
  replace = "Replacing an entry",
  delete = "Deleting an entry",
  stop = "Stopping a timer",
  pause = "Pausing a timer",
}

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

-- Whether an entry is on another project or task than it was.
local function moved(before, after)
  for _, kind in ipairs({ "project", "task" }) do
    local a, b = id_of(before[kind]), id_of(after[kind])
    if (a == nil) ~= (b == nil) or (a and not same(a, b)) then return true end
  end
  return false
end

-- Whether the operator has named the task as one of the caller's.
local function is_named(tasks, id)
  for task in pairs(tasks) do
    if same(task, id) then return true end
  end
  return false
end

-- Whether the caller may use a task, by the task itself [V]: its assignees, and of a private task its user. A task that
-- is not there is left to awork, whose answer names it. An empty or missing list of assignees is nobody.
local function may_use(id, me, call)
  local answer = call.get({ path = "/api/v1/tasks/{id}", id = id })
  if answer.status ~= 200 then return true end
  local task = answer.body
  if task.baseType == "private" then return type(task.userId) == "string" and same(task.userId, me.user_id) end
  if type(task.assignees) == "table" then
    for _, user in ipairs(task.assignees) do
      if same(user.id, me.user_id) then return true end
    end
  end
  return may_plan(me.permissions)
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

  -- [V]: of the plans Basic and Business, for the whole workspace. Enterprise has 3,000 a minute: `limits` on the
  -- connection. RateLimit-Remaining is not used: the page's example shows the second's rest beside the minute's reset.
  limits = {
    { 50, per = "1s" },
    { 1000, per = "1m" },
    reset = "RateLimit-Reset",
    reset_is = "seconds",
  },

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
    { "userId", "user.id", "uuid", required = { "create", "replace" } }, -- null once the user was deleted
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
    get = { "GET /api/v1/timeentries/{id}" },
    list = {
      "GET /api/v1/timeentries", -- the answer is the list itself
      -- A date and time in a filter names no zone [V]. The local date is the day that the work counts for; it may
      -- hold the time of day or stand at midnight beside it, so the last day is included to its last second.
      filters = {
        from = { "filterby", "date", expression = "startDateLocal ge datetime'${value}T00:00:00'" },
        to = { "filterby", "date", expression = "startDateLocal le datetime'${value}T23:59:59'" },
        user = { "filterby", "uuid", expression = "userId eq guid'${value}'" },
        project = { "filterby", "uuid", expression = "projectId eq guid'${value}'" },
        task = { "filterby", "uuid", expression = "taskId eq guid'${value}'" },
        billable = { "filterby", "boolean", expression = "isBillable eq ${value}" },
        billing = {
          "filterby", "enum",
          values = { { true, "billed" }, { false, "none" } },
          expression = "isBilled eq ${value}",
        },
        updated_since = { "filterby", "utc_datetime", expression = "updatedOn ge datetime'${value}'" },
      },
      sort = "orderby",
      descending = "${value} desc",
      sorts = {
        work_date = "startDateLocal",
        duration_seconds = "duration",
        created_at = "createdOn",
        updated_at = "updatedOn",
      },
      default_sort = "-work_date",
      paging = { page = "page", size = "pageSize", max = 1000, total_header = "aw-totalitems" },
    },
    -- There is no PATCH: the whole entry is read, changed and written. It goes out with the version that was read, so a
    -- second time it may be refused though the first was done: not idempotent.
    update = { "PUT /api/v1/timeentries/{id}", replaces = true },
    replace = { "PUT /api/v1/timeentries/{id}", idempotent = true },
    delete = { "DELETE /api/v1/timeentries/{id}", idempotent = true },
    -- [V]: 207, with the ids by what became of each.
    bulk_delete = {
      "POST /api/v1/timeentries/batch/delete",
      success = { 207 },
      ids = { "timeEntryIds", "text" },
      outcomes = {
        done = "ok.ids",
        not_found = "notFound.ids",
        permission = "unauthorized.ids",
        invalid = "badRequest.ids",
      },
    },
    -- awork stops whatever runs for the user, so the entry must be what runs. 204: nothing ran any more.
    stop = {
      "POST /api/v1/users/{user.id}/timetracking/stop",
      success = { 200, 204 },
      only_when = { "timer_state", "running" },
    },
    pause = {
      "POST /api/v1/users/{user.id}/timetracking/pause",
      success = { 200, 204 },
      only_when = { "timer_state", "running" },
    },
  },

  -- Where an answer was lost, the entry is looked for in this list.
  reconcile = { filters = { "user", "from", "to" } },

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
    -- The gateway's own refusals: a missing permission is awork's 401, an invalid model its 400.
    write = {
      codes = {
        invalid = "validation-failed",
        reference_not_found = "validation-failed",
        permission = "unauthorized",
        plan = "insufficient-subscription-level",
        not_found = "not-found",
        conflict = "concurrency-violation",
        locked = "illegal-property-transition",
      },
      statuses = { invalid = 400, reference_not_found = 400, permission = 401 },
      members = { traceId = "${request_id}" },
    },
  },

  -- The page: "No permissions are required if the calling user is owner of this time entry. If the calling user is not
  -- the creator of the time entry and the time entry is connected to a project, 'write' permissions on the
  -- 'project-timetracking' feature are necessary. If the time entry is connected to a task, the user needs to be
  -- assignee of this task or the user needs permissions on: 'project-planning-data' if it is a project task."
  -- The pages of the other operations [V] repeat it, and add: a billed entry is deleted by admins only, a timer is
  -- stopped by its owner or an admin and paused by its owner. For a change the entry before and after are asked for.
  authorize = function(entry, call)
    local operation = call.operation
    local doing, source = DOING[operation], SOURCES[operation]
    local me = call.caller.identity
    if not me or not me.user_id then
      return nil, {
        code = "no_identity",
        field = "user.id",
        message = "awork decides by who is calling, and this key has no user_id at this connection.",
        rule = "owner",
        source = source,
      }
    end
    local function denied(field, rule, message)
      return nil, { code = "permission_denied", field = field, message = message, rule = rule, source = source }
    end

    local owner = id_of(entry.user) -- none: the user was deleted
    local is_owner = owner ~= nil and same(owner, me.user_id)
    if operation == "pause" then
      if is_owner then return true end
      return denied("user.id", "owner", doing .. " is for its owner only.")
    end
    if me.roles.admin then return true end -- [V]: the admin role has access to all features
    if operation == "delete" and entry.billing and entry.billing.state == "billed" then
      return denied("billing.state", "admin", "Only an admin can delete an entry that is billed.")
    end
    local before = call.before
    if before and before.billing and before.billing.state == "billed" then
      if not entry.billing or entry.billing.state ~= "billed" then
        return denied("billing.state", "admin", "Only an admin can un-bill an entry.")
      end
      if moved(before.subjects or {}, entry.subjects or {}) then
        return denied("subjects", "admin", "Only an admin can move an entry that is billed.")
      end
    end
    if is_owner then return true end
    if operation == "stop" then
      return denied("user.id", "owner or admin", doing .. " is for its owner or an admin.")
    end

    local subjects = entry.subjects or {}
    local project = id_of(subjects.project)
    local task = id_of(subjects.task)
    if project and not may_write(me.permissions, "project-timetracking") then
      return denied(
        "subjects.project.id",
        "write on project-timetracking",
        doing .. " on a project for somebody else needs 'write' on project-timetracking."
      )
    end
    if task and not is_named(me.tasks, task) and not may_use(task, me, call) then
      return denied(
        "subjects.task.id",
        "assignee of the task, or project-planning-data",
        doing .. " on a task for somebody else needs its assignee, or permissions on project-planning-data if it is a"
          .. " project task."
      )
    end
    if not project and not task then
      return denied("user.id", "owner", doing .. " that is on neither a project nor a task is for its owner only.")
    end
    return true
  end,
}
