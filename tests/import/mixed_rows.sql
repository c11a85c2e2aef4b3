INSERT INTO teams VALUES (1, 1, '{open}', 'a'), (2, 1, NULL, 'b'), (3, 2, '{}', 'c'), (4, 2, '{open,x}', NULL);
INSERT INTO bans VALUES (1, 7), (2, 8), (3, 7);
INSERT INTO notes VALUES
  (11, 1, 1, 'me', '{shared}', true),
  (12, 1, NULL, 'ann', NULL, true),
  (13, 2, 3, 'Bob', '{x}', false),
  (14, 2, 4, NULL, '{shared,x}', NULL),
  (15, 1, 2, 'nobody', '{}', true);
