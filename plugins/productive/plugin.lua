-- Productive: the page "Time Entries" of developer.productive.io, and where a line says [V], its other pages.

local JSON_API = "application/vnd.api+json"

-- Without being asked for them, answers leave the ids of relationships out: `meta: {included: false}`.
local RELATED = "person,service,task,approver,updater,rejecter,creator"

return {
  api = 1,
  id = "productive",
  title = "Productive",
  docs = "https://developer.productive.io/time_entries.html",
  origin = "https://api.productive.io",

  secrets = {
    token = { help = "A personal API token: Settings → API integrations." },
  },
  settings = {
    organization_id = { required = true, help = "The number of the organization." },
  },
  headers = {
    ["X-Auth-Token"] = "${secret.token}", -- [V]
    ["X-Organization-Id"] = "${setting.organization_id}", -- [V]
  },

  limits = { { 100, per = "10s" }, { 4000, per = "30m" } }, -- [V]

  -- A day and a length; a start may stand beside them.
  times = { accepts = { "start_duration", "date_duration" } },

  -- JSON:API. The page's PATCH example says "time-entries".
  document = { at = "data", type = "time_entries", reads = { "time_entries", "time-entries" } },

  fields = {
    -- The create parameters, in the order of the page's example. It writes relationships; flat ids are read too.
    { "attributes.note", "note", "html", joins = { "title" } },
    { "attributes.date", "work_date", "date", required = true },
    { "attributes.time", "duration_seconds", "minutes", absent = 0 }, -- the page: without time it is 0
    { "attributes.jira_issue_id", "external_refs.jira.issue_id", "text", null = "clears" },
    { "attributes.jira_worklog_id", "external_refs.jira.worklog_id", "text", null = "clears" },
    { "attributes.jira_organization", "external_refs.jira.organization", "text", null = "clears" },
    { "attributes.jira_issue_status", "external_refs.jira.issue_status", "text", null = "clears" },
    { "attributes.jira_issue_summary", "external_refs.jira.issue_summary", "text", null = "clears" },
    { "attributes.rejected_reason", "approval.reason", "text" }, -- of an entry; a reject has its own `reason`
    { "attributes.started_at", "started_at", "rfc3339" },
    { "attributes.calendar_event_id", "calendar_event_id", "integer_id", null = "clears" },
    {
      "relationships.person.data.id", "user.id", "resource", type = "people", id = "integer_id",
      required = true, also = { { "attributes.person_id", "integer_id" } },
    },
    {
      "relationships.service.data.id", "subjects.service.id", "resource", type = "services", id = "integer_id",
      required = true, also = { { "attributes.service_id", "integer_id" } },
    },
    {
      "relationships.task.data.id", "subjects.task.id", "resource", type = "tasks", id = "integer_id",
      null = "clears", also = { { "attributes.task_id", "integer_id" } },
    },
    -- In the page's update; a create sets it to the time.
    {
      "attributes.billable_time", "billable_seconds", "minutes",
      operations = { "update" },
      why = "Productive sets billable_time on create from the time and the service; it can be changed by an update.",
    },

    -- What only answers hold.
    { "id", "id", "id", only = "answer" },
    { "attributes.created_at", "created_at", "rfc3339", only = "answer" },
    { "attributes.updated_at", "updated_at", "rfc3339", only = "answer" },
    {
      "attributes.track_method_id", "tracked_by", "enum", -- [V]: the numbers' names
      values = {
        { 1, "manual" }, { 2, "timer" }, { 5, "generated" }, { 3, "other" }, { 4, "other" }, { 6, "generated" },
      },
      otherwise = "other",
      only = "answer",
    },
    { "attributes.timer_started_at", "vendor_fields", only = "answer" },
    { "attributes.timer_stopped_at", "vendor_fields", only = "answer" },
    {
      { "attributes.approved", "attributes.rejected", "attributes.submitted" }, "approval.state", "first_true",
      values = { "approved", "rejected", "submitted" },
      otherwise = "unapproved",
      only = "answer",
    },
    { "attributes.approved_at", "approval.at", "rfc3339", only = "answer", when = { "approval.state", "approved" } },
    { "attributes.rejected_at", "approval.at", "rfc3339", only = "answer", when = { "approval.state", "rejected" } },
    { "attributes.invoice_attribution_id", "vendor_fields", only = "answer" },
    {
      "attributes.invoiced", "billing.state", "enum",
      values = { { true, "billed" }, { false, "none" } },
      only = "answer",
    },
    { "attributes.overhead", "vendor_fields", only = "answer" },
    { "attributes.last_activity_at", "vendor_fields", only = "answer" },
    { "attributes.currency", "vendor_fields", only = "answer" },
    { "attributes.currency_default", "vendor_fields", only = "answer" },
    { "attributes.currency_normalized", "vendor_fields", only = "answer" },

    -- Money: integers in minor units, in three bases.
    { "attributes.cost", "money", only = "answer",
      kind = "cost", basis = "own", currency = "attributes.currency" },
    { "attributes.cost_default", "money", only = "answer",
      kind = "cost", basis = "default", currency = "attributes.currency_default" },
    { "attributes.cost_normalized", "money", only = "answer",
      kind = "cost", basis = "normalized", currency = "attributes.currency_normalized" },
    { "attributes.work_cost", "money", only = "answer",
      kind = "work_cost", basis = "own", currency = "attributes.currency" },
    { "attributes.work_cost_default", "money", only = "answer",
      kind = "work_cost", basis = "default", currency = "attributes.currency_default" },
    { "attributes.work_cost_normalized", "money", only = "answer",
      kind = "work_cost", basis = "normalized", currency = "attributes.currency_normalized" },
    { "attributes.overhead_cost", "money", only = "answer",
      kind = "overhead_cost", basis = "own", currency = "attributes.currency" },
    { "attributes.overhead_cost_default", "money", only = "answer",
      kind = "overhead_cost", basis = "default", currency = "attributes.currency_default" },
    { "attributes.overhead_cost_normalized", "money", only = "answer",
      kind = "overhead_cost", basis = "normalized", currency = "attributes.currency_normalized" },
    { "attributes.internal_overhead_cost", "money", only = "answer",
      kind = "internal_overhead_cost", basis = "own", currency = "attributes.currency" },
    { "attributes.internal_overhead_cost_default", "money", only = "answer",
      kind = "internal_overhead_cost", basis = "default", currency = "attributes.currency_default" },
    { "attributes.internal_overhead_cost_normalized", "money", only = "answer",
      kind = "internal_overhead_cost", basis = "normalized", currency = "attributes.currency_normalized" },
    { "attributes.facility_overhead_cost", "money", only = "answer",
      kind = "facility_overhead_cost", basis = "own", currency = "attributes.currency" },
    { "attributes.facility_overhead_cost_default", "money", only = "answer",
      kind = "facility_overhead_cost", basis = "default", currency = "attributes.currency_default" },
    { "attributes.facility_overhead_cost_normalized", "money", only = "answer",
      kind = "facility_overhead_cost", basis = "normalized", currency = "attributes.currency_normalized" },

    -- Relationships that answers name.
    { "relationships.organization", "vendor_fields", "relationship", only = "answer" },
    {
      "relationships.approver.data.id", "approval.by.id", "resource", type = "people",
      only = "answer", when = { "approval.state", "approved" },
    },
    { "relationships.updater.data.id", "updated_by.id", "resource", type = "people", only = "answer" },
    {
      "relationships.rejecter.data.id", "approval.by.id", "resource", type = "people",
      only = "answer", when = { "approval.state", "rejected" },
    },
    { "relationships.creator.data.id", "created_by.id", "resource", type = "people", only = "answer" },
    { "relationships.last_actor", "vendor_fields", "relationship", only = "answer" },
    { "relationships.person_subsidiary", "vendor_fields", "relationship", only = "answer" },
    { "relationships.deal_subsidiary", "vendor_fields", "relationship", only = "answer" },
    { "relationships.timesheet", "vendor_fields", "relationship", only = "answer" },
    { "relationships.approval_statuses", "vendor_fields", "relationship", only = "answer" },
  },

  operations = {
    create = {
      "POST /api/v2/time_entries",
      content_type = JSON_API, -- [V]: anything else is 415
      accept = JSON_API,
      success = { 201 },
      entry = "data",
    },
    get = { "GET /api/v2/time_entries/{id}", accept = JSON_API, entry = "data", query = { include = RELATED } },
    list = {
      "GET /api/v2/time_entries",
      accept = JSON_API,
      entries = "data",
      query = { include = RELATED },
      -- The page does not say whether `after` and `before` include their day; the operators [V] do.
      filters = {
        from = { "filter[date][gt_eq]", "date" },
        to = { "filter[date][lt_eq]", "date" },
        user = { "filter[person_id]", "integer_id" },
        project = { "filter[project_id]", "integer_id" },
        service = { "filter[service_id]", "integer_id" },
        task = { "filter[task_id]", "integer_id" },
        approval = {
          "filter[status]", "enum",
          values = { { 1, "approved" }, { 2, "unapproved" }, { 3, "rejected" }, { 5, "submitted" }, { 6, "draft" } },
        },
        billing = {
          "filter[invoicing_status]", "enum",
          values = { { 1, "none" }, { 2, "drafted" }, { 3, "billed" } },
        },
        updated_since = { "filter[updated_at][gt_eq]", "rfc3339" },
      },
      -- Every filter of the page, in its own words and with its kind. Its dates include instants (approved_at, …), its
      -- arrays are ids with commas between them.
      vendor_filters = {
        template = "filter[${name}]",
        names = {
          { "after", "date" },
          { "approved_at", "date_or_rfc3339" },
          { "approver_id", "integer_id", several = true },
          { "autotracked", "boolean" },
          { "before", "date" },
          {
            "billing_type_id", "enum", several = true,
            values = { { 1, "fixed" }, { 2, "actuals" }, { 3, "non_billable" } },
          },
          { "booking_id", "integer_id", several = true },
          { "budget_id", "integer_id", several = true },
          { "company_id", "integer_id", several = true },
          { "creator_id", "integer_id", several = true },
          { "date", "date" },
          { "deal_id", "integer_id", several = true },
          { "id", "integer_id", several = true },
          {
            "invoicing_status", "enum", several = true,
            values = { { 1, "not_invoiced" }, { 2, "drafted" }, { 3, "finalized" } },
          },
          { "invoice_attribution_id", "integer_id", several = true },
          { "invoice_id", "integer_id", several = true },
          { "invoiced", "boolean" },
          { "jira_issue_id", "text" },
          { "jira_issue_status", "text" },
          { "jira_issue_summary", "text" },
          { "jira_worklog_id", "text" },
          { "last_activity_at", "date_or_rfc3339" },
          { "last_actor_id", "integer_id", several = true },
          { "person_id", "integer_id", several = true },
          { "project_id", "integer_id", several = true },
          { "responsible_id", "integer_id", several = true },
          { "service_id", "integer_id", several = true },
          { "started_at", "date_or_rfc3339" },
          {
            "status", "enum", several = true,
            values = { { 1, "approved" }, { 2, "unapproved" }, { 3, "rejected" }, { 5, "submitted" }, { 6, "draft" } },
          },
          { "task_id", "integer_id", several = true },
          { "time", "integer" },
          { "track_method_id", "integer_id", several = true },
          { "updated_at", "date_or_rfc3339" },
        },
        operators = { "eq", "not_eq", "contains", "not_contain", "gt", "gt_eq", "lt", "lt_eq" }, -- [V]
      },
      sort = "sort",
      sorts = {
        work_date = "date",
        updated_at = "updated_at",
        ["external_refs.jira.issue_id"] = "jira_issue_id",
        ["external_refs.jira.issue_status"] = "jira_issue_status",
        ["external_refs.jira.issue_summary"] = "jira_issue_summary",
      },
      default_sort = "-work_date",
      paging = { page = "page[number]", size = "page[size]", max = 200, pages = "meta.total_pages" },
    },
    update = { "PATCH /api/v2/time_entries/{id}", content_type = JSON_API, accept = JSON_API, entry = "data" },
    delete = { "DELETE /api/v2/time_entries/{id}", accept = JSON_API, success = { 204 }, idempotent = true },
    -- The page shows no conflict of these two, so nothing is read for them: the bulk requests would read each entry.
    approve = { "PATCH /api/v2/time_entries/{id}/approve", content_type = JSON_API, accept = JSON_API, entry = "data" },
    unapprove = {
      "PATCH /api/v2/time_entries/{id}/unapprove",
      content_type = JSON_API, accept = JSON_API, entry = "data",
    },
    reject = {
      "PATCH /api/v2/time_entries/{id}/reject",
      content_type = JSON_API, accept = JSON_API, entry = "data",
      reason = "attributes.rejected_reason",
      refused_when = { "approval.state", "approved" }, -- the page: 409 record_already_approved
    },
    unreject = {
      "PATCH /api/v2/time_entries/{id}/unreject",
      content_type = JSON_API, accept = JSON_API, entry = "data",
      only_when = { "approval.state", "rejected" }, -- the page: 409 record_already_unrejected
    },
    -- [V]: the timer of this entry. What they answer is not documented, so the entry is read again. One timer runs for a
    -- person: starting one stops the one before.
    start = {
      "PATCH /api/v2/time_entries/{id}/start",
      content_type = JSON_API, accept = JSON_API, success = { 200, 201, 204 }, entry = false,
    },
    stop = {
      "PATCH /api/v2/time_entries/{id}/stop",
      content_type = JSON_API, accept = JSON_API, success = { 200, 201, 204 }, entry = false,
    },
    bulk_approve = {
      "PATCH /api/v2/time_entries/bulk_approve",
      content_type = JSON_API, accept = JSON_API, ids = { "ids", "integer" }, entries = "data",
    },
    bulk_unapprove = {
      "PATCH /api/v2/time_entries/bulk_unapprove",
      content_type = JSON_API, accept = JSON_API, ids = { "ids", "integer" }, entries = "data",
    },
  },

  -- The body's own `status` is "422" here and "unprocessable_entity" there: only the HTTP status counts.
  -- Where an answer was lost, the entry is looked for in this list.
  reconcile = { filters = { "user", "from", "to" } },

  errors = {
    list = "errors",
    code = "code",
    message = { "detail", "title" },
    fields = { pointer = "source.pointer", parameter = "source.parameter" },
    kinds = {
      invalid_attribute = "invalid",
      unsupported_filter_value_type = "invalid",
      unsupported_filter = "invalid",
      record_not_found = "not_found",
      record_already_approved = "conflict",
      record_already_unrejected = "conflict",
    },
    -- The gateway's own refusals, as the page shows Productive's.
    write = {
      content_type = JSON_API,
      codes = {
        invalid = "invalid_attribute",
        reference_not_found = "invalid_attribute",
        permission = "forbidden",
        vendor_auth = "unauthorized",
        not_found = "record_not_found",
        conflict = "conflict",
        limit = "rate_limited",
        broken = "internal_server_error",
      },
      statuses = { invalid = 422 },
      members = { status = "${status}", title = "${title}" },
    },
  },
}
