--- Starting the language server and speaking to it, in the way of each version of the editor.
local options = require('pgpe.options')

local M = {}

M.name = 'pgpe'

local filetypes = { 'pgpe-policy', 'sql', 'yaml' }

local function exists(path)
  return vim.loop.fs_stat(path) ~= nil
end

--- The nearest folder at or above one that holds a file of that name.
local function folder_with(folder, name)
  while true do
    if exists(folder .. '/' .. name) then
      return folder
    end
    local parent = vim.fn.fnamemodify(folder, ':h')
    if parent == folder then
      return nil
    end
    folder = parent
  end
end

--- The servers that run.
local function running()
  local clients = vim.lsp.get_clients and vim.lsp.get_clients() or vim.lsp.get_active_clients()
  return vim.tbl_filter(function(client)
    return client.name == M.name
  end, clients)
end

--- The innermost folder that a server runs for and that a folder is in; nil if there is none.
local function running_above(folder)
  local best
  for _, client in ipairs(running()) do
    local root = client.config.root_dir
    if root and vim.startswith(folder .. '/', root .. '/') and #root > #(best or '') then
      best = root
    end
  end
  return best
end

--- The project's folder, for a buffer that concerns the server; nil for other buffers.
function M.root(bufnr)
  local path = vim.api.nvim_buf_get_name(bufnr)
  if path == '' or path:match('^%w[%w+.-]+://') then
    return nil
  end
  local folder = vim.fn.fnamemodify(path, ':p:h')
  local project = folder_with(folder, 'pgpe.yaml')
  if vim.bo[bufnr].filetype == 'pgpe-policy' then
    return project or folder_with(folder, '.git') or folder
  end
  -- The server wants to know of unsaved edits of the schema and the configuration, and of no other such files.
  if vim.fn.fnamemodify(path, ':t') == 'pgpe.yaml' then
    -- It makes its folder a project, also where it is yet to be written.
    return project or folder
  end
  return path:match('%.sql$') and (project or running_above(folder)) or nil
end

--- What the server asks before it changes a database. Without an answer nothing is changed.
local function ask(_, params)
  local titles = {}
  for _, action in ipairs(params.actions or {}) do
    table.insert(titles, (action.title:gsub('[\n&]', ' ')))
  end
  -- What is asked about should be seen.
  vim.cmd('redraw')
  local choice = vim.fn.confirm(params.message, table.concat(titles, '\n'), #titles, 'Question')
  return (params.actions or {})[choice] or vim.NIL
end

--- The server makes lenses only of commands that the client shows the results of, and tells of its proofs' progress
--- only those that want to know.
local function tell_what_is_understood(params)
  local own = require('pgpe.commands').shown
  params.capabilities.experimental = vim.tbl_extend('force', params.capabilities.experimental or {}, {
    commands = { commands = own },
    statusNotification = true,
  })
end

--- Proofs may end without a change of the findings.
local function status_changed()
  require('pgpe.decorations').refresh()
end

--- Attaches a server to the schemas that were opened before it ran: a project without `pgpe.yaml` is one only since.
local function attach_schemas(client)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    local path = vim.api.nvim_buf_get_name(bufnr)
    local concerns = vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].buftype == '' and path:match('%.sql$')
    if concerns and not M.client(bufnr) and M.root(bufnr) == client.config.root_dir then
      vim.lsp.buf_attach_client(bufnr, client.id)
    end
  end
end

--- The client's configuration, as `vim.lsp.config` and its predecessors take it.
function M.config()
  local set = options.get()
  return {
    name = M.name,
    cmd = set.cmd,
    -- The server asks for the section of its name.
    settings = next(set.settings) and { pgpe = set.settings } or {},
    before_init = tell_what_is_understood,
    -- A little later: only then is it among those that run.
    on_init = vim.schedule_wrap(attach_schemas),
    filetypes = filetypes,
    handlers = { ['window/showMessageRequest'] = ask, ['pgpe/statusChanged'] = status_changed },
    root_dir = function(bufnr, on_dir)
      local root = M.root(bufnr)
      if root then
        on_dir(root)
      end
    end,
  }
end

--- The program of the server; nil if something else than a program was configured.
function M.program()
  local command = options.get().cmd
  if vim.lsp.enable and vim.lsp.config[M.name] then
    command = vim.lsp.config[M.name].cmd
  end
  return type(command) == 'table' and command[1] or nil
end

local told = false

--- Whether the server's program is there; says once if it is not.
local function is_installed()
  local program = M.program()
  if not program or vim.fn.executable(program) == 1 then
    return true
  end
  if not told then
    told = true
    local message = 'pgpe: the program %s was not found: put it on PATH, or set vim.g.pgpe.cmd'
    vim.notify(message:format(program), vim.log.levels.WARN)
  end
  return false
end

--- Neovim 0.7 has nothing that starts a server once for each folder.
local function start_or_reuse(config, bufnr)
  local id
  for _, client in pairs(vim.lsp.get_active_clients()) do
    if client.name == M.name and client.config.root_dir == config.root_dir then
      id = client.id
    end
  end
  id = id or vim.lsp.start_client(config)
  if id then
    vim.lsp.buf_attach_client(bufnr, id)
    -- Newer editors do this themselves.
    vim.bo[bufnr].omnifunc = 'v:lua.vim.lsp.omnifunc'
    vim.bo[bufnr].tagfunc = 'v:lua.vim.lsp.tagfunc'
  end
end

--- Starts the server for a buffer if it concerns it. For editors without `vim.lsp.enable`.
local function attach(bufnr)
  local root = M.root(bufnr)
  if vim.bo[bufnr].buftype ~= '' or not root or not is_installed() then
    return
  end
  local config = M.config()
  config.root_dir = root
  if vim.lsp.start then
    vim.api.nvim_buf_call(bufnr, function()
      vim.lsp.start(config)
    end)
  else
    start_or_reuse(config, bufnr)
  end
end

--- Has the servers look at the files on disk: the editor tells them of none that others have written.
local function look_at_disk()
  for _, client in ipairs(running()) do
    local params = { changes = {} }
    if vim.fn.has('nvim-0.11') == 1 then
      client:notify('workspace/didChangeWatchedFiles', params)
    else
      client.notify('workspace/didChangeWatchedFiles', params)
    end
  end
end

--- Starts the server, from now on, when a file is opened that concerns it.
function M.enable()
  if not options.get().autostart then
    return
  end
  if vim.lsp.enable then
    vim.lsp.enable(M.name)
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('pgpe.server', {}),
    pattern = filetypes,
    callback = function(args)
      if not vim.lsp.enable then
        attach(args.buf)
      elseif M.root(args.buf) then
        -- The editor itself would say it in its log only.
        is_installed()
      end
    end,
  })
  vim.api.nvim_create_autocmd({ 'FocusGained', 'VimResume', 'ShellCmdPost' }, {
    group = 'pgpe.server',
    callback = look_at_disk,
  })
  require('pgpe.decorations').follow()
end

--- The client of a buffer, once the server is ready; nil if there is none.
function M.client(bufnr)
  if vim.lsp.get_clients then
    return vim.lsp.get_clients({ bufnr = bufnr, name = M.name })[1]
  end
  for _, client in pairs(vim.lsp.buf_get_clients(bufnr)) do
    if client.name == M.name then
      return client
    end
  end
end

--- The client of a buffer; says so if there is none.
function M.client_or_tell(bufnr)
  local client = M.client(bufnr)
  if not client then
    vim.notify('pgpe: the language server is not attached here: see :checkhealth pgpe', vim.log.levels.WARN)
  end
  return client
end

--- Asks the server. `handle` gets the error, or nil, and the result.
function M.request(client, bufnr, method, params, handle)
  local function handler(error, result)
    handle(error, result ~= vim.NIL and result or nil)
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return client:request(method, params, handler, bufnr)
  end
  return client.request(method, params, handler, bufnr)
end

--- Asks the server and waits for the answer; nil if it does not come soon.
function M.request_now(client, bufnr, method, params)
  local answer
  if vim.fn.has('nvim-0.11') == 1 then
    answer = client:request_sync(method, params, 1000, bufnr)
  else
    answer = client.request_sync(method, params, 1000, bufnr)
  end
  return answer and answer.result or nil
end

--- Has the server carry out a command; says why if it can't.
function M.execute(client, bufnr, command, arguments, handle)
  local params = { command = command, arguments = arguments }
  M.request(client, bufnr, 'workspace/executeCommand', params, function(error, result)
    if error then
      vim.notify('pgpe: ' .. error.message, vim.log.levels.ERROR)
    else
      handle(result)
    end
  end)
end

return M
