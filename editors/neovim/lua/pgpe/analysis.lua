--- All verdicts of the project.
local scratch = require('pgpe.scratch')
local server = require('pgpe.server')

local M = {}

--- Shows them as soon as everything is proved.
function M.show(bufnr)
  local client = server.client_or_tell(bufnr)
  if not client then
    return
  end
  server.execute(client, bufnr, 'pgpe.analyzeWorkspace', { vim.uri_from_bufnr(bufnr) }, function(result)
    scratch.show('analysis', 'pgpe-report', result.text)
  end)
end

return M
