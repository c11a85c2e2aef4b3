" polkit's files are called so too, and are XML.
autocmd BufNewFile,BufRead *.policy
      \ if getline(1) !~# '^\s*<?xml' | set filetype=pgpe-policy | endif
