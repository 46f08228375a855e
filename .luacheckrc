-- The environment that plugins run in: what the gateway's sandbox offers, and nothing else.
std = {
  read_globals = {
    "assert", "error", "ipairs", "next", "pairs", "pcall", "select", "tonumber", "tostring", "type", "log",
    "math", "string", "table", "utf8",
    json = { fields = { "null", "array" } },
  },
}
max_line_length = 180
-- Annotations for editors; nothing runs them.
exclude_files = { "plugins/_meta" }
