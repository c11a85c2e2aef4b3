--- What the user has set, in `vim.g.pgpe`.
local M = {}

local defaults = {
  -- The language server. A string is a program that gets the argument `lsp`.
  cmd = { 'pgpe', 'lsp' },
  -- Start it when a file is opened that concerns it.
  autostart = true,
  -- Show code lenses, and keep them up to date.
  codelens = true,
  -- Show inlay hints, where the editor can.
  inlay_hints = true,
  -- Settings of the server.
  settings = {},
}

--- All options.
function M.get()
  local options = vim.tbl_deep_extend('force', defaults, vim.g.pgpe or {})
  if type(options.cmd) == 'string' then
    options.cmd = { options.cmd, 'lsp' }
  end
  return options
end

return M
