-- Hoursmith: the page "Create a timeentry" of docs.hoursmith.app, and where a line says [V], the vendor's other pages.

local PERMISSIONS = "Hoursmith API: permissions and plans"

return {
  api = 1,
  id = "hoursmith",
  title = "Hoursmith",
  docs = "https://docs.hoursmith.app/time-entries/createTimeEntry",
  origin = "https://hoursmith.app",

  secrets = {
    token = { help = "A personal access token. Mint one at Settings → API.", prefix = "hsk_" },
  },
  settings = {
    user_id = { help = "The user that the token belongs to. An entry for this user passes; any other is refused." },
    duration_is_enough = {
      type = "boolean",
      help = "true: an entry with a start and an end is recorded as its day and its length.",
    },
  },
  headers = { Authorization = "Bearer ${secret.token}" },

  -- [V]: of the plan Studio, for each token. Agency has twice as much: `limits` on the connection.
  limits = {
    { 30, per = "10s" },
    { 600, per = "1m" },
    remaining = "X-RateLimit-Remaining",
    reset = "X-RateLimit-Reset",
    reset_is = "unix_time",
  },

  -- A day and a length. The page does not show whether a create accepts startedAt and stoppedAt: they are not sent.
  times = { accepts = { "date_duration" }, length_only = "settings.duration_is_enough" },
  user = { implied = "settings.user_id" },

  fields = {
    { "projectId", "subjects.project.id", "id", required = true },
    { "entryDate", "work_date", "date" },
    { "durationSeconds", "duration_seconds", "seconds" },
    -- "If both are sent, durationSeconds wins": read from native clients, never written.
    { "duration", "duration_seconds", "duration_text", only = "request", written = false },
    { "taskId", "subjects.task.id", "id" }, -- in the answer's example; in requests [V]
    { "billable", "billable", "boolean" }, -- in requests [V]: a guide's example sends it
    { "note", "note", "text", joins = { "title" } }, -- in requests [V]
    { "id", "id", "id", only = "answer" },
    { "orgId", "vendor_fields", only = "answer" },
    { "userId", "user.id", "id", only = "answer", why = "Hoursmith records time for the user of the token." },
    { "invoiceId", "billing.invoice_id", "id", only = "answer" },
    { "startedAt", "started_at", "rfc3339", only = "answer" },
    { "stoppedAt", "ended_at", "rfc3339", only = "answer" },
    { "createdAt", "created_at", "rfc3339", only = "answer" },
    { "updatedAt", "updated_at", "rfc3339", only = "answer" },
    { "deletedAt", "deleted_at", "rfc3339", only = "answer" },
  },

  operations = {
    create = {
      "POST /api/v1/time-entries",
      entry = "data",
      idempotency_header = "Idempotency-Key",
      window = "24h",
    },
    get = { "GET /api/v1/time-entries/{id}", entry = "data" },
    list = {
      "GET /api/v1/time-entries",
      entries = "data",
      filters = {
        from = { "entryDateFrom", "date" },
        to = { "entryDateTo", "date" }, -- inclusive
        user = { "userId", "id", privileged = true }, -- for tokens of owners and admins; a member's is pinned to itself
        project = { "projectId", "id" },
        task = { "taskId", "id" },
        billable = { "billable", "boolean" },
        search = { "search", "text" }, -- over the note, at most 200 characters
      },
      vendor_filters = {
        template = "${name}",
        names = {
          { "createdAtFrom", "date_or_rfc3339" }, { "createdAtTo", "date_or_rfc3339" },
          { "durationSecondsMin", "integer" }, { "durationSecondsMax", "integer" }, { "running", "boolean" },
        },
      },
      sort = "sort",
      sorts = {
        work_date = "entryDate",
        duration_seconds = "durationSeconds",
        created_at = "createdAt",
        updated_at = "updatedAt",
        id = "id",
      },
      default_sort = "-work_date",
      paging = { cursor = "cursor", size = "limit", max = 200, next = "nextCursor" },
    },
    -- The page of the PATCH repeats "exactly one of durationSeconds … or duration": whether a part may be sent alone is
    -- not clear. The whole body is read, changed and sent, which is right either way.
    update = { "PATCH /api/v1/time-entries/{id}", entry = "data", replaces = true },
    delete = { "DELETE /api/v1/time-entries/{id}", idempotent = true },
  },

  -- Where an answer was lost, the entry is looked for in this list.
  reconcile = { filters = { "from", "to" } },

  errors = {
    code = "error.code",
    message = "error.message",
    fields = { map = "error.fields" },
    kinds = {
      unauthenticated = "vendor_auth",
      forbidden_plan = "plan",
      forbidden_scope = "permission",
      not_found = "not_found",
      conflict = "conflict",
      validation_error = "invalid",
      bad_request = "invalid",
      rate_limited = "limit",
      internal = "broken",
    },
    keep = { required_plan = "error.requiredPlan", feature = "error.feature" },
    -- The gateway's own refusals, under the codes of the page.
    write = {
      codes = {
        vendor_auth = "unauthenticated",
        plan = "forbidden_plan",
        permission = "forbidden_scope",
        not_found = "not_found",
        reference_not_found = "validation_error",
        conflict = "conflict",
        locked = "conflict",
        invalid = "validation_error",
        limit = "rate_limited",
        broken = "internal",
      },
      statuses = { invalid = 422, locked = 409 },
    },
  },

  -- [V]: "Time entries: owner, admin and manager full CRUD (any member), member their own un-invoiced entries"; "409
  -- conflict: editing an invoiced, locked time entry". A create is always the token's own, so nothing is asked for it.
  authorize = function(entry, call)
    if call.operation == "create" then return true end
    local now = call.before or entry
    if now.billing and now.billing.invoice_id then
      return nil, {
        code = "vendor_locked",
        field = "billing.invoice_id",
        message = "The entry is invoiced, and locked.",
        rule = "invoiced entries are locked",
        source = PERMISSIONS,
      }
    end
    -- Of others' entries a member's token sees none; what it is shown all the same is not for it to change.
    local own = call.settings.user_id
    if not own or (now.user and now.user.id == own) then return true end
    local me = call.get({ path = "/api/v1/me" })
    local role = me.status == 200 and me.body.data and me.body.data.role
    if type(role) == "string" and role:upper() == "MEMBER" then
      return nil, {
        code = "permission_denied",
        field = "user.id",
        message = "The connection's token is a member's, who changes and deletes own entries only.",
        rule = "member: own un-invoiced entries",
        source = PERMISSIONS,
      }
    end
    return true
  end,
}
