-- What users wrote after the newest nightly snapshot: lost when that snapshot is restored.
INSERT INTO posts (id, user_id, body) VALUES (3, 2, 'Thank you all for tonight');
INSERT INTO payments (id, user_id, cents, state) VALUES (3, 4, 4900, 'pending');
