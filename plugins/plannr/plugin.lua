-- Plannr CRM: the page "POST /api/v1/time-entry" of apidocs.plannrcrm.com, and where a line says [V], its other pages.

return {
  api = 1,
  id = "plannr",
  title = "Plannr CRM",
  docs = "https://apidocs.plannrcrm.com/operation/operation-post-time-entry",
  origin = "https://api.plannrcrm.com",

  secrets = {
    token = { help = "A personal access token; it is valid for a year." },
  },
  settings = {
    account_uuid = {
      required = true,
      format = "uuid",
      help = "The account that the token acts for: preferred_account_uuid of GET /api/v1/logins.",
    },
    default_title = { help = "The name of an entry that has neither title, activity name nor note." },
    assume_start = {
      format = "time_of_day",
      help = "The local time, such as 09:00, at which an entry with a day and no start begins.",
    },
  },
  headers = {
    Authorization = "Bearer ${secret.token}",
    ["X-PLANNR-ACCOUNT-UUID"] = "${setting.account_uuid}", -- [V]: required by most endpoints
  },

  -- [V]: for each user. X-Ratelimit-Remaining names no time at which it counts anew, and is not used.
  limits = { { 500, per = "1m" } },

  -- A length alone "can be used instead of dates"; a day with a length cannot be said.
  times = { accepts = { "interval", "duration_only" }, assumed_start = "settings.assume_start" },
  user = { implied = "settings.account_uuid" },

  fields = {
    {
      { "trackable_type", "trackable_uuid" }, "subjects", "typed_reference",
      types = { "client", "board_task", "case", "circle", "firm", "task" },
      id = "uuid",
      any_case = true, -- the page lists lower case; its examples say "Client"
      only = "request",
      required = true,
    },
    {
      "name", "title", "text",
      required = true,
      fallback = { "activity.name", "note.first_line", "settings.default_title" },
    },
    { "description", "note", "text" },
    { "start_date", "started_at", "rfc3339" },
    { "end_date", "ended_at", "rfc3339" },
    { "total_time_in_minutes", "duration_seconds", "minutes", forms = { "duration_only" }, only = "request" },

    { "uuid", "id", "uuid", only = "answer" },
    { "account.uuid", "user.id", "uuid", only = "answer", why = "Plannr records time for the account of the token." },
    { "account.name", "user.name", "text", only = "answer" },
    { "account.email", "user.email", "text", only = "answer" },
    { "account.role", "vendor_fields", only = "answer" },
    { "account.type", "vendor_fields", only = "answer" },
    { "account.first_name", "vendor_fields", only = "answer" },
    { "account.last_name", "vendor_fields", only = "answer" },
    { "account.photo_url", "vendor_fields", only = "answer" },
    { "account.created_at", "vendor_fields", only = "answer" },
    { "account.updated_at", "vendor_fields", only = "answer" },
    { "account.external_references", "vendor_fields", only = "answer" },
    {
      "is_active", "timer_state", "enum",
      values = { { true, "running" }, { false, "stopped" } },
      only = "answer",
      why = "The page does not say how a timer is started with the entry.",
    },
    {
      { "trackable_type", "trackable.uuid" }, "subjects", "typed_reference",
      types = { "client", "board_task", "case", "circle", "firm", "task" },
      id = "uuid",
      any_case = true,
      only = "answer",
    },
    { "trackable.name", "vendor_fields", only = "answer" },
    { "trackable.role", "vendor_fields", only = "answer" },
    { "trackable.type", "vendor_fields", only = "answer" },
    { "trackable.email", "vendor_fields", only = "answer" },
    { "trackable.first_name", "vendor_fields", only = "answer" },
    { "trackable.last_name", "vendor_fields", only = "answer" },
    { "trackable.photo_url", "vendor_fields", only = "answer" },
    { "trackable.created_at", "vendor_fields", only = "answer" },
    { "trackable.updated_at", "vendor_fields", only = "answer" },
    { "trackable.external_references", "vendor_fields", only = "answer" },
    { "created_at", "created_at", "rfc3339", only = "answer" },
    { "updated_at", "updated_at", "rfc3339", only = "answer" },
    { "total_time_in_minutes", "duration_seconds", "minutes", only = "answer" },
    -- Finer than the minutes, so it is the one that counts.
    { "computed_time_elapsed_in_seconds", "duration_seconds", "seconds", only = "answer", first = true },
  },

  operations = {
    create = { "POST /api/v1/time-entry" },
    -- [V]: the entries on one subject, of the token's own account. No entry can be read alone.
    list = {
      "GET /api/v1/time-entry/{subject.type}/{subject.id}",
      entries = "data",
      sort = "sort",
      sorts = { created_at = "created_at", started_at = "start_date", ended_at = "end_date" },
      default_sort = "-ended_at", -- what Plannr does without one
      paging = { page = "page", size = "per_page", max = 500, pages = "meta.last_page" },
    },
    replace = { "PUT /api/v1/time-entry/{id}", idempotent = true }, -- [V]: the same body as a create
    delete = { "DELETE /api/v1/time-entry/{id}", idempotent = true }, -- [V]: 200 with the entry
    -- [V]; what it answers with is not documented, so nothing is read from it.
    stop = { "POST /api/v1/time-entry/{id}/stop", success = { 200, 201, 202, 204 }, entry = false },
  },

  -- Where an answer was lost, the entry is looked for in this list.
  reconcile = { filters = { "subject" } },

  errors = {
    message = "message",
    fields = { map = "errors" },
    statuses = { [401] = "vendor_auth", [422] = "invalid", [429] = "limit" },
    write = { statuses = { invalid = 422 }, reasons = "list" }, -- as Laravel writes them; only the message is documented
  },
}
