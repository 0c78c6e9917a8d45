DROP TABLE code_book_entries, set_aside_lines, release_findings, release_files, release_activations, active_release, releases;
DROP FUNCTION check_release_step();
