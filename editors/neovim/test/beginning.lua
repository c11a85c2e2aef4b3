--- What somebody meets who begins with an empty folder.
local cases = {}

local function case(name, run)
  table.insert(cases, { name = name, run = run })
end

local schema = 'CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, is_public boolean NOT NULL);'

local policy = {
  'POLICY own_or_public',
  '  PERMISSIVE',
  '  FOR ALL',
  "  SELECTOR has_column('tenant_id')",
  "  CLAUSE col('tenant_id') = session('app.tenant_id')",
  "  OR CLAUSE col('is_public') = lit(true)",
}

--- An empty folder, outside of the example.
local function new_folder(editor)
  local folder = editor.folder .. '-new'
  vim.fn.mkdir(folder)
  editor:command('set hidden')
  return folder
end

--- Writes a new file in the editor, without saving it.
local function write(editor, path, lines)
  editor:command('edit ' .. path)
  editor:lua('vim.api.nvim_buf_set_lines(0, 0, -1, false, ...)', lines)
end

case('a schema counts that was begun before the first policy', function(editor)
  local folder = new_folder(editor)
  write(editor, folder .. '/schema.sql', { schema })
  write(editor, folder .. '/notes.policy', policy)
  editor:wait_for_finding('tenant-isolation', 6, true)
end)

case('a schema counts that is begun after the first policy', function(editor)
  local folder = new_folder(editor)
  write(editor, folder .. '/notes.policy', policy)
  editor:wait_for('the server', function()
    return editor:lua("return require('pgpe.server').client(0) ~= nil")
  end)
  write(editor, folder .. '/schema.sql', { schema })
  editor:command('buffer notes.policy')
  editor:wait_for_finding('tenant-isolation', 6, true)
end)

case('lenses say how the proofs end, also where the findings stay the same', function(editor)
  local folder = new_folder(editor)
  vim.fn.writefile({ schema }, folder .. '/schema.sql')
  local isolated = vim.list_extend({}, policy)
  isolated[6] = nil
  write(editor, folder .. '/notes.policy', isolated)
  local function wait_for_lens(part)
    editor:wait_for('the lens ' .. part, function()
      local titles = editor:lua('return vim.tbl_map(function(lens) return lens.command.title end, vim.lsp.codelens.get(0))')
      return table.concat(titles, ' '):find(part, 1, true)
    end)
  end
  wait_for_lens('isolated')
  -- The next proofs have much to do, and nothing to find.
  local again = {}
  for number = 1, 12 do
    again[number] = ("  OR CLAUSE col('tenant_id') = session('app.tenant_id') AND col('id') = lit(%d)"):format(number)
  end
  editor:lua('vim.api.nvim_buf_set_lines(0, -1, -1, false, ...)', again)
  wait_for_lens('isolated')
end)

case('a new configuration counts before it is saved', function(editor)
  write(editor, new_folder(editor) .. '/pgpe.yaml', { 'version: 1', 'isolaton: []' })
  editor:wait_for_finding('config', 2, true)
end)

case('files that others write are seen when the editor gets the focus', function(editor)
  local folder = new_folder(editor)
  write(editor, folder .. '/notes.policy', policy)
  editor:wait_for('the server', function()
    return editor:lua("return require('pgpe.server').client(0) ~= nil")
  end)
  vim.fn.writefile({ schema }, folder .. '/schema.sql')
  editor:command('doautocmd FocusGained')
  editor:wait_for_finding('tenant-isolation', 6, true)
end)

case('where no schema is known, the preview says what to do', function(editor)
  write(editor, new_folder(editor) .. '/notes.policy', policy)
  editor:wait_for('the server', function()
    return editor:lua("return require('pgpe.server').client(0) ~= nil")
  end)
  editor:command('PgpePreview')
  editor:wait_for_text(editor:wait_for_window('pgpe://preview'), 'into schema.sql')
end)

case('without a configuration, it is said where databases are named', function(editor)
  write(editor, new_folder(editor) .. '/notes.policy', policy)
  editor:wait_for('the server', function()
    return editor:lua("return require('pgpe.server').client(0) ~= nil")
  end)
  editor:command('PgpePlan')
  editor:wait_for('the message', function()
    return editor:lua("return vim.api.nvim_exec('messages', true)"):find('pgpe.yaml is not there: write one', 1, true)
  end)
end)

return cases
