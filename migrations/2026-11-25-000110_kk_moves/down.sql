DROP POLICY kk_directory_moved ON kk_directory;
DROP TABLE kk_moves;
