-- Sonderplan: the page "POST /v2/time-entry" of docs.sonderplan.com, and where a line says [V], its other pages.

return {
  api = 1,
  id = "sonderplan",
  title = "Sonderplan",
  docs = "https://docs.sonderplan.com/api-reference/time-entry/create-time-entry",
  origin = "https://api.sonderplan.com",

  secrets = {
    token = { help = 'An API token from "API Clients" in Admin.' },
  },
  settings = {
    assume_start = {
      format = "time_of_day",
      help = "The local time, such as 09:00, at which an entry with a day and no start begins.",
    },
  },
  headers = { Authorization = "Bearer ${secret.token}" },

  -- Two instants. That an entry without `end` is a running timer is not stated on the page, so none is started.
  times = { accepts = { "interval" }, assumed_start = "settings.assume_start" },

  fields = {
    { "owner_id", "user.id", "integer_id", required = true },
    { "owner.first_name", "vendor_fields" },
    { "owner.last_name", "vendor_fields" },
    { { "owner.first_name", "owner.last_name" }, "user.name", "joined_text", only = "answer" },
    { "owner.primary_email", "user.email", "text" },
    { "owner.icon", "vendor_fields" },
    { "name", "activity.name", "text", required = true },
    { "description", "note", "text", joins = { "title" } },
    { "start", "started_at", "unix_seconds" },
    { "end", "ended_at", "unix_seconds" },
    -- The same instants as text. The page's example holds another day here than in `start`: `start` counts, and the
    -- difference is reported. Written, so that the offset is not lost.
    { "start_date_time_iso", "started_at", "rfc3339" },
    { "end_date_time_iso", "ended_at", "rfc3339" },
    { "project[].id", "subjects.project.id", "integer_id" }, -- the first; the rest are more_subjects
    { "project[].name", "vendor_fields", only = "answer" }, -- [V]
    { "project[].code", "vendor_fields", only = "answer" }, -- [V]
    { "project[].description", "vendor_fields", only = "answer" }, -- [V]
    { "project[].status_id", "vendor_fields", only = "answer" }, -- [V]
    { "booking[].id", "subjects.booking.id", "integer_id" },
    { "booking[].name", "vendor_fields" },
    { "booking[].start", "vendor_fields" },
    { "booking[].end", "vendor_fields" },
    { "booking[].resources", "vendor_fields" },
    { "billable", "billable", "boolean", as_text = true }, -- a boolean on the page, the text "false" in its example
    { "locked", "locked", "boolean", as_text = true },
    { "id", "id", "integer_id", only = "answer" },
    { "duration_sec", "duration_seconds", "seconds", as_text = true, only = "answer" }, -- [V]
    { "created_id", "created_by.id", "integer_id", only = "answer" }, -- [V]
    { "created", "created_at", "unix_seconds", only = "answer" }, -- [V]
    { "updated_id", "updated_by.id", "integer_id", only = "answer" }, -- [V]
    { "updated", "updated_at", "unix_seconds", only = "answer" }, -- [V]
  },

  operations = {
    create = { "POST /v2/time-entry", success = { 200 }, entry = "success", completeness = "id_only" },
    -- [V]: data and meta.pagination. The parameters' names are seen in use by clients, not documented.
    list = {
      "GET /v2/time-entry",
      entries = "data",
      paging = { page = "page", size = "limit", max = 1000, total = "meta.pagination.total" },
    },
  },

  -- No error shape is documented: the status decides, and whatever message there is is passed on.
  errors = {
    message = { "message", "error", "error.message" },
    write = { statuses = { invalid = 422 } }, -- no more than the message: nothing else is known to be read
  },
}
