DROP POLICY set_aside_lines_outlived ON set_aside_lines;
DROP POLICY set_aside_lines_found_old ON set_aside_lines;
DROP POLICY release_files_outlived ON release_files;
