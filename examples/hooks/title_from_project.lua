-- An entry without a title gets the name of its project.

return {
  about = "Fills in the title from the project: its name in the entry, or in the list of the settings.",
  settings = {
    titles = { type = "map", help = "Titles by the project's id: { \"5021\": Website }." },
  },

  on_entry = function(entry, call)
    if entry.title and entry.title ~= json.null then return end
    local project = entry.subjects and entry.subjects.project
    if type(project) ~= "table" then return end
    entry.title = project.name or (call.settings.titles and call.settings.titles[project.id])
  end,
}
