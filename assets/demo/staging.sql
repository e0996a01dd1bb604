-- The rows of the demo's staging database: realistic but fake.
INSERT INTO users (id, name, email) VALUES (1, 'Test user', 'test-1@example.net'), (2, 'مستخدم تجريبي', 'test-2@example.net');
INSERT INTO courses (id, slug, title_ar, title_en, places) VALUES (1, 'public-speaking', 'فن الخطابة', 'Public speaking', 24);
INSERT INTO posts (id, user_id, body) VALUES (1, 1, 'A post to test with');
INSERT INTO live_rooms (id, title, state) VALUES (1, 'Test room', 'active');
