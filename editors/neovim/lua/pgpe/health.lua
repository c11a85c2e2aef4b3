--- `:checkhealth pgpe`
local server = require('pgpe.server')

local M = {}

-- The names of the functions have changed with Neovim 0.10.
local health = vim.health or require('health')
local start = health.start or health.report_start
local ok = health.ok or health.report_ok
local info = health.info or health.report_info
local warn = health.warn or health.report_warn
local fail = health.error or health.report_error

local function check_editor()
  local version = vim.version()
  local text = ('Neovim %d.%d.%d'):format(version.major, version.minor, version.patch)
  if vim.fn.has('nvim-0.11') == 1 then
    ok(text)
  elseif vim.fn.has('nvim-0.7') == 1 then
    ok(text .. ': positions are counted in UTF-16, and what the editor itself lacks (inlay hints before 0.10, '
      .. 'semantic tokens before 0.9) is not shown')
  else
    fail(text .. ' is too old', { 'Install 0.7 or newer.' })
  end
end

local function check_program()
  local program = server.program()
  if not program then
    info('the language server is not started as a program')
    return
  end
  if vim.fn.executable(program) == 0 then
    fail(('the program `%s` was not found'):format(program), {
      'Put the folder of `pgpe` on PATH,',
      "or name it: let g:pgpe = { 'cmd': ['/path/to/pgpe', 'lsp'] }",
    })
    return
  end
  local output = vim.fn.system({ program, '--version' })
  if vim.v.shell_error == 0 then
    ok(('%s: %s'):format(vim.fn.exepath(program), vim.trim(output)))
  else
    fail(('`%s --version` fails: %s'):format(program, vim.trim(output)), {
      'Run it in a terminal; a pgpe that was built in a checkout runs only from there.',
    })
  end
end

local function check_filetype()
  local autocmds = vim.api.nvim_get_autocmds({ group = 'filetypedetect', event = 'BufRead', pattern = '*.policy' })
  if #autocmds > 0 then
    ok('files *.policy are recognised as pgpe-policy')
  else
    fail('files *.policy are not recognised', { 'Have `:filetype on` in your configuration.' })
  end
end

local function check_clients()
  local count = 0
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    local client = vim.api.nvim_buf_is_loaded(bufnr) and server.client(bufnr)
    if client then
      count = count + 1
      local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~:.')
      ok(('attached to %s, project %s, positions in %s'):format(name, client.config.root_dir, client.offset_encoding))
    elseif vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == 'pgpe-policy' then
      warn(('not attached to %s'):format(vim.api.nvim_buf_get_name(bufnr)), {
        'Save it under a name, if it has none; else look into ' .. vim.lsp.get_log_path(),
      })
    end
  end
  if count == 0 then
    info('the language server runs in no buffer: open a *.policy file')
  end
end

--- Runs all checks.
function M.check()
  start('pgpe')
  check_editor()
  check_program()
  check_filetype()
  check_clients()
end

return M
