--- Code lenses and inlay hints, as far as the server has them and the editor shows them.
local options = require('pgpe.options')

local M = {}

local function provides(bufnr, capability)
  local client = require('pgpe.server').client(bufnr)
  return client and client.server_capabilities and client.server_capabilities[capability]
end

local function show_lenses(bufnr)
  if provides(bufnr, 'codeLensProvider') and vim.api.nvim_get_current_buf() == bufnr then
    vim.lsp.codelens.refresh()
  end
end

local function show_hints(bufnr)
  if vim.lsp.inlay_hint and provides(bufnr, 'inlayHintProvider') then
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
  end
end

--- Brings the lenses that are in sight up to date.
function M.refresh()
  if options.get().codelens then
    show_lenses(vim.api.nvim_get_current_buf())
  end
end

--- Shows them in each buffer that the server is attached to.
function M.follow()
  local set = options.get()
  local group = vim.api.nvim_create_augroup('pgpe.decorations', {})
  local function on(events, run)
    vim.api.nvim_create_autocmd(events, {
      group = group,
      callback = function(args)
        run(args.buf)
      end,
    })
  end
  if set.codelens then
    -- Verdicts are in the lenses, and come with the diagnostics.
    on({ 'BufEnter', 'InsertLeave', 'TextChanged', 'DiagnosticChanged' }, show_lenses)
  end
  if set.inlay_hints and vim.fn.exists('##LspAttach') == 1 then
    on('LspAttach', show_hints)
  end
end

return M
