-- The rows that the demo's database begins with.
INSERT INTO users (id, name, email) VALUES
  (1, 'Layla', 'layla@example.org'), (2, 'Omar', 'omar@example.org'), (3, 'Yusuf', 'yusuf@example.org'), (4, 'Noura', 'noura@example.org');
INSERT INTO courses (id, slug, title_ar, title_en, places) VALUES
  (1, 'public-speaking', 'فن الخطابة', 'Public speaking', 24), (2, 'storytelling', 'فن السرد', 'Storytelling', 16);
INSERT INTO posts (id, user_id, body) VALUES (1, 1, 'First live room tonight'), (2, 3, 'مرحبا بالجميع');
INSERT INTO payments (id, user_id, cents, state) VALUES (1, 2, 4900, 'settled'), (2, 3, 4900, 'pending');
INSERT INTO live_rooms (id, title, state) VALUES (1, 'Open stage', 'active');
INSERT INTO messages (id, live_room_id, body) VALUES (1, 1, 'Can everyone hear me?'), (2, 1, 'نعم');
